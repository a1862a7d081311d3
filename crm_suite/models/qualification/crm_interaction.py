from odoo import api, models


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        interactions.lead_id._mark_score_outdated()
        return interactions

    def write(self, vals):
        if not {"lead_id", "date", "channel", "direction", "outcome_id"} & set(vals):
            return super().write(vals)
        leads = self.lead_id
        result = super().write(vals)
        (leads | self.lead_id)._mark_score_outdated()
        return result

    def unlink(self):
        leads = self.lead_id
        result = super().unlink()
        leads._mark_score_outdated()
        return result
