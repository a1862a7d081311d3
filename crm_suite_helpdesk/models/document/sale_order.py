from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.ticket.document.mixin"]
    _ticket_link = "sale_order_id"

    def _get_ticket_product(self):
        products = self.order_line.product_id
        return products if len(products) == 1 else super()._get_ticket_product()
