from odoo import models


class CrmStage(models.Model):
    _inherit = "crm.stage"

    def write(self, vals):
        result = super().write(vals)
        if "sequence" in vals:
            # check-lists are cached with the place of their stages
            self.env.registry.clear_cache()
        return result
