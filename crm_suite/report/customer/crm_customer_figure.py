from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.groups import COLLECTION_READERS
from ...models.metric.crm_customer_metric import RFM_CELLS, VALUE_TIERS

AMOUNTS = [
    "revenue",
    "refunded_amount",
    "margin",
    "recent_revenue",
    "earlier_revenue",
    "lifetime_value",
    "projected_lifetime_value",
    "overdue_balance",
]
FIGURES = [
    "partner_id",
    "company_id",
    "first_order_date",
    "last_order_date",
    "expected_order_date",
    "order_count",
    "order_interval_days",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "rfm_cell",
    "value_tier",
    "churn_risk",
    "payment_delay_days",
]
DEPENDS = {
    "crm.customer.metric": [*FIGURES, *AMOUNTS, "user_id"],
    "res.partner": ["country_id", "lifecycle_stage_id", "user_id"],
}


class CrmCustomerFigure(models.AbstractModel):
    """The figures of customers with what reports group them by: one row per customer and company.

    The rows are those of `crm.customer.metric` that the reader may read. Amounts are in the
    currency of the current company: a metric holds the currency of its company, at the rate of
    the day of each order; other companies' are converted at today's rate.
    """

    _name = "crm.customer.figure"
    _description = "Customer in Reports"
    _auto = False
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        readonly=True,
        help="The salesperson of the customer, else the one who has all his orders.",
    )
    country_id = fields.Many2one("res.country", readonly=True)
    lifecycle_stage_id = fields.Many2one("crm.lifecycle.stage", readonly=True)
    rfm_cell = fields.Selection(RFM_CELLS, string="RFM Cell", readonly=True)
    value_tier = fields.Selection(VALUE_TIERS, readonly=True)
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    expected_order_date = fields.Date(string="Next Order Expected", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    order_interval_days = fields.Float(
        string="Days between Orders", readonly=True, aggregator="avg", digits=(16, 1)
    )
    recency_score = fields.Integer(
        string="Recency",
        readonly=True,
        aggregator="avg",
        help="1 to 5: who ordered most recently has 5.",
    )
    frequency_score = fields.Integer(
        string="Frequency",
        readonly=True,
        aggregator="avg",
        help="1 to 5: who orders most often has 5.",
    )
    monetary_score = fields.Integer(
        string="Monetary",
        readonly=True,
        aggregator="avg",
        help="1 to 5: who brings most revenue has 5.",
    )
    revenue = fields.Monetary(readonly=True, help="Without taxes, less what was credited.")
    refunded_amount = fields.Monetary(string="Refunded", readonly=True)
    margin = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="Of the products whose cost is known; others have no part in it.",
    )
    recent_revenue = fields.Monetary(string="Revenue in the Last 12 Months", readonly=True)
    earlier_revenue = fields.Monetary(string="Revenue in the 12 Months Before", readonly=True)
    lifetime_value = fields.Monetary(readonly=True)
    projected_lifetime_value = fields.Monetary(readonly=True)
    churn_risk = fields.Float(readonly=True, aggregator="avg", help="0 to 1.")
    payment_delay_days = fields.Float(
        string="Average Payment Delay (Days)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups=COLLECTION_READERS,
    )
    overdue_balance = fields.Monetary(readonly=True, groups=COLLECTION_READERS)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_customer(self):
        """Open the contact of this row."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_view_orders(self):
        """Open the confirmed orders of these customers, each in the company of its row."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        name = self.partner_id.display_name if len(self) == 1 else self.env._("Orders of Customers")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": list(
                Domain("state", "=", "sale")
                & Domain.OR(
                    Domain("company_id", "=", company.id)
                    & Domain("partner_id.commercial_partner_id", "in", rows.partner_id.ids)
                    for company, rows in self.grouped("company_id").items()
                )
            ),
            "context": {"create": False},
        }

    def action_view_contacts(self):
        """Open the contacts of these rows."""
        action = self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts")
        return {**action, "domain": [("id", "in", self.partner_id.ids)], "context": {}}

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            "SELECT %s FROM %s WHERE %s",
            SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            self._get_tables(),
            self._get_condition(),
        )

    def _get_columns(self):
        """Return the SQL of each column; `metric`, `partner` and `rate` are joined."""
        columns = {
            "id": SQL("metric.id"),
            "currency_id": SQL("%s", self.env.company.currency_id.id),
            "user_id": SQL("COALESCE(partner.user_id, metric.user_id)"),
            "country_id": SQL("partner.country_id"),
            "lifecycle_stage_id": SQL("partner.lifecycle_stage_id"),
        }
        columns.update((name, SQL.identifier("metric", name)) for name in FIGURES)
        columns.update((name, self._get_amount(name)) for name in AMOUNTS)
        return columns

    @api.model
    def _get_amount(self, name):
        return SQL("COALESCE(%s, 0) * COALESCE(rate.value, 1)", SQL.identifier("metric", name))

    def _get_tables(self):
        return SQL(
            """
            (%s) metric
            JOIN res_partner partner ON partner.id = metric.partner_id
            LEFT JOIN %s ON rate.company_id = metric.company_id
            """,
            self._get_readable_metrics(),
            self.env["crm.pipeline.report"]._get_company_rates(),
        )

    def _get_readable_metrics(self):
        """Return the query of the metrics of the active companies that the reader may read."""
        query = self.env["crm.customer.metric"]._search(
            [("company_id", "in", self.env.companies.ids)]
        )
        return query.select(SQL("%s.*", SQL.identifier("crm_customer_metric")))

    def _get_condition(self):
        return SQL("TRUE")
