from odoo import api, models


class CrmOpportunityLine(models.Model):
    _inherit = "crm.opportunity.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.lead_id._mark_score_outdated("line_ids")
        return lines

    def write(self, vals):
        leads = self.lead_id
        result = super().write(vals)
        (leads | self.lead_id)._mark_score_outdated("line_ids")
        return result

    def unlink(self):
        leads = self.lead_id
        result = super().unlink()
        leads._mark_score_outdated("line_ids")
        return result
