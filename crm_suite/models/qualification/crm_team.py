from odoo import api, fields, models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    checklist_ids = fields.Many2many(
        "crm.qualification.checklist",
        "crm_qualification_checklist_team_rel",
        "team_id",
        "checklist_id",
        string="Check-lists",
        groups="sales_team.group_sale_salesman",
        help="What this team asks about its leads. Empty: the check-lists for all teams.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        if teams.checklist_ids:
            self.env.registry.clear_cache()
        return teams

    def write(self, vals):
        result = super().write(vals)
        if "checklist_ids" in vals:
            self.env.registry.clear_cache()
        return result
