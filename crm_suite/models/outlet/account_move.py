from odoo import api, models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move"]

    @api.model
    def _get_custom_outlets(self):
        return ("print",)

    def _get_custom_rows(self, outlet):
        # custom fields are those of the documents that customers get
        return super()._get_custom_rows(outlet) if self.is_sale_document(True) else []
