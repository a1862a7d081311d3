from odoo import fields, models
from odoo.tools import SQL

from ...lib.groups import COLLECTION_READERS
from ...models.metric.crm_customer_metric import VALUE_TIERS
from ...models.purchase.crm_product_purchase_line import DEPENDS as PURCHASE_DEPENDS
from ...models.purchase.ratios import select_ratio

DEPENDS = {
    **PURCHASE_DEPENDS,
    "crm.customer.metric": ["payment_delay_days", "value_tier"],
    "res.partner": ["commercial_partner_id", "country_id"],
}


class CrmCustomerProfitReport(models.Model):
    """What the relation with a customer earns: one row for each confirmed order.

    The rows add up `crm.product.purchase.line`, which says what counts and which orders the reader
    sees. Products of unknown cost have revenue, but no part in cost and margin:
    `unknown_revenue` says how much that is, and the margin in percent is that of the rest.
    """

    _name = "crm.customer.profit.report"
    _description = "Customer Profitability"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = DEPENDS

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    date = fields.Date(string="Order Date", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    value_tier = fields.Selection(VALUE_TIERS, readonly=True)
    orders = fields.Integer(readonly=True)
    revenue = fields.Monetary(readonly=True, help="Without taxes, less what was credited.")
    refunded_amount = fields.Monetary(
        string="Refunded",
        readonly=True,
        help="Credited on orders, and returned by orders below zero. Deducted from the revenue.",
    )
    discount_amount = fields.Monetary(string="Discount Given", readonly=True)
    discount = fields.Float(
        string="Discount (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the amount before the discount.",
    )
    cost = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="Of the products whose cost is known, less what was returned.",
    )
    margin = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="Revenue less cost, of the products whose cost is known.",
    )
    margin_percent = fields.Float(
        string="Margin (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups="base.group_user",
        help="Of the revenue of the products whose cost is known.",
    )
    unknown_revenue = fields.Monetary(
        string="Revenue of Unknown Cost",
        readonly=True,
        groups="base.group_user",
        help="Revenue of products without a cost: it has no part in cost and margin.",
    )
    payment_delay_days = fields.Float(
        string="Average Payment Delay (Days)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups=COLLECTION_READERS,
        help="Of the customer, from his figures. In groups of several customers each counts as "
        "often as he ordered.",
    )

    def action_open_order(self):
        """Open the order of this row."""
        self.ensure_one()
        return self.order_id.get_formview_action()

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "discount:avg": ("discount_amount", "full_amount", 100),
            "margin_percent:avg": ("margin", "margin_base", 100),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    @property
    def _table_query(self):
        metrics = self.env["crm.customer.metric"]._search(
            [("company_id", "in", self.env.companies.ids)]
        )
        return SQL(
            """
            SELECT sold.*,
                   sold.order_id AS id,
                   -- an order below zero is a return
                   (sold.revenue + sold.credited >= 0)::int AS orders,
                   sold.credited - LEAST(sold.revenue + sold.credited, 0) AS refunded_amount,
                   sold.margin_base - sold.margin AS cost,
                   sold.revenue - sold.margin_base AS unknown_revenue,
                   100 * sold.margin / NULLIF(sold.margin_base, 0) AS margin_percent,
                   100 * sold.discount_amount / NULLIF(sold.full_amount, 0) AS discount,
                   partner.country_id,
                   metric.value_tier,
                   metric.payment_delay_days
              FROM (SELECT line.order_id,
                           line.day AS date,
                           line.partner_id,
                           line.user_id,
                           line.team_id,
                           line.company_id,
                           line.currency_id,
                           SUM(line.amount) AS revenue,
                           COALESCE(SUM(line.refunded_amount), 0) AS credited,
                           SUM(line.discount_amount) AS discount_amount,
                           SUM(line.full_amount) AS full_amount,
                           COALESCE(SUM(line.margin_base), 0) AS margin_base,
                           COALESCE(SUM(line.margin), 0) AS margin
                      FROM (%(lines)s) line
                  GROUP BY line.order_id, line.day, line.partner_id, line.user_id, line.team_id,
                           line.company_id, line.currency_id) sold
              JOIN res_partner partner ON partner.id = sold.partner_id
         LEFT JOIN (%(metrics)s) metric ON metric.partner_id = sold.partner_id
                                       AND metric.company_id = sold.company_id
            """,
            lines=self.env["crm.product.purchase.line"]._table_query,
            metrics=metrics.select(
                *(
                    SQL.identifier("crm_customer_metric", name)
                    for name in ("partner_id", "company_id", "value_tier", "payment_delay_days")
                )
            ),
        )
