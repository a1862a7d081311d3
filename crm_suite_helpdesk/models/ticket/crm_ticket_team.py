from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTicketTeam(models.Model):
    """People who answer the tickets of one mail address."""

    _name = "crm.ticket.team"
    _inherit = ["mail.thread", "mail.alias.mixin"]
    _description = "Helpdesk Team"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        "Team Leader",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        check_company=True,
        default=lambda self: self.env.user,
    )
    member_ids = fields.Many2many(
        "res.users",
        string="Members",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        check_company=True,
        help="Agents who see and answer the tickets of this team.",
    )
    alias_id = fields.Many2one(
        help="Mails to this address become tickets of this team.",
    )
    ticket_ids = fields.One2many("crm.ticket", "team_id", "Tickets")
    open_ticket_count = fields.Integer("Open Tickets", compute="_compute_ticket_counts")
    unassigned_ticket_count = fields.Integer("Unassigned Tickets", compute="_compute_ticket_counts")

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        self.env.registry.clear_cache()
        return teams

    def write(self, vals):
        res = super().write(vals)
        if {"member_ids", "user_id"} & vals.keys():
            # The record rules hold the teams of a user as numbers
            self.env.registry.clear_cache()
        return res

    def unlink(self):
        res = super().unlink()
        self.env.registry.clear_cache()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_own_stages(self):
        """A stage that loses its last team would be offered to all teams."""
        stages = (
            self.env["crm.ticket.stage"]
            .with_context(active_test=False)
            .search([("team_ids", "in", self.ids)])
        )
        if stages:
            raise UserError(
                self.env._(
                    "%(teams)s cannot be deleted, because stages are limited to it: %(stages)s. "
                    "Archive it, or change the stages first.",
                    teams=", ".join((stages.team_ids & self).mapped("display_name")),
                    stages=", ".join(stages.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_tickets(self):
        """Tickets that lose their team would be in nobody's list, and its figures would be gone."""
        # sudo: tickets that the manager may not see count as well
        Ticket = self.env["crm.ticket"].sudo().with_context(active_test=False)
        if used := Ticket.search([("team_id", "in", self.ids)], limit=1).team_id:
            raise UserError(
                self.env._(
                    "%s cannot be deleted, because there are tickets in it. Archive it: it is "
                    "not offered any more, and the tickets keep it.",
                    used.sudo(False).display_name,
                )
            )

    def _compute_ticket_counts(self):
        groups = self.env["crm.ticket"]._read_group(
            [("team_id", "in", self.ids), ("closed_at", "=", False)],
            ["team_id", "user_id"],
            ["__count"],
        )
        open_counts, unassigned_counts = dict.fromkeys(self.ids, 0), {}
        for team, user, count in groups:
            open_counts[team.id] += count
            if not user:
                unassigned_counts[team.id] = count
        for team in self:
            team.open_ticket_count = open_counts.get(team.id, 0)
            team.unassigned_ticket_count = unassigned_counts.get(team.id, 0)

    @api.model
    def _get_default_team(self, company):
        """The team of a ticket for which nobody chose one: the user's own, else the first."""
        Team = self.sudo()  # the mail gateway and portal users may not read teams
        domain = [("company_id", "=", company.id)]
        order = "sequence, id"  # not by names, which differ from language to language
        return (
            Team.search([*domain, ("member_ids", "in", self.env.uid)], order=order, limit=1)
            or Team.search(domain, order=order, limit=1)
        ).sudo(False)

    def _claim_alias(self, name):
        """Take a mail address if nobody has it, so that installing never fails over an address.

        On a database that has no e-mail domain yet, it receives mail all the same.

        :param name: the part before the @
        """
        # sudo: aliases of all companies are in the way
        if not self.env["mail.alias"].sudo().search_count([("alias_name", "=", name)], limit=1):
            self.alias_name = name
            self._take_mail_without_domain()

    def _take_mail_without_domain(self):
        """Until there is an e-mail domain, let the part before the @ decide whose a mail is."""
        # sudo: domains and aliases belong to the administrator
        if self.alias_name and not self.env["mail.alias.domain"].sudo().search_count([], limit=1):
            self.alias_id.sudo().alias_incoming_local = True

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("crm.ticket")
        if self.id:
            values["alias_defaults"] = {
                **literal_eval(self.alias_defaults or "{}"),
                "team_id": self.id,
            }
        return values

    def action_open_tickets(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.display_name
        action["context"] = {
            "search_default_open": 1,
            "search_default_team_id": self.id,
            "default_team_id": self.id,
        }
        return action
