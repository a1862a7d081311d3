from odoo import api, models

WATCHED = {
    "credited_amount",
    "display_type",
    "is_downpayment",
    "order_id",
    "price_subtotal",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "purchase_price",
    "qty_delivered",
    "returned_quantity",
    "untaxed_amount_invoiced",
    "untaxed_amount_to_invoice",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["crm.customer.metric.touch"]._collect("line", lines)
        return lines

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            self.env["crm.customer.metric.touch"]._collect("line", self)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.customer.metric.touch"]._collect("sold", self.order_id)
        return super().unlink()
