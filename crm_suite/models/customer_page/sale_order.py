from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    _inherit = "sale.order"

    is_to_deliver = fields.Boolean(
        string="To Deliver",
        compute="_compute_is_to_deliver",
        search="_search_is_to_deliver",
        help="A confirmed order of which something has not been delivered yet.",
    )

    def _compute_is_to_deliver(self):
        found = self.search([("id", "in", self.ids), ("is_to_deliver", "=", True)])
        for order in self:
            order.is_to_deliver = order._origin in found

    def _search_is_to_deliver(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        self.env["sale.order.line"].flush_model(
            ["display_type", "is_downpayment", "order_id", "product_uom_qty", "qty_delivered"]
        )
        open_lines = SQL(
            """(SELECT line.order_id
                  FROM sale_order_line AS line
                 WHERE line.display_type IS NULL
                   AND line.is_downpayment IS NOT TRUE
                   AND line.product_uom_qty > COALESCE(line.qty_delivered, 0))"""
        )
        return Domain("state", "=", "sale") & Domain("id", "in", open_lines)
