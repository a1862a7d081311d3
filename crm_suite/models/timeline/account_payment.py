from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # serves the timeline: the newest of one contact first
    _customer_payment_idx = models.Index(
        "(partner_id, date DESC, id DESC) WHERE partner_type = 'customer'"
    )
