from odoo import api, models


class CrmStage(models.Model):
    _name = "crm.stage"
    _inherit = ["crm.cached.mixin", "crm.stage"]

    @api.model
    def _get_cached_fields(self):
        # check-lists are cached with the place of their stages
        return {"sequence"}
