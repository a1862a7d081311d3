from odoo import models

WATCHED = {"amount_residual", "date_maturity", "parent_state", "partner_id", "reconciled"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _write_multi(self, vals_list):
        """What is still open changes with each payment: stored computed fields come by here."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            Touch = self.env["crm.customer.metric.touch"]
            if any("partner_id" in values for values in vals_list):
                Touch._collect_now("item", self)
            Touch._collect("item", self)
        return super()._write_multi(vals_list)
