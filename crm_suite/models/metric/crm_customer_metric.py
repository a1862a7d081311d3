from odoo import api, fields, models

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

    Rows are written by :meth:`_refresh` only. Amounts are without taxes, in the currency of the
    company, each at the rate of the day of its order.
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
        help="The salesperson of all documents that the figures count; empty when there are several.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Only Sales Team",
        readonly=True,
        help="The sales team of all documents that the figures count; empty when there are several.",
    )
    # orders
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    revenue = fields.Monetary(readonly=True)
    refunded_amount = fields.Monetary(string="Refunded", readonly=True)
    margin = fields.Monetary(readonly=True)
    recent_revenue = fields.Monetary(string="Revenue in the Last 12 Months", readonly=True)
    earlier_revenue = fields.Monetary(string="Revenue in the 12 Months Before", readonly=True)
    average_order_value = fields.Monetary(readonly=True, aggregator="avg")
    order_interval_days = fields.Float(
        string="Days between Orders", readonly=True, aggregator="avg", digits=(16, 1)
    )
    expected_order_date = fields.Date(string="Next Order Expected", readonly=True)
    # recency, frequency, monetary: 1 to 5, 0 without an order
    recency_score = fields.Integer(string="Recency", readonly=True, aggregator="avg")
    frequency_score = fields.Integer(string="Frequency", readonly=True, aggregator="avg")
    monetary_score = fields.Integer(string="Monetary", readonly=True, aggregator="avg")
    rfm_cell = fields.Selection(RFM_CELLS, string="RFM Cell", readonly=True)
    value_tier = fields.Selection(VALUE_TIERS, readonly=True)
    churn_risk = fields.Float(readonly=True, aggregator="avg", help="0 to 1.")
    lifetime_value = fields.Monetary(readonly=True)
    projected_lifetime_value = fields.Monetary(readonly=True)
    # money
    payment_delay_days = fields.Float(
        string="Average Payment Delay", readonly=True, aggregator="avg", digits=(16, 1)
    )
    open_balance = fields.Monetary(readonly=True)
    overdue_balance = fields.Monetary(readonly=True)
    refreshed_at = fields.Datetime(readonly=True)

    _customer_company_uniq = models.UniqueIndex("(partner_id, company_id)")

    @api.model
    def _refresh(self, partners=None):
        """Compute the figures anew.

        :param partners: commercial partners, or None for all customers (full pass)
        """

    @api.model
    def _touch(self, partners):
        """Remember customers whose figures have to be computed anew by the next pass."""
