from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib.groups import COLLECTION_READERS
from .figures import (
    CHANGED,
    COLUMNS,
    INVOICE_TYPES,
    NEW,
    get_beginning,
    select_figures,
    select_new,
    select_some,
)

# customers whom one transaction of the cron refreshes
BATCH = 5000
DISCOUNT = "crm_suite.metric_discount_rate"
ASSUMED_MARGIN = "crm_suite.metric_assumed_margin"
# per cent
DEFAULTS = {DISCOUNT: 10.0, ASSUMED_MARGIN: 30.0}
LOCK = "crm_suite.customer_metric"

# RFM cells by recency, frequency and monetary quintile: see lib/rfm.py
RFM_CELLS = [
    ("champion", "Champions"),
    ("loyal", "Loyal"),
    ("potential", "Potential Loyalists"),
    ("new", "New"),
    ("promising", "Promising"),
    ("attention", "Need Attention"),
    ("sleepy", "About to Sleep"),
    ("at_risk", "At Risk"),
    ("cannot_lose", "Cannot Lose"),
    ("hibernating", "Hibernating"),
]
VALUE_TIERS = [("a", "A"), ("b", "B"), ("c", "C")]


class CrmCustomerMetric(models.Model):
    """The figures of a customer in a company: one row per commercial partner and company.

    Rows are written by :meth:`_refresh` only, all figures by one definition:

    * The customer is the commercial partner, as he is today: contacts that were merged, moved or
      archived keep their documents, and these count for whom they belong to now.
    * Orders are confirmed orders; cancelled ones and quotations do not count. An order below zero
      is a return: it lowers the revenue, but is no order.
    * Amounts are without taxes, in the currency of the company, at the rate of the order. Which
      lines count, their credit notes and costs are those of `crm.product.purchase.line`.
    * `revenue` is net of what was credited, and a credit note lowers the revenue of the time of its
      order. `refunded_amount` is what was credited, and returned by orders below zero.
    * Invoices and credit notes that belong to no order count for what is owed and how late it is
      paid (`crm.receivable.report`, `crm.payment.delay`), not for the revenue: they sell nothing
      that the history of purchases would know.
    * `margin` is the one of the products whose cost is known. For the lifetime value, the revenue
      of others counts with the margin that the settings assume. A changed cost, unit or type of a
      product touches no customer: the full pass at night counts it.
    * `expected_order_date` is the last order plus the mean days between orders of different days;
      for who has ordered on one day only, plus the median of the company.
    * Scores, cells and tiers: `lib/rfm.py`. The tier is by the revenue of the last 12 months.
      Churn risk and projected value: `lib/lifetime_value.py`. They compare with all customers of
      the company: see `crm.customer.metric.boundary`.
    * `user_id` and `team_id` are those of *all* orders and invoices of the customer, else empty:
      nobody reads a sum that holds a document which he may not read.
    """

    _name = "crm.customer.metric"
    _description = "Customer Figures"
    _order = "revenue desc, id desc"
    _rec_name = "partner_id"
    # written in bulk by the refresh alone
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Only Salesperson",
        readonly=True,
        index="btree_not_null",
        help="The salesperson of all orders and invoices of this customer; empty when there are "
        "several.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Only Sales Team",
        readonly=True,
        index="btree_not_null",
        help="The sales team of all orders and invoices of this customer; empty when there are "
        "several.",
    )
    # orders
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    order_count = fields.Integer(
        string="Orders", readonly=True, help="Confirmed orders; cancelled ones do not count."
    )
    revenue = fields.Monetary(
        readonly=True,
        help="Of confirmed orders, without taxes, less what was credited, at the rate of each "
        "order.",
    )
    refunded_amount = fields.Monetary(
        string="Refunded",
        readonly=True,
        help="Credited on orders, and returned by orders below zero. Deducted from the revenue.",
    )
    margin = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="Revenue less the cost, of the products whose cost is known. When the cost of a "
        "product is changed, the figures follow at night.",
    )
    recent_revenue = fields.Monetary(
        string="Revenue in the Last 12 Months", readonly=True, help="By the date of the order."
    )
    earlier_revenue = fields.Monetary(
        string="Revenue in the 12 Months Before", readonly=True, help="By the date of the order."
    )
    average_order_value = fields.Monetary(
        readonly=True, aggregator="avg", help="Revenue divided by the number of orders."
    )
    order_interval_days = fields.Float(
        string="Days between Orders",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days from the first order to the last, divided by the days of order less one.",
    )
    expected_order_date = fields.Date(
        string="Next Order Expected",
        readonly=True,
        help="Last order plus the days between orders. After one order only: plus the median of all"
        " customers who have ordered again.",
    )
    # recency, frequency, monetary: 1 to 5, 0 without an order
    recency_score = fields.Integer(
        string="Recency",
        readonly=True,
        aggregator="avg",
        help="5 for the fifth of the customers who have ordered last, 1 for those whose last order "
        "is longest ago. Equal dates have equal scores.",
    )
    frequency_score = fields.Integer(
        string="Frequency",
        readonly=True,
        aggregator="avg",
        help="5 for the fifth of the customers with the most orders, 1 for the one with the "
        "fewest. Equal numbers have equal scores.",
    )
    monetary_score = fields.Integer(
        string="Monetary",
        readonly=True,
        aggregator="avg",
        help="5 for the fifth of the customers with the highest revenue, 1 for the one with the "
        "lowest. Equal amounts have equal scores.",
    )
    rfm_cell = fields.Selection(
        RFM_CELLS,
        string="RFM Cell",
        readonly=True,
        help="By the score of recency, and the mean of those of frequency and monetary.",
    )
    value_tier = fields.Selection(
        VALUE_TIERS,
        readonly=True,
        help="A: the customers who bring the first 80 % of the revenue of the last 12 months. "
        "B: the next 15 %. C: the others.",
    )
    churn_risk = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Probability that the customer is gone, from the number of his orders and how long he "
        "has not ordered, against his own rhythm (MBG/NBD model).",
    )
    lifetime_value = fields.Monetary(
        readonly=True,
        help="The margin so far. Products without a cost count with the margin that is assumed in "
        "the settings.",
    )
    projected_lifetime_value = fields.Monetary(
        readonly=True,
        help="Present value of the margin to come: (1 - churn risk) x margin of the last 12 months "
        "x retention / (1 + discount rate - retention) (Gupta and Lehmann).",
    )
    # money
    payment_delay_days = fields.Float(
        string="Average Payment Delay",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups=COLLECTION_READERS,
        help="Mean days from the due date to the payment, of the invoices paid in the last 24 "
        "months. Below zero: paid early.",
    )
    open_balance = fields.Monetary(
        readonly=True, groups=COLLECTION_READERS, help="What is still to pay; credits deducted."
    )
    overdue_balance = fields.Monetary(
        readonly=True,
        groups=COLLECTION_READERS,
        help="What should have been paid by today: parts of "
        "invoices by their own due dates, opening balances and other entries too.",
    )
    refreshed_at = fields.Datetime(
        string="Last Changed", readonly=True, help="When one of these figures last changed."
    )

    _customer_company_uniq = models.UniqueIndex("(partner_id, company_id)")
    _revenue_idx = models.Index("(revenue DESC, id DESC)")

    # ------------------------------------------------------------------
    # Actions: each figure opens the documents that it comes from, with the rights of the reader
    # ------------------------------------------------------------------

    def action_open_orders(self):
        """Open the confirmed orders."""
        return self._prepare_action(
            "sale.order",
            self.env._("Orders of %(customer)s", customer=self.partner_id.display_name),
            [("state", "=", "sale")],
        )

    def action_open_recent_orders(self):
        """Open the confirmed orders of the last 12 months."""
        since = get_beginning(self.company_id)
        return self._prepare_action(
            "sale.order",
            self.env._(
                "Orders of %(customer)s in the last 12 months",
                customer=self.partner_id.display_name,
            ),
            [("state", "=", "sale"), ("date_order", ">=", since)],
        )

    def action_open_refunds(self):
        """Open the credit notes on the orders, whoever they were made out to."""
        return self._prepare_action(
            "account.move",
            self.env._("Credit notes of %(customer)s", customer=self.partner_id.display_name),
            [
                ("move_type", "=", "out_refund"),
                ("state", "=", "posted"),
                ("line_ids.sale_line_ids.order_id.state", "=", "sale"),
            ],
            contact="line_ids.sale_line_ids.order_id.partner_id",
        )

    def action_open_invoices(self):
        """Open all invoices and credit notes."""
        return self._prepare_action(
            "account.move",
            self.env._("Invoices of %(customer)s", customer=self.partner_id.display_name),
            [("move_type", "in", INVOICE_TYPES), ("state", "=", "posted")],
        )

    def action_open_paid_invoices(self):
        """Open the invoices whose payment makes the average delay."""
        self.ensure_one()
        Delay = self.env["crm.payment.delay"]
        Delay._flush()
        paid = Delay._get_paid_query(
            self.company_id,
            SQL("customer.commercial_partner_id = %s", self.partner_id.id),
        )
        ids = {row["move_id"] for row in self.env.execute_query_dict(paid)}
        return self._prepare_action(
            "account.move",
            self.env._("Paid invoices of %(customer)s", customer=self.partner_id.display_name),
            [("id", "in", sorted(ids))],
        )

    def action_open_balance(self):
        """Open what is not paid yet, document by document."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_view_receivables()

    def action_open_overdue(self):
        """Open what should have been paid by today."""
        action = self.action_open_balance()
        return {**action, "domain": [*action["domain"], ("overdue", ">", 0)]}

    def action_open_products(self):
        """Open the products bought, with their margins."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_view_product_purchases()

    def _prepare_action(self, model, name, domain, contact="partner_id"):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": [
                (f"{contact}.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                *domain,
            ],
            "context": {"create": False, "active_test": False},
        }

    # ------------------------------------------------------------------
    # Passes
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, partners=None):
        """Compute the figures anew.

        A full pass places the boundaries between the customers of each company, and takes those who
        were touched from the list. A pass over some customers costs by their documents, and uses
        the boundaries of the last full pass.

        :param partners: commercial partners, or None for all customers (full pass)
        """
        if partners is not None and not partners:
            return
        self.env.flush_all()
        # one pass at a time: what two write would depend on who is first
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", LOCK))
        ids = None
        if partners is not None:
            ids = self._get_customer_ids(partners.ids)
        self._compute_new(ids)
        if ids is not None and self.env["crm.customer.metric.boundary"]._is_missing():
            ids = None
            self._compute_new(ids)
        if ids is None:
            self.env["crm.customer.metric.boundary"]._place()
            self.env.cr.execute(SQL("DELETE FROM crm_customer_metric_touch"))
        rows = self._write_changes(ids)
        self._refresh_further(ids)
        self.env.invalidate_all(flush=False)
        if rows:
            self._on_cells_changed(rows)

    @api.model
    def _get_customer_ids(self, ids):
        """Return contacts and whom they belong to: both, for whoever belongs to another now."""
        query = SQL("SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%s)", ids)
        return sorted({*ids, *(row[0] for row in self.env.execute_query(query) if row[0])})

    @api.model
    def _touch(self, partners):
        """Remember customers whose figures have to be computed anew by the next pass."""
        self.env["crm.customer.metric.touch"]._collect("partner", partners)

    @api.model
    def _on_cells_changed(self, rows):
        """Act on customers who are in another RFM cell than before.

        :param rows: list of (partner_id, company_id, old_cell, new_cell); a cell is None for who
            had no figures or orders before, or has none any more
        """

    @api.model
    def _refresh_further(self, partner_ids):
        """Compute figures that other add-ons keep in columns of their own, by SQL.

        :param partner_ids: commercial partners, or None for all
        """

    @api.model
    def _select_some(self, column, partner_ids):
        """Return the condition that a column holds one of the customers, or any if None."""
        return select_some(column, partner_ids)

    def _compute_new(self, partner_ids):
        """Fill the table `NEW` with what the documents of each customer make up."""
        # sudo: the figures of all companies, whoever starts the pass
        env = self.sudo().env
        # pylint: disable-next=no-search-all
        companies = env["res.company"].with_context(active_test=False).search([])
        query = select_new(env, companies, partner_ids, self._get_rate(ASSUMED_MARGIN))
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS %s", NEW))
        cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", NEW, query))
        cr.execute(SQL("ANALYZE %s", NEW))

    def _write_changes(self, partner_ids):
        """Write the figures that differ from what is there.

        :return: see `_on_cells_changed`
        """
        cr = self.env.cr
        columns = [SQL.identifier(name) for name in COLUMNS]
        listed = SQL(", ").join(columns)
        cr.execute(SQL("DROP TABLE IF EXISTS %s", CHANGED))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE %(changed)s ON COMMIT DROP AS
                SELECT figure.*, old.rfm_cell AS old_cell
                  FROM (%(figures)s) figure
             LEFT JOIN crm_customer_metric old USING (partner_id, company_id)
                 WHERE old.id IS NULL OR (%(new_values)s) IS DISTINCT FROM (%(old_values)s)
                """,
                changed=CHANGED,
                figures=select_figures(self._get_rate(DISCOUNT)),
                new_values=SQL(", ").join(SQL("figure.%s", column) for column in columns),
                old_values=SQL(", ").join(SQL("old.%s", column) for column in columns),
            )
        )
        gone = self._delete_gone(partner_ids)
        cr.execute(
            SQL(
                """
                INSERT INTO crm_customer_metric (partner_id, company_id, %(columns)s, refreshed_at)
                SELECT partner_id, company_id, %(columns)s, %(now)s FROM %(changed)s
                    ON CONFLICT (partner_id, company_id)
                    DO UPDATE SET %(values)s, refreshed_at = EXCLUDED.refreshed_at
                """,
                columns=listed,
                now=fields.Datetime.now(),
                changed=CHANGED,
                values=SQL(", ").join(SQL("%s = EXCLUDED.%s", name, name) for name in columns),
            )
        )
        moved = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, company_id, old_cell, rfm_cell
                  FROM %s
                 WHERE old_cell IS DISTINCT FROM rfm_cell
                """,
                CHANGED,
            )
        )
        return moved + [row for row in gone if row[2]]

    def _delete_gone(self, partner_ids):
        """Delete the figures of who has no documents any more.

        :return: see `_on_cells_changed`
        """
        return self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_customer_metric metric
                 WHERE %s
                   AND NOT EXISTS (SELECT FROM %s new
                                    WHERE new.partner_id = metric.partner_id
                                      AND new.company_id = metric.company_id)
             RETURNING partner_id, company_id, rfm_cell, NULL
                """,
                self._select_some("partner_id", partner_ids),
                NEW,
            )
        )

    @api.model
    def _get_rate(self, parameter):
        """Return a share, 0 to 1, of the settings; what cannot be one counts as not set."""
        # sudo: parameters of the formulas
        value = self.env["ir.config_parameter"].sudo().get_param(parameter)
        try:
            rate = float(value or "nan")
        except ValueError:
            rate = -1.0
        return (rate if 0 <= rate <= 100 else DEFAULTS[parameter]) / 100

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _is_free(self):
        """Keep other passes out until the transaction ends; False when one is at it."""
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", LOCK)
        return self.env.execute_query(lock)[0][0]

    @api.model
    def _cron_refresh(self):
        """Refresh the customers whose documents have changed since the last pass."""
        Touch, cron = self.env["crm.customer.metric.touch"], self.env["ir.cron"]
        cron._commit_progress(remaining=Touch.search_count([]))
        # before any row is taken: the full pass takes them all
        while (is_free := self._is_free()) and (partners := Touch._take(BATCH)):
            self._refresh(partners)
            if not cron._commit_progress(len(partners), remaining=Touch.search_count([])):
                break
        if not is_free:
            # they stay on the list for the next run
            cron._commit_progress(remaining=0)

    @api.model
    def _cron_refresh_all(self):
        """Refresh all customers: days have passed, and boundaries move."""
        if self._is_free():
            self._refresh()
        else:
            later = fields.Datetime.now() + relativedelta(minutes=5)
            self.env.ref("crm_suite.ir_cron_refresh_all_metrics")._trigger(later)
