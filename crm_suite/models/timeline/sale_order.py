from odoo import fields, models

from .sql import add_customer_column


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.timeline.mixin"]

    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial Entity",
        store=True,
        precompute=True,
    )

    # serve the timeline: the newest of one customer first
    _customer_order_idx = models.Index("(commercial_partner_id, date_order DESC, id DESC)")
    _customer_quotation_idx = models.Index(
        "(commercial_partner_id, quotation_sent_at DESC, id DESC)"
        " WHERE quotation_sent_at IS NOT NULL"
    )

    def _auto_init(self):
        add_customer_column(self, "commercial_partner_id", "partner_id")
        return super()._auto_init()
