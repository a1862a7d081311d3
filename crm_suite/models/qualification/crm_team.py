from odoo import api, fields, models


class CrmTeam(models.Model):
    _name = "crm.team"
    _inherit = ["crm.cached.mixin", "crm.team"]

    checklist_ids = fields.Many2many(
        "crm.qualification.checklist",
        "crm_qualification_checklist_team_rel",
        "team_id",
        "checklist_id",
        string="Check-lists",
        groups="sales_team.group_sale_salesman",
        help="What this team asks about its leads. Empty: the check-lists for all teams.",
    )

    @api.model
    def _get_cached_fields(self):
        return {"checklist_ids"}
