from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class CrmTeam(models.Model):
    _inherit = "crm.team"

    assignment_at_arrival = fields.Boolean(
        string="Assign at Arrival",
        tracking=True,
        help="Leads that come in by mail, form or import without a salesperson get one by"
        " themselves: by territory, language, working time and load.",
    )
    assignment_wait_hours = fields.Integer(
        string="Back Within",
        default=72,
        tracking=True,
        help="Who is not at work may get leads if work begins again within this many hours. 0: only"
        " who is at work gets leads.",
    )
    assignment_keep_customer = fields.Boolean(
        string="Customers Stay With Their Salesperson",
        default=True,
        tracking=True,
        help="A lead of a known customer goes to the salesperson of that customer first.",
    )

    @api.constrains("assignment_wait_hours")
    def _check_assignment_wait_hours(self):
        for team in self:
            if not 0 <= team.assignment_wait_hours <= 24 * 31:
                raise ValidationError(
                    self.env._("“Back within” is between 0 and 744 hours (a month).")
                )

    @api.model
    def _get_cached_fields(self):
        return super()._get_cached_fields() | {"assignment_at_arrival", "active"}

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_team.crm_team_member_action")
        name = self.env._("Salespeople of %(team)s", team=self.name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("crm_team_id", "=", self.id)],
            "context": {"default_crm_team_id": self.id},
        }

    def _allocate_leads(self, creation_delta_days=7):
        """Assignment rules come before the shares of core."""
        self.env["crm.lead"]._apply_assignment_rules(self, creation_delta_days)
        return super()._allocate_leads(creation_delta_days=creation_delta_days)

    def _assign_and_convert_leads(self, force_quota=False):
        """Teams that assign at arrival keep to their own way also when core assigns."""
        ours = self.filtered("assignment_at_arrival")
        result = super(CrmTeam, self - ours)._assign_and_convert_leads(force_quota=force_quota)
        if ours:
            # sudo: the caller assigns the leads of the teams, whoever may see them
            leads = self.env["crm.lead"].sudo().search(ours._get_lead_to_assign_domain())
            leads._assign_automatically()
            for lead in leads.filtered("user_id"):
                member = lead.team_id.crm_team_member_ids.filtered(
                    lambda member, lead=lead: member.user_id == lead.user_id
                )
                if member:
                    row = {"assigned": self.env["crm.lead"], "quota": member.assignment_max}
                    result.setdefault(member, row)["assigned"] += lead.sudo(self.env.su)
        return result

    @api.model
    @tools.ormcache(cache="default")
    def _get_arrival_settings(self):
        """Return the ids of the teams that assign at arrival, and whether leads without a team are
        looked after. Cached: every lead that is created asks.
        """
        # sudo: how leads are assigned does not depend on who creates them
        teams = self.sudo().search([("assignment_at_arrival", "=", True)])
        rules = self.env["crm.assignment.rule"].sudo().search_count([], limit=1)
        return frozenset(teams.ids), bool(rules)
