from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_receivable_report import AGES, DEPENDS


class CrmReceivableCustomer(models.Model):
    """What each customer owes, by age: the sums of `crm.receivable.report` by customer and company.

    The list from which people collect: who owes how much for how long, what he promised, when he
    was last spoken to and reminded, and what is to be done next.
    """

    _name = "crm.receivable.customer"
    _description = "Receivables of a Customer"
    _auto = False
    _order = "overdue desc, residual desc, id"
    _rec_name = "partner_id"
    _depends = DEPENDS

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    document_count = fields.Integer(string="Open Documents", readonly=True)
    due_date = fields.Date(string="Oldest Due Date", readonly=True, aggregator="min")
    days_overdue = fields.Integer(
        readonly=True, aggregator="max", help="Of the oldest that is open."
    )
    residual = fields.Monetary(
        string="Open", readonly=True, help="In the currency of the company; credits deducted."
    )
    overdue = fields.Monetary(string="Overdue Amount", readonly=True)
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
    expected_date = fields.Date(
        string="Next Expected",
        readonly=True,
        aggregator="min",
        help="The day on which the next money can be expected.",
    )
    promise_date = fields.Date(
        string="Promised Day", readonly=True, aggregator="min", help="The next one."
    )
    disputed = fields.Monetary(readonly=True, help="The open part of disputed invoices.")
    reminder_level_id = fields.Many2one(
        "crm.payment.reminder.level", string="Last Reminder", readonly=True
    )
    reminder_date = fields.Date(string="Reminded on", readonly=True)
    payment_delay_days = fields.Float(related="partner_id.payment_delay_days", related_sudo=False)
    last_contact_at = fields.Datetime(
        related="partner_id.last_contact_at",
        related_sudo=False,
        groups="sales_team.group_sale_salesman",
    )
    next_step = fields.Char(
        related="partner_id.interaction_next_step",
        related_sudo=False,
        groups="sales_team.group_sale_salesman",
    )
    next_step_date = fields.Date(
        related="partner_id.interaction_next_step_date",
        related_sudo=False,
        groups="sales_team.group_sale_salesman",
    )
    phone = fields.Char(related="partner_id.phone", related_sudo=False)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_documents(self):
        """Open the invoices, credit notes and payments that make up this row."""
        self.ensure_one()
        return self.partner_id.action_view_receivables()

    def action_log_call(self):
        """Open the small form that logs a call with this customer."""
        self.ensure_one()
        return self.partner_id.action_log_interaction()

    def action_prepare_reminders(self):
        """Prepare the reminders of these customers and show them; nothing is sent yet."""
        return self.partner_id.with_context(
            allowed_company_ids=self.company_id.ids
        ).action_prepare_payment_reminders()

    def action_promise(self):
        """Open the small form of a promise of this customer."""
        self.ensure_one()
        action = self.partner_id.with_company(self.company_id).action_promise_payment()
        action["context"] = {**action["context"], "default_company_id": self.company_id.id}
        return action

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        sums = ["residual", "overdue", *(age for age, _label in AGES)]
        return SQL(
            """
            SELECT added.*, %(reminder)s
              FROM (SELECT MIN(line.id) AS id,
                           line.partner_id,
                           line.company_id,
                           line.user_id,
                           line.currency_id,
                           COUNT(DISTINCT line.move_id) AS document_count,
                           MIN(line.due_date) FILTER (WHERE line.residual > 0) AS due_date,
                           MAX(line.days_overdue) AS days_overdue,
                           MIN(line.expected_date) FILTER (WHERE line.residual > 0)
                               AS expected_date,
                           MIN(line.promise_date) AS promise_date,
                           SUM(CASE WHEN line.is_disputed THEN line.residual ELSE 0 END)
                               AS disputed,
                           %(sums)s
                      FROM (%(lines)s) line
                  GROUP BY line.partner_id, line.company_id, line.user_id, line.currency_id) added
            """,
            sums=SQL(", ").join(
                SQL("SUM(line.%s) AS %s", SQL.identifier(name), SQL.identifier(name))
                for name in sums
            ),
            lines=self.env["crm.receivable.report"]._table_query,
            reminder=self._get_last_reminder(),
        )

    def _get_last_reminder(self):
        return SQL(", ").join(
            SQL(
                """(SELECT reminder.%s
                      FROM crm_payment_reminder reminder
                     WHERE reminder.partner_id = added.partner_id
                       AND reminder.company_id = added.company_id
                       AND reminder.state = 'sent'
                  ORDER BY reminder.sent_at DESC, reminder.id DESC
                     LIMIT 1) AS %s""",
                SQL.identifier(column),
                SQL.identifier(name),
            )
            for column, name in (("level_id", "reminder_level_id"), ("date", "reminder_date"))
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Rows are found by their customer, for whom there is an index: an id is that of the first
        line, and known only when all lines have been added up.
        """
        domain = Domain(domain)
        condition = next(iter(domain.iter_conditions()), None)
        if condition is domain and domain.field_expr == "id" and domain.operator == "in":
            domain &= self._get_domain_of_ids(domain.value)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _get_domain_of_ids(self, ids):
        if isinstance(ids, SQL) or not all(isinstance(row_id, int) for row_id in ids):
            return Domain.TRUE
        # sudo: only which rows to add up; what they hold is read with the rights of the reader
        lines = self.env["account.move.line"].sudo().browse(ids).exists()
        return Domain("partner_id", "in", lines.partner_id.commercial_partner_id.ids)
