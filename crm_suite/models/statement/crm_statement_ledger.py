from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib.statement import Entry, OpenItem, run_balance, sum_ages

# The receivable lines of a customer in one company, with all his contacts
LINES = """
    SELECT line.id, line.move_id, line.currency_id, line.date, line.amount_currency,
           COALESCE(line.date_maturity, line.date) AS due
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
      JOIN res_partner contact ON contact.id = line.partner_id
     WHERE contact.commercial_partner_id = %(customer)s
       AND line.company_id = %(company)s
       AND line.parent_state = 'posted'
       AND account.account_type = 'asset_receivable'
"""
# Lines of the customer, by document; and what was matched with another currency or customer, which
# is no line here: an invoice in dollars that was paid in euros, or by somebody else.
ENTRIES = """
    WITH line AS (%(lines)s),
    matched AS (
        SELECT line.currency_id, partial.max_date AS date, partial.credit_move_id AS other_id,
               -partial.debit_amount_currency AS amount
          FROM line
          JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
         UNION ALL
        SELECT line.currency_id, partial.max_date, partial.debit_move_id,
               partial.credit_amount_currency
          FROM line
          JOIN account_partial_reconcile partial ON partial.credit_move_id = line.id
    )
    SELECT currency_id, date, move_id, SUM(amount_currency) AS amount, MAX(due) AS due,
           FALSE AS is_matched, NULL::int AS other_currency_id
      FROM line
     WHERE %(until)s
  GROUP BY currency_id, date, move_id
    HAVING SUM(amount_currency) <> 0
 UNION ALL
    SELECT matched.currency_id, matched.date, other.move_id, SUM(matched.amount), NULL,
           TRUE, other.currency_id
      FROM matched
      JOIN account_move_line other ON other.id = matched.other_id
     WHERE %(matched_until)s
       AND NOT EXISTS (SELECT FROM line
                        WHERE line.id = other.id AND line.currency_id = matched.currency_id)
  GROUP BY matched.currency_id, matched.date, other.move_id, other.currency_id
    HAVING SUM(matched.amount) <> 0
"""
OPEN = """
    WITH line AS (%(lines)s)
    SELECT line.move_id, line.currency_id, line.date, line.due, line.amount_currency AS amount,
           line.amount_currency - COALESCE(matched.amount, 0) AS residual
      FROM line
 LEFT JOIN LATERAL (
               SELECT SUM(CASE WHEN partial.debit_move_id = line.id
                               THEN partial.debit_amount_currency
                               ELSE -partial.credit_amount_currency END) AS amount
                 FROM account_partial_reconcile partial
                WHERE line.id IN (partial.debit_move_id, partial.credit_move_id)
                  AND %(matched_until)s
           ) matched ON TRUE
     WHERE %(until)s
       AND line.amount_currency <> COALESCE(matched.amount, 0)
  ORDER BY line.due, line.date, line.id
"""


class CrmStatementLedger(models.AbstractModel):
    """What a customer owes, read from the receivable lines of the ledger.

    Its methods are private and check nothing: whoever calls them has checked that the reader
    reaches the receivables of the customer. Lines are read by SQL, because Odoo hides the payments
    of their own customers from salespeople and portal users.
    """

    _name = "crm.statement.ledger"
    _description = "Statement of Account"

    @api.model
    def _prepare_statement(self, partner, company, date_from=None, date_to=None, is_period=False):
        """Return the sections of a statement, one for each currency.

        :param date_to: as it was at the end of this day; ``None``: as it is now, with what is
            entered for days to come
        :param is_period: with the entries from `date_from` on, not only what is open
        :rtype: list[dict] with ``currency``, ``opening``, ``rows`` [(Entry, balance)], ``closing``,
            ``items`` [(OpenItem, balance)], ``ages``, ``today``
        """
        self._flush_ledger()
        customer = partner.commercial_partner_id
        today = date_to or company._get_local_today()
        items = self._read_open_items(customer, company, date_to)
        entries = self._read_entries(customer, company, date_to) if is_period else {}
        sections = []
        currencies = self.env["res.currency"].browse({*items, *entries})
        for currency in currencies.sorted(lambda each: (each != company.currency_id, each.name)):
            digits = currency.decimal_places
            opening, rows, closing = run_balance(entries.get(currency.id, ()), date_from, digits)
            if not (rows or opening or items.get(currency.id)):
                continue
            balance, open_items = 0.0, []
            for item in items.get(currency.id, ()):
                balance = round(balance + item.residual, digits) + 0.0
                open_items.append((item, balance))
            sections.append(
                {
                    "currency": currency,
                    "opening": opening,
                    "rows": rows,
                    "closing": closing if is_period else balance,
                    "items": open_items,
                    "ages": sum_ages(items.get(currency.id, ()), today, digits),
                    "today": today,
                }
            )
        return sections

    def _flush_ledger(self):
        for model in ("account.move", "account.move.line", "account.partial.reconcile"):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])

    def _get_lines(self, customer, company):
        return SQL(LINES, customer=customer.id, company=company.id)

    def _read_entries(self, customer, company, date_to):
        """Read what changed the balance: currency id to list of :class:`Entry`."""
        rows = self.env.execute_query_dict(
            SQL(
                ENTRIES,
                lines=self._get_lines(customer, company),
                until=self._until("date", date_to),
                matched_until=self._until("matched.date", date_to),
            )
        )
        moves = self._read_moves(row["move_id"] for row in rows)
        entries = defaultdict(list)
        for row in rows:
            move = moves[row["move_id"]]
            is_own = move.commercial_partner_id == customer or not row["is_matched"]
            entries[row["currency_id"]].append(
                Entry(
                    date=row["date"],
                    amount=float(row["amount"]),
                    kind=self._get_kind(move),
                    move_id=move.id if is_own else None,
                    # the documents of others are none of his business
                    number=move.name if is_own else "",
                    reference=self._get_reference(move, row) if is_own else "",
                    due=row["due"] if move.move_type == "out_invoice" else None,
                )
            )
        return entries

    def _read_open_items(self, customer, company, date_to):
        """Read what is open: currency id to list of :class:`OpenItem`, the oldest first."""
        rows = self.env.execute_query_dict(
            SQL(
                OPEN,
                lines=self._get_lines(customer, company),
                until=self._until("line.date", date_to),
                matched_until=self._until("partial.max_date", date_to),
            )
        )
        moves = self._read_moves(row["move_id"] for row in rows)
        currencies = self.env["res.currency"].browse({row["currency_id"] for row in rows})
        items = defaultdict(list)
        for row in rows:
            move = moves[row["move_id"]]
            currency = currencies.browse(row["currency_id"])
            residual = currency.round(float(row["residual"]))
            if currency.is_zero(residual):
                continue
            items[currency.id].append(
                OpenItem(
                    date=row["date"],
                    due=row["due"],
                    amount=float(row["amount"]),
                    residual=residual,
                    kind=self._get_kind(move),
                    move_id=move.id,
                    number=move.name,
                    reference=self._get_reference(move, row),
                    is_disputed=move.is_disputed,
                )
            )
        return items

    @staticmethod
    def _until(column, date_to):
        column = SQL.identifier(*column.split("."))
        return SQL("%s <= %s", column, date_to) if date_to else SQL("TRUE")

    def _read_moves(self, ids):
        # sudo: numbers and references of the documents of a customer whom the reader reaches
        moves = self.env["account.move"].sudo().browse(set(ids))
        return {move.id: move for move in moves}

    @staticmethod
    def _get_kind(move):
        if move.is_sale_document():
            return "refund" if move.move_type == "out_refund" else "invoice"
        if move.origin_payment_id or move.statement_line_id:
            return "payment"
        return "entry"

    def _get_reference(self, move, row):
        """The customer's own number of an invoice, the note of a payment, the other currency."""
        if row.get("is_matched") and row["other_currency_id"] != row["currency_id"]:
            currency = self.env["res.currency"].browse(row["other_currency_id"])
            return self.env._("In %s", currency.name)
        if move.is_sale_document():
            return move.ref or ""
        return move.origin_payment_id.memo or "" if move.origin_payment_id else ""

    @api.model
    def _get_kind_labels(self):
        return {
            "invoice": self.env._("Invoice"),
            "refund": self.env._("Credit Note"),
            "payment": self.env._("Payment"),
            "entry": self.env._("Entry"),
        }

    @api.model
    def _get_bank_accounts(self, company):
        """Return where the customer pays: the accounts of the company, trusted ones first."""
        # sudo: they stand on every invoice
        banks = company.sudo().partner_id.bank_ids.filtered(
            lambda bank: not bank.company_id or bank.company_id == company
        )
        trusted = banks.filtered("allow_out_payment")
        return [
            {"number": bank.acc_number, "bank": bank.bank_id.name or "", "bic": bank.bank_bic or ""}
            for bank in (trusted or banks)[:3]
        ]

    @api.model
    def _get_default_period(self, company):
        """Return the last twelve months, from the first of a month to today."""
        today = company._get_local_today()
        return fields.Date.start_of(fields.Date.subtract(today, months=11), "month"), today
