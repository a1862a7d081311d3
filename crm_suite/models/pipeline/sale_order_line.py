from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # copied with the quotation: an alternative offer is about the same products
    opportunity_line_id = fields.Many2one(
        "crm.opportunity.line",
        string="Opportunity Product",
        index="btree_not_null",
        ondelete="set null",
        help="The product of the opportunity that this line was carried from.",
    )

    def _prepare_opportunity_line_values(self):
        """Return the values of the `crm.opportunity.line` of this line, prices converted."""
        self.ensure_one()
        order = self.order_id
        lead_currency = order.opportunity_id.company_currency

        def convert(amount):
            return order.currency_id._convert(
                amount, lead_currency, order.company_id, order.date_order, round=False
            )

        return {
            "order_id": order.id,
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.product_uom_qty,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": lead_currency.round(convert(self.price_unit)),
            "pricelist_price": lead_currency.round(convert(self.technical_price_unit)),
            "discount": self.discount,
        }
