from odoo import api, models
from odoo.tools import SQL


class AccountPartialReconcile(models.Model):
    """Money that is matched with an invoice, or taken back, decides what becomes of promises."""

    _name = "account.partial.reconcile"
    _inherit = ["account.partial.reconcile"]

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._get_promises()._settle()
        return partials

    def unlink(self):
        promises = self._get_promises()
        result = super().unlink()
        promises._settle()
        return result

    def _get_promises(self):
        """Return the promises for the invoices of these matchings, as the system."""
        if not self:
            return self.env["crm.payment.promise"]
        self.env["crm.payment.promise"].flush_model(["move_ids", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT rel.promise_id
                  FROM account_move_line line
                  JOIN crm_payment_promise_move_rel rel ON rel.move_id = line.move_id
                  JOIN crm_payment_promise promise ON promise.id = rel.promise_id
                 WHERE line.id = ANY(%s) AND promise.state <> 'cancelled'
                """,
                [*self.debit_move_id.ids, *self.credit_move_id.ids],
            )
        )
        # sudo: whoever enters a payment need not read promises
        return self.env["crm.payment.promise"].sudo().browse(row[0] for row in rows)
