from odoo import models
from odoo.tools import SQL

PAID = ("paid", "in_payment")


class AccountMove(models.Model):
    """Invoices that are paid are noted with their time."""

    _inherit = "account.move"

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        paid = [
            move.id
            for move, values in zip(self, vals_list, strict=True)
            if values.get("payment_state") in PAID
        ]
        if paid:
            rows = self.env.execute_query(
                SQL(
                    """SELECT id FROM account_move
                        WHERE id = ANY(%s) AND move_type = 'out_invoice'
                          AND COALESCE(payment_state, '') <> ALL(%s)""",
                    paid,
                    list(PAID),
                )
            )
            if rows:
                found = [row[0] for row in rows]
                self.env["crm.journey.event"]._note("invoice_paid", "account.move", found)
        return super()._write_multi(vals_list)
