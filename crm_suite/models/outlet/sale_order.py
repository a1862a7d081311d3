from odoo import api, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order"]

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._add_custom_copies(vals_list, "opportunity_id"))

    @api.model
    def _get_custom_outlets(self):
        return ("portal", "print")

    @api.model
    def _get_custom_successors(self):
        return (*super()._get_custom_successors(), "account.move")

    def _prepare_invoice(self):
        return {**super()._prepare_invoice(), **self._get_custom_copies("account.move")}
