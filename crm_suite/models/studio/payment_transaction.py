from odoo import models

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class PaymentTransaction(models.Model):
    _name = "payment.transaction"
    _inherit = ["payment.transaction"]

    def _post_process(self):
        # the money is there: orders and invoices that follow from it are kept and flagged
        keeper = self.with_context(crm_form_rules=KEEP_INCOMPLETE)
        return super(PaymentTransaction, keeper)._post_process()
