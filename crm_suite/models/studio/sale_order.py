from odoo import api, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ("crm.customizable.mixin", "sale.order")

    @api.model
    def _get_custom_import_columns(self):
        return {
            "partner_id": self._get_first_name("res.partner", [("is_company", "=", True)]),
            "client_order_ref": "PO-1042",
            "order_line/product_id": self._get_first_name(
                "product.product", [("sale_ok", "=", True)]
            ),
            "order_line/product_uom_qty": "2",
        }
