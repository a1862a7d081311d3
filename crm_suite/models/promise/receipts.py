"""What came in for the invoices that customers promised to pay, read for many promises at once."""

from collections import defaultdict
from dataclasses import dataclass

from odoo.tools import SQL


@dataclass
class Receipts:
    """In the currency of the promise.

    :ivar in_time: paid until the last day on which payments count
    :ivar total: paid until today
    :ivar residual: what is still open of the promised invoices
    """

    in_time: float = 0.0
    total: float = 0.0
    residual: float = 0.0


# Credit notes and exchange differences lessen what is owed, but no money comes in. The day of a
# payment is its own, not the day on which somebody entered or matched it. An amount in the currency
# of the promise is counted as it is, another one by the company currency.
PAID = """
    SELECT promise.id AS promise_id,
           line.currency_id AS currency_id,
           payment.date AS date,
           payment.date <= promise.hold_until AS in_time,
           SUM(partial.debit_amount_currency) AS amount_currency,
           SUM(partial.amount) AS amount
      FROM crm_payment_promise promise
      JOIN crm_payment_promise_move_rel rel ON rel.promise_id = promise.id
      JOIN account_move invoice ON invoice.id = rel.move_id AND invoice.state = 'posted'
      JOIN account_move_line line ON line.move_id = invoice.id
      JOIN account_account account
        ON account.id = line.account_id AND account.account_type = 'asset_receivable'
      JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
      JOIN account_move_line payment ON payment.id = partial.credit_move_id
      JOIN account_move entry ON entry.id = payment.move_id
      JOIN res_company company ON company.id = promise.company_id
     WHERE promise.id = ANY(%(ids)s)
       AND entry.move_type NOT IN ('out_refund', 'out_invoice')
       AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
  GROUP BY promise.id, line.currency_id, payment.date
"""
# From the matchings, not from the stored residual: this is read while invoices are being matched.
OPEN = """
    SELECT promise.id AS promise_id,
           line.currency_id AS currency_id,
           SUM(line.amount_currency - COALESCE(matched.amount_currency, 0)) AS amount_currency,
           SUM(line.balance - COALESCE(matched.amount, 0)) AS amount
      FROM crm_payment_promise promise
      JOIN crm_payment_promise_move_rel rel ON rel.promise_id = promise.id
      JOIN account_move invoice ON invoice.id = rel.move_id AND invoice.state = 'posted'
      JOIN account_move_line line ON line.move_id = invoice.id
      JOIN account_account account
        ON account.id = line.account_id AND account.account_type = 'asset_receivable'
 LEFT JOIN LATERAL (
               SELECT SUM(CASE WHEN partial.debit_move_id = line.id
                               THEN partial.debit_amount_currency
                               ELSE -partial.credit_amount_currency END) AS amount_currency,
                      SUM(CASE WHEN partial.debit_move_id = line.id
                               THEN partial.amount ELSE -partial.amount END) AS amount
                 FROM account_partial_reconcile partial
                WHERE line.id IN (partial.debit_move_id, partial.credit_move_id)
           ) matched ON TRUE
     WHERE promise.id = ANY(%(ids)s)
  GROUP BY promise.id, line.currency_id
"""


def read_receipts(promises):
    """Read what came in for promises ever since their invoices exist, and what is open of them.

    :return: promise to :class:`Receipts`; ``received_before`` is not taken off yet
    """
    env = promises.env
    env["account.partial.reconcile"].flush_model(
        ["debit_move_id", "credit_move_id", "amount", "debit_amount_currency"]
        + ["credit_amount_currency"]
    )
    env["account.move.line"].flush_model(
        ["move_id", "account_id", "currency_id", "date", "amount_currency", "balance"]
    )
    env["account.move"].flush_model(["state", "move_type", "journal_id"])
    promises.flush_recordset(["move_ids", "company_id", "hold_until"])
    receipts = defaultdict(Receipts)
    for row in env.execute_query_dict(SQL(PAID, ids=promises.ids)):
        promise = promises.browse(row["promise_id"])
        amount = _convert(promise, row, row["date"])
        receipts[promise].total += amount
        if row["in_time"]:
            receipts[promise].in_time += amount
    for row in env.execute_query_dict(SQL(OPEN, ids=promises.ids)):
        promise = promises.browse(row["promise_id"])
        today = promise.company_id._get_local_today()
        receipts[promise].residual += _convert(promise, row, today)
    return receipts


def _convert(promise, row, date):
    """An amount in the currency of the promise, at the rate of a day."""
    currency = promise.currency_id
    if row["currency_id"] == currency.id:
        return float(row["amount_currency"] or 0)
    company = promise.company_id
    return company.currency_id._convert(float(row["amount"] or 0), currency, company, date)
