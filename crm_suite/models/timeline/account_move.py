from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.timeline.mixin"]

    # serves the timeline: the newest of one customer first
    _customer_invoice_idx = models.Index(
        "(commercial_partner_id, invoice_date DESC, id DESC)"
        " WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund')"
    )

    def _get_timeline_domain(self):
        return [*super()._get_timeline_domain(), ("move_type", "in", ("out_invoice", "out_refund"))]
