from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

AGES = [
    ("not_due", "Not Due"),
    ("overdue_30", "1 - 30 Days"),
    ("overdue_60", "31 - 60 Days"),
    ("overdue_90", "61 - 90 Days"),
    ("overdue_more", "Over 90 Days"),
    ("credit", "Credits"),
]
# what has to be in the database before the query reads it
DEPENDS = {
    "account.account": ["account_type"],
    "account.move": [
        "dispute_reason_id",
        "invoice_date",
        "invoice_user_id",
        "is_disputed",
        "move_type",
        "name",
        "promise_id",
        "ref",
        "team_id",
    ],
    "account.move.line": [
        "account_id",
        "amount_residual",
        "amount_residual_currency",
        "company_id",
        "currency_id",
        "date",
        "date_maturity",
        "move_id",
        "parent_state",
        "partner_id",
        "reconciled",
    ],
    "crm.payment.promise": ["date", "state"],
    "crm.payment.reminder": ["date", "state"],
    "crm.payment.reminder.line": ["level_id", "move_id", "reminder_id"],
    "res.partner": ["commercial_partner_id", "reminder_user_id", "user_id"],
}


class CrmReceivableReport(models.Model):
    """What customers owe: one row for each open receivable, by its own due date.

    An invoice that is to be paid in parts has one row for each part. Credit notes, and payments
    that belong to no invoice yet, are rows with an amount below zero: the column of credits, which
    have no age.

    * The customer is the commercial partner, as he is today. The responsible is who was chosen for
      his payments, else his salesperson.
    * Amounts are what is still open; in the currency of the document, and in the currency of the
      current company at the rate at which the document was booked (of other companies: converted
      at today's rate).
    * `is_overdue` is that of the reminders (`account.move._get_overdue_line_domain`). What else a
      customer owes (opening balances, entries) has an age, but no reminder is sent of it.
    * `expected_date`, the day on which the money can be expected, is by `expected_basis`:

      - *promise*: the promised day, while it lies ahead;
      - *customer*: the due date plus the mean delay of this customer (`crm.payment.delay`);
      - *company*: the due date plus the mean delay of all customers, for who has not paid an
        invoice in the last 24 months;
      - *due*: the due date, where no invoice was ever paid;
      - *late*: that day has passed, so the money can come any day: today;
      - *credit*: lowers the next payment of the customer, so it has the date of that; today, where
        no other is expected.

      No money is expected of what is disputed.
    * `expected_amount` is what is expected on that day. Credits are set off against what the
      customer would pay first: of the debts in the order of their expected dates, with the running
      sum R, and the sum K of his credits (below zero), min(debt, max(0, R + K)) is left.
    """

    _name = "crm.receivable.report"
    _description = "Open Receivable"
    _auto = False
    _order = "due_date, id"
    _rec_name = "move_id"
    _depends = DEPENDS

    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    reference = fields.Char(readonly=True, help="The customer's own number, or a note.")
    kind = fields.Selection(
        [
            ("invoice", "Invoice"),
            ("refund", "Credit Note"),
            ("payment", "Payment"),
            ("entry", "Other Entry"),
        ],
        string="Type",
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contact_id = fields.Many2one(
        "res.partner", string="Invoiced to", readonly=True, help="The contact on the document."
    )
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    invoice_user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    document_currency_id = fields.Many2one(
        "res.currency", string="Currency of the Document", readonly=True
    )
    date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(
        readonly=True, aggregator="max", help="Since the due date. Zero while it is not due."
    )
    age = fields.Selection(AGES, readonly=True)
    is_overdue = fields.Boolean(string="Overdue", readonly=True)
    residual_currency = fields.Monetary(
        string="Open (Document)",
        currency_field="document_currency_id",
        readonly=True,
        aggregator=None,
        help="In the currency of the document.",
    )
    residual = fields.Monetary(
        string="Open", readonly=True, help="In the currency of the company; credits below zero."
    )
    not_due = fields.Monetary(readonly=True)
    overdue_30 = fields.Monetary(string="1 - 30 Days", readonly=True)
    overdue_60 = fields.Monetary(string="31 - 60 Days", readonly=True)
    overdue_90 = fields.Monetary(string="61 - 90 Days", readonly=True)
    overdue_more = fields.Monetary(string="Over 90 Days", readonly=True)
    credit = fields.Monetary(
        string="Credits",
        readonly=True,
        help="Credit notes and payments that belong to no invoice yet.",
    )
    overdue = fields.Monetary(string="Overdue Amount", readonly=True)
    reminder_level_id = fields.Many2one(
        "crm.payment.reminder.level", string="Last Reminder", readonly=True
    )
    reminder_date = fields.Date(string="Reminded on", readonly=True)
    promise_id = fields.Many2one("crm.payment.promise", string="Promise to Pay", readonly=True)
    promise_date = fields.Date(string="Promised Day", readonly=True)
    is_disputed = fields.Boolean(string="Disputed", readonly=True)
    dispute_reason_id = fields.Many2one("crm.dispute.reason", readonly=True)
    expected_date = fields.Date(string="Expected", readonly=True)
    expected_amount = fields.Monetary(
        readonly=True,
        help="What can be expected on that day: credits are set off against the first payments of"
        " the customer, and nothing is expected of what is disputed.",
    )
    expected_basis = fields.Selection(
        [
            ("promise", "Promised"),
            ("customer", "As this customer pays"),
            ("company", "As customers pay"),
            ("due", "Due date"),
            ("late", "Later than usual"),
            ("credit", "Credit"),
            ("disputed", "Disputed"),
        ],
        string="Expected because",
        readonly=True,
    )

    def action_open_document(self):
        """Open the invoice, credit note or payment of this row.

        :raise UserError: when the user may know of the amount, but not read the document
        """
        self.ensure_one()
        move = self.move_id
        if not move.has_access("read"):
            raise UserError(
                self.env._(
                    "You are responsible for this customer and see what is open, but the document"
                    " itself belongs to a colleague: %(number)s",
                    # sudo: the list shows the number already
                    number=move.sudo().name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        """All receivables of the chosen companies; the record rules say who sees which customers.

        Lines are read by SQL and not with the rights on journal items, because payments and
        entries belong to accountants: a salesperson sees what his customers owe in balance.
        """
        companies, Delay = self.env.companies, self.env["crm.payment.delay"]
        return SQL(
            """
            -- calculated once, and only when a customer has no habit of his own
            WITH company_habit AS MATERIALIZED (%(company_habit)s)
            SELECT %(columns)s
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner contact ON contact.id = line.partner_id
              JOIN res_partner customer ON customer.id = contact.commercial_partner_id
         LEFT JOIN (%(habit)s) habit
                ON habit.partner_id = contact.commercial_partner_id
               AND habit.company_id = line.company_id
         LEFT JOIN crm_payment_promise promise
                ON promise.id = move.promise_id AND promise.state = 'open'
        CROSS JOIN LATERAL (SELECT %(open)s) open
        CROSS JOIN LATERAL (SELECT %(expected)s) expected
             WHERE line.account_id IN (
                       SELECT id FROM account_account WHERE account_type = 'asset_receivable')
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual <> 0
               AND line.company_id IN %(companies)s
            """,
            company_habit=Delay._get_company_query(companies),
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            habit=Delay._get_customer_query(companies),
            open=self._get_open_columns(),
            expected=self._get_expected_columns(),
            companies=tuple(companies.ids),
        )

    def _get_open_columns(self):
        """Return the amount, due date and age of a line."""
        today = fields.Date.context_today(self)
        return SQL(
            """
            line.amount_residual * %(rate)s AS residual,
            COALESCE(line.date_maturity, line.date) AS due_date,
            %(days)s AS days,
            CASE WHEN line.amount_residual < 0 THEN 'credit'
                 WHEN %(days)s <= 0 THEN 'not_due'
                 WHEN %(days)s <= 30 THEN 'overdue_30'
                 WHEN %(days)s <= 60 THEN 'overdue_60'
                 WHEN %(days)s <= 90 THEN 'overdue_90'
                 ELSE 'overdue_more' END AS age
            """,
            # an entry without a due date is due on its own, as on statements of account
            days=SQL("(%s::date - COALESCE(line.date_maturity, line.date))", today),
            rate=self._get_company_rate(),
        )

    def _get_expected_columns(self):
        """Return the day on which the money can be expected, and why."""
        today = SQL("%s::date", fields.Date.context_today(self))
        usual = SQL(
            """COALESCE(habit.days, (SELECT company_habit.days FROM company_habit
                                      WHERE company_habit.company_id = line.company_id))"""
        )
        day = SQL("(open.due_date + ROUND(COALESCE(%s, 0))::int)", usual)
        return SQL(
            """
            CASE WHEN line.amount_residual < 0 THEN NULL
                 WHEN move.is_disputed THEN NULL
                 WHEN promise.date >= %(today)s THEN promise.date
                 ELSE GREATEST(%(day)s, %(today)s) END AS date,
            CASE WHEN line.amount_residual < 0 THEN 'credit'
                 WHEN move.is_disputed THEN 'disputed'
                 WHEN promise.date >= %(today)s THEN 'promise'
                 WHEN %(day)s < %(today)s THEN 'late'
                 WHEN habit.days IS NOT NULL THEN 'customer'
                 WHEN %(usual)s IS NOT NULL THEN 'company'
                 ELSE 'due' END AS basis
            """,
            day=day,
            today=today,
            usual=usual,
        )

    def _get_columns(self):
        columns = {
            "id": SQL("line.id"),
            "move_id": SQL("line.move_id"),
            "reference": SQL("move.ref"),
            "kind": SQL(
                """CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                        WHEN move.move_type = 'out_refund' THEN 'refund'
                        WHEN move.origin_payment_id IS NOT NULL
                          OR move.statement_line_id IS NOT NULL THEN 'payment'
                        ELSE 'entry' END"""
            ),
            "partner_id": SQL("contact.commercial_partner_id"),
            "contact_id": SQL("COALESCE(move.partner_id, line.partner_id)"),
            "user_id": SQL("COALESCE(customer.reminder_user_id, customer.user_id)"),
            "invoice_user_id": SQL("move.invoice_user_id"),
            "team_id": SQL("move.team_id"),
            "company_id": SQL("line.company_id"),
            "currency_id": SQL("%s", self.env.company.currency_id.id),
            "document_currency_id": SQL("line.currency_id"),
            "date": SQL("COALESCE(move.invoice_date, line.date)"),
            "due_date": SQL("open.due_date"),
            "days_overdue": SQL("CASE WHEN open.age LIKE 'overdue%%' THEN open.days ELSE 0 END"),
            "age": SQL("open.age"),
            "is_overdue": self._get_overdue(),
            "residual_currency": SQL("line.amount_residual_currency"),
            "residual": SQL("open.residual"),
            "overdue": SQL("CASE WHEN open.age LIKE 'overdue%%' THEN open.residual ELSE 0 END"),
            "promise_id": SQL("promise.id"),
            "promise_date": SQL("promise.date"),
            "is_disputed": SQL("COALESCE(move.is_disputed, FALSE)"),
            "dispute_reason_id": SQL("CASE WHEN move.is_disputed THEN move.dispute_reason_id END"),
            "expected_date": SQL(
                """CASE WHEN line.amount_residual > 0 THEN expected.date
                        ELSE COALESCE(MIN(expected.date) OVER (
                                 PARTITION BY contact.commercial_partner_id, line.company_id),
                             %s::date) END""",
                fields.Date.context_today(self),
            ),
            "expected_amount": self._get_expected_amount(),
            "expected_basis": SQL("expected.basis"),
        }
        for age, _label in AGES:
            columns[age] = SQL("CASE WHEN open.age = %s THEN open.residual ELSE 0 END", age)
        for name, column in (("reminder_level_id", "level_id"), ("reminder_date", "date")):
            columns[name] = SQL(
                """(SELECT %s
                      FROM crm_payment_reminder_line item
                      JOIN crm_payment_reminder reminder ON reminder.id = item.reminder_id
                     WHERE item.move_id = line.move_id
                       AND item.level_id IS NOT NULL
                       AND reminder.state = 'sent'
                  ORDER BY reminder.date DESC, reminder.id DESC
                     LIMIT 1)""",
                SQL.identifier("item" if column == "level_id" else "reminder", column),
            )
        return columns

    def _get_expected_amount(self):
        return SQL(
            """
            CASE WHEN expected.date IS NULL THEN 0
                 ELSE LEAST(open.residual, GREATEST(0,
                     SUM(CASE WHEN expected.date IS NULL THEN 0 ELSE open.residual END) OVER (
                         PARTITION BY contact.commercial_partner_id, line.company_id
                         ORDER BY expected.date, line.id)
                     + SUM(LEAST(open.residual, 0)) OVER (
                         PARTITION BY contact.commercial_partner_id, line.company_id)))
            END
            """
        )

    def _get_overdue(self):
        """Return the condition of the one definition of what is overdue."""
        # sudo: a condition on lines, which the record rules of the report restrict
        overdue = (
            self.env["account.move.line"]
            .sudo()
            ._search(self.env["account.move"]._get_overdue_line_domain())
        )
        return SQL("line.id IN %s", overdue.subselect())

    def _get_company_rate(self):
        """Return what one unit of the currency of the line's company is worth today in that of the
        current company.
        """
        target = self.env.company
        today = fields.Date.context_today(self)
        # sudo: the currencies of the companies that the user has chosen are no secret
        companies = self.env.companies.sudo()
        rates = [
            SQL(
                "WHEN %s THEN %s::numeric",
                each.id,
                each.currency_id._get_conversion_rate(
                    each.currency_id, target.currency_id, target, today
                ),
            )
            for each in companies
            if each.currency_id != target.currency_id
        ]
        if not rates:
            return SQL("1")
        return SQL("(CASE line.company_id %s ELSE 1 END)", SQL(" ").join(rates))
