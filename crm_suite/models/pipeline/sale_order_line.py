from odoo import api, fields, models


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

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("opportunity_line_id")._check_opportunity_line_access()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.get("opportunity_line_id"):
            self._check_opportunity_line_access()
        return result

    def _check_opportunity_line_access(self):
        """Refuse products of the opportunities of colleagues: they would count as quoted there.

        :raise AccessError: unless the product is one of the order's opportunity, or can be read
        """
        if self.env.su:
            return
        # sudo: only whose product it is
        foreign = self.sudo().filtered(
            lambda line: line.opportunity_line_id.lead_id != line.order_id.opportunity_id
        )
        foreign.opportunity_line_id.sudo(False).check_access("read")

    def _prepare_opportunity_line_values(self):
        """Return the values of the `crm.opportunity.line` of this line, prices converted."""
        self.ensure_one()
        order = self.order_id
        lead_currency = order.opportunity_id.company_currency

        def convert(amount):
            return order.currency_id._convert(
                amount, lead_currency, order.company_id, order.date_order, round=False
            )

        # less than nothing is a credit: the price says so, as a quantity cannot
        sign = -1 if self.product_uom_qty < 0 else 1
        return {
            "order_id": order.id,
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": sign * self.product_uom_qty,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": lead_currency.round(sign * convert(self.price_unit)),
            "pricelist_price": lead_currency.round(sign * convert(self.technical_price_unit)),
            "discount": self.discount,
            "pricelist_discount": 0.0,
        }
