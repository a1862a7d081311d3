from odoo import models

# what makes another customer or another debt of an item, and what changes the debt
DEBTOR = {"account_id", "partner_id"}
WATCHED = {*DEBTOR, "amount_residual", "date_maturity", "parent_state", "reconciled"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _write_multi(self, vals_list):
        """What is still open changes with each payment: stored computed fields come by here."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            Touch = self.env["crm.customer.metric.touch"]
            if any(not DEBTOR.isdisjoint(values) for values in vals_list):
                Touch._collect_now("item", self)
            Touch._collect("item", self)
        return super()._write_multi(vals_list)

    def unlink(self):
        """What was posted in this transaction until now is known by its items alone."""
        self.env["crm.customer.metric.touch"]._collect_now("item", self)
        return super().unlink()
