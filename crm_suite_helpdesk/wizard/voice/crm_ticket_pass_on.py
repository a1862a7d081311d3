from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class CrmTicketPassOn(models.TransientModel):
    """Pass tickets on to the department that can do something, and say why."""

    _name = "crm.ticket.pass.on"
    _description = "Pass Tickets On"

    ticket_ids = fields.Many2many("crm.ticket", string="Tickets", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    team_id = fields.Many2one(
        "crm.ticket.team",
        "Department",
        required=True,
        domain="[('company_id', '=', company_id)]",
    )
    user_id = fields.Many2one(
        "res.users",
        "Colleague",
        domain="[('id', 'in', member_ids)]",
        help="Leave empty to leave it to the department who takes it.",
    )
    member_ids = fields.Many2many("res.users", compute="_compute_member_ids")
    note = fields.Text("What They Should Know", required=True)
    keep_informed = fields.Boolean(
        "Keep Me Informed",
        default=True,
        help="You follow the tickets, so that you hear what becomes of them.",
    )

    # ------------------------------------------------------------------ compute

    @api.depends("ticket_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.ticket_ids.company_id[:1]

    @api.depends("team_id")
    def _compute_member_ids(self):
        for wizard in self:
            # sudo: who works in a department is no secret to colleagues
            team = wizard.sudo().team_id
            wizard.member_ids = (team.member_ids | team.user_id).filtered("active")

    @api.onchange("team_id")
    def _onchange_team_id(self):
        if self.user_id not in self.member_ids:
            self.user_id = False

    # ------------------------------------------------------------------ actions

    def action_pass_on(self):
        self.ensure_one()
        tickets = self.ticket_ids
        tickets.check_access("write")
        self._check_choice(tickets)
        # sudo: whoever wrote the note may not read the tickets any more afterwards, and what goes
        # with passing them on still has to be done
        leader = self.team_id.sudo().user_id
        told = (self.user_id or leader).partner_id.sudo()
        for ticket in tickets:
            ticket.message_post(
                body=Markup("<p>%s</p>%s")
                % (
                    self.env._(
                        "Passed on from %(old)s to %(new)s:",
                        old=ticket.team_id.name or "-",
                        new=self.team_id.name,
                    ),
                    plaintext2html(self.note),
                ),
                partner_ids=(told - self.env.user.partner_id).ids,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
        partner_ids = self.env.user.partner_id.ids
        if self.keep_informed:
            tickets.message_subscribe(partner_ids)
        else:
            tickets.message_unsubscribe(partner_ids)
        tickets.write({"team_id": self.team_id.id, "user_id": self.user_id.id})
        self.env.flush_all()
        return self._leave(tickets)

    def _check_choice(self, tickets):
        if len(tickets.company_id) > 1 or self.team_id.company_id != tickets.company_id:
            raise UserError(self.env._("Pass on tickets within one company."))
        if merged := tickets.filtered("merged_into_id"):
            raise UserError(
                self.env._(
                    "%s goes on in another ticket. Pass that one on.", merged[0].display_name
                )
            )
        if self.user_id and self.user_id not in self.member_ids:
            raise UserError(
                self.env._(
                    "%(user)s does not belong to %(team)s.",
                    user=self.user_id.name,
                    team=self.team_id.name,
                )
            )

    def _leave(self, tickets):
        """Go where the user may still be: his tickets, when these are out of his hands now."""
        tickets.invalidate_recordset()
        message = {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Passed on to %s.", self.team_id.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
        if tickets._filtered_access("read") != tickets:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_suite_helpdesk.crm_ticket_action_my"
            )
            message["params"]["next"] = {**action, "target": "main"}
        return message
