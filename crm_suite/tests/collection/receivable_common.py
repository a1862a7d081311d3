from datetime import timedelta

from odoo.fields import Command

from ..promise.common import MoneyCase


class ReceivableCase(MoneyCase):
    """What Haddad Trading (omar's) and Badr Supplies (sami's) owe."""

    def _rows(self, user=None, model="report", **context):
        """The receivables of the two as a user sees them."""
        self.env.flush_all()
        # the cache knows no reader: it holds what the one before saw
        self.env.invalidate_all()
        Report = self.env[f"crm.receivable.{model}"].with_user(user or self.ada)
        return Report.with_context(**context).search(
            [("partner_id", "in", (self.haddad | self.badr).ids)]
        )

    def _row(self, move):
        return self._rows().filtered(lambda row: row.move_id == move)

    def _customer(self, partner=None, user=None):
        return self._rows(user, "customer").filtered(
            lambda row: row.partner_id == (partner or self.haddad)
        )

    def _habit(self, *delays, partner=None):
        """Invoices that were paid some days after they were due, a month after they were made."""
        for delay in delays:
            move = self._invoice(
                100, 100, partner=partner, invoice_date=self.today - timedelta(days=130)
            )
            self._pay(move, days_ago=100 - delay)

    @classmethod
    def _in_parts(cls, *parts):
        """An invoice of 1000 whose parts are due some days ago; negative: in some days.

        :param parts: pairs of a percentage and the days overdue
        """
        longest = max(days for _percent, days in parts)
        term = cls.env["account.payment.term"].create(
            {
                "name": "In parts",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": percent,
                            "nb_days": longest - days,
                            "delay_type": "days_after",
                        }
                    )
                    for percent, days in parts
                ],
            }
        )
        return cls._invoice(
            1000,
            invoice_payment_term_id=term.id,
            invoice_date=cls.today - timedelta(days=longest),
            invoice_date_due=False,
        )
