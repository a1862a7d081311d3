from odoo import api, fields, models
from odoo.exceptions import ValidationError

# who is asked again when this changes
AVAILABILITY = {
    "active",
    "assignment_domain",
    "assignment_max",
    "assignment_optout",
    "away_until",
    "crm_team_id",
    "language_ids",
    "open_lead_limit",
    "resource_calendar_id",
    "territory_ids",
}


class CrmTeamMember(models.Model):
    _name = "crm.team.member"
    _inherit = ["crm.team.member", "crm.availability.mixin"]

    territory_ids = fields.Many2many(
        "crm.territory",
        "crm_team_member_territory_rel",
        "member_id",
        "territory_id",
        string="Territories",
        groups="sales_team.group_sale_salesman",
        help="Gets leads from these territories. Empty: from everywhere.",
    )
    language_ids = fields.Many2many(
        "res.lang",
        "crm_team_member_lang_rel",
        "member_id",
        "lang_id",
        string="Languages",
        help="Gets leads that speak one of these languages. Empty: any language.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        help="Empty: the working hours of the user, else of the sales team or the company.",
    )
    away_until = fields.Date(
        tracking=True,
        help="The last day of an absence. No leads are assigned automatically for days on which"
        " this person is away.",
    )
    open_lead_limit = fields.Integer(
        string="Open Leads at Most",
        tracking=True,
        help="No more leads are assigned automatically to who has this many open leads and"
        " opportunities. 0: no limit.",
    )
    open_lead_count = fields.Integer(
        string="Open Leads",
        compute="_compute_open_lead_count",
        groups="sales_team.group_sale_salesman",
        help="Open leads and opportunities of this person, of all teams.",
    )
    last_assigned_at = fields.Datetime(
        string="Last Assigned",
        readonly=True,
        copy=False,
        help="When this person last got a lead automatically.",
    )

    @api.constrains("open_lead_limit")
    def _check_open_lead_limit(self):
        if any(member.open_lead_limit < 0 for member in self):
            raise ValidationError(self.env._("A limit cannot be negative. 0 means no limit."))

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_open_lead_count(self):
        counts = self.env["crm.lead"]._get_open_counts(self.user_id)
        for member in self:
            member.open_lead_count = counts.get(member.user_id.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        self.env["crm.lead"]._retry_assignment()
        return members

    def write(self, vals):
        result = super().write(vals)
        if AVAILABILITY & vals.keys():
            self.env["crm.lead"]._retry_assignment()
        return result

    def _get_team(self):
        return self.crm_team_id
