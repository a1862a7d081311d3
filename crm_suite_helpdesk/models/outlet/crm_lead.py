from odoo import api, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead"]

    @api.model
    def _get_custom_successors(self):
        return (*super()._get_custom_successors(), "crm.ticket")
