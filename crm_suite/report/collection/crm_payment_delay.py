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
        today = fields.Date.context_today(self)
        return SQL(
            """
            SELECT customer.commercial_partner_id AS partner_id,
                   line.company_id,
                   line.move_id,
                   MAX(part.max_date) - line.date_maturity AS days
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN account_account account ON account.id = line.account_id
              JOIN res_company company ON company.id = line.company_id
              JOIN res_partner customer ON customer.id = line.partner_id
              JOIN account_partial_reconcile part ON part.debit_move_id = line.id
              JOIN account_move_line paid ON paid.id = part.credit_move_id
              JOIN account_move payment ON payment.id = paid.move_id
             WHERE account.account_type = 'asset_receivable'
               AND move.move_type = 'out_invoice'
               AND line.parent_state = 'posted'
               AND line.reconciled
               AND line.date_maturity IS NOT NULL
               AND payment.move_type <> 'out_refund'
               AND payment.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
               AND line.company_id IN %(companies)s
               AND %(condition)s
          GROUP BY customer.commercial_partner_id, line.company_id, line.id
            HAVING MAX(part.max_date) BETWEEN %(since)s AND %(today)s
            """,
            companies=tuple(companies.ids),
            condition=condition or SQL("TRUE"),
            since=today - relativedelta(months=MONTHS),
            today=today,
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
    def _get_company_delay(self, company):
        """Return the query of one number: the mean delay of all customers of a company."""
        return SQL("(SELECT AVG(paid.days) FROM (%s) paid)", self._get_paid_query(company))

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
        self.env["account.account"].flush_model(["account_type"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["res.company"].flush_model(["currency_exchange_journal_id"])
