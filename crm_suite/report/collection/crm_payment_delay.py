from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

MONTHS = 24


class CrmPaymentDelay(models.AbstractModel):
    """How late a customer pays.

    The delay of one invoice is the number of days from its due date to the day on which it was
    paid in full; negative when it was paid early. An invoice that is to be paid in parts counts
    once for each part. The delay of a customer in a company is the plain mean of the invoices that
    he paid in full in the last 24 months: the *average days beyond terms* (or *delinquent*) of
    credit management. It is not weighted, so that anybody can check it with the invoices at hand.

    What a credit note settled was not paid; neither is an exchange difference a payment. An
    advance counts on the day on which the invoice was made.
    """

    _name = "crm.payment.delay"
    _description = "Payment Delay"

    @api.model
    def _get_paid_query(self, companies, condition=None):
        """Return the query of what was paid in full: partner_id, company_id, move_id, days.

        :param SQL condition: restricts `customer` (`res_partner`), the contact on the invoice
        """
        return SQL(
            """
            SELECT customer.commercial_partner_id AS partner_id,
                   line.company_id,
                   line.move_id,
                   MAX(part.max_date) - line.date_maturity AS days
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner customer ON customer.id = line.partner_id
              JOIN account_partial_reconcile part ON part.debit_move_id = line.id
              JOIN account_move_line paid ON paid.id = part.credit_move_id
              JOIN account_move payment ON payment.id = paid.move_id
             WHERE move.move_type = 'out_invoice'
               AND line.display_type = 'payment_term'
               AND line.parent_state = 'posted'
               AND line.reconciled
               AND line.date_maturity IS NOT NULL
               -- what was paid in full before has no payment since, and no sum has to be made of it
               AND part.max_date >= %(since)s
               AND payment.move_type <> 'out_refund'
               AND payment.journal_id NOT IN %(exchange)s
               AND line.company_id IN %(companies)s
               AND %(condition)s
          GROUP BY customer.commercial_partner_id, line.company_id, line.id
            """,
            companies=tuple(companies.ids),
            condition=condition or SQL("TRUE"),
            # sudo: which journal holds the exchange differences is no secret
            exchange=tuple(companies.sudo().currency_exchange_journal_id.ids) or (0,),
            since=fields.Date.context_today(self) - relativedelta(months=MONTHS),
        )

    @api.model
    def _get_customer_query(self, companies, condition=None):
        """Return the query of the customers: partner_id, company_id, days, number of invoices."""
        self._flush()
        return SQL(
            """
            SELECT paid.partner_id, paid.company_id,
                   AVG(paid.days) AS days,
                   COUNT(DISTINCT paid.move_id) AS number
              FROM (%s) paid
          GROUP BY paid.partner_id, paid.company_id
            """,
            self._get_paid_query(companies, condition),
        )

    @api.model
    def _get_company_query(self, companies):
        """Return the query of the companies: company_id, days (the mean of all their customers)."""
        return SQL(
            """
            SELECT paid.company_id, AVG(paid.days) AS days
              FROM (%s) paid
          GROUP BY paid.company_id
            """,
            self._get_paid_query(companies),
        )

    @api.model
    def _flush(self):
        self.env["account.move"].flush_model(["journal_id", "move_type"])
        self.env["account.move.line"].flush_model(
            [
                "account_id",
                "company_id",
                "date_maturity",
                "parent_state",
                "partner_id",
                "reconciled",
            ]
        )
        self.env["account.partial.reconcile"].flush_model(
            ["credit_move_id", "debit_move_id", "max_date"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
