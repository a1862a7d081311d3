from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.models.purchase.ratios import select_ratio

from ...lib.attribution import MODELS
from ...models.attribution.readers import REVENUE_READERS

# rows of different tables have ids of their own
TABLES = 3
REFERENCES = (
    "company_id",
    "campaign_id",
    "medium_id",
    "source_id",
    "mailing_id",
    "lead_id",
    "order_id",
    "move_id",
    "cost_id",
    "trace_id",
)
COUNTS = ("targeted", "sent", "delivered", "opened", "clicked", "replied")
SHARES = ("leads", "orders", "new_customers")
AMOUNTS = ("cost", "revenue", "paid", *(f"revenue_{model}" for model in MODELS))


class CrmCampaignPerformance(models.Model):
    """What campaigns and channels cost and what they brought: facts of different kinds, each on a
    day of its own, in the currency of the current company.

    * Costs fall on the days over which they are spread; what was sent, opened, clicked and
      answered on the day on which the message was sent.
    * Leads, orders, new customers, revenue and payments are shares by the model that the search
      has chosen, else the one of the settings (`crm.attribution`), on the day of the lead, of the
      order, of the payment. The revenue by each of the models stands beside it.
    * Shares of what has no touch are in the rows without campaign and channel, so that the totals
      are those of all leads and orders.
    * ROI is revenue less cost, divided by the cost: revenue, not margin.
    * Acquisition cost is the cost divided by the customers who ordered for the first time.
    """

    _name = "crm.campaign.performance"
    _description = "Campaign Performance"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "kind"
    _depends = {
        "crm.campaign.cost": ["campaign_id", "company_id", "medium_id"],
        "crm.campaign.cost.day": ["amount", "cost_id", "date"],
        "mailing.mailing": ["campaign_id", "medium_id", "source_id", "user_id"],
        "mailing.trace": [
            "is_test_trace",
            "links_click_datetime",
            "mass_mailing_id",
            "open_datetime",
            "reply_datetime",
            "sent_datetime",
            "trace_status",
        ],
        "res.users": ["company_id"],
        "utm.campaign": ["company_id"],
    }

    kind = fields.Selection(
        [
            ("lead", "New Lead"),
            ("order", "Order"),
            ("payment", "Paid Invoice"),
            ("message", "Message"),
            ("cost", "Cost"),
        ],
        string="Fact",
        readonly=True,
    )
    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    medium_id = fields.Many2one("utm.medium", string="Channel", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    mailing_id = fields.Many2one("mailing.mailing", readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", string="Lead or Opportunity", readonly=True, groups=REVENUE_READERS
    )
    order_id = fields.Many2one("sale.order", readonly=True, groups=REVENUE_READERS)
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, groups=REVENUE_READERS
    )
    cost_id = fields.Many2one("crm.campaign.cost", string="Cost Line", readonly=True)
    trace_id = fields.Many2one("mailing.trace", string="Message", readonly=True)
    cost = fields.Monetary(readonly=True)
    targeted = fields.Integer(
        readonly=True, help="Whom a mailing was meant for, and who was left out of it."
    )
    sent = fields.Integer(readonly=True)
    delivered = fields.Integer(
        readonly=True, help="Sent, and it has not come back: receipts are seldom written."
    )
    opened = fields.Integer(readonly=True)
    clicked = fields.Integer(readonly=True)
    replied = fields.Integer(readonly=True)
    leads = fields.Float(
        readonly=True, digits=(16, 2), help="Shares of leads, by the chosen model."
    )
    orders = fields.Float(
        readonly=True, digits=(16, 2), help="Shares of orders, by the chosen model."
    )
    new_customers = fields.Float(
        readonly=True,
        digits=(16, 2),
        help="Shares of first orders of customers, by the chosen model.",
    )
    revenue = fields.Monetary(
        readonly=True,
        groups=REVENUE_READERS,
        help="Of confirmed orders, without taxes, less what was credited, by the chosen model.",
    )
    paid = fields.Monetary(
        "Paid Invoices",
        readonly=True,
        groups=REVENUE_READERS,
        help="Without taxes, on the day of the payment, by the chosen model.",
    )
    revenue_first = fields.Monetary("Revenue (First Touch)", readonly=True, groups=REVENUE_READERS)
    revenue_last = fields.Monetary("Revenue (Last Touch)", readonly=True, groups=REVENUE_READERS)
    revenue_linear = fields.Monetary("Revenue (Linear)", readonly=True, groups=REVENUE_READERS)
    revenue_time_decay = fields.Monetary(
        "Revenue (Time Decay)", readonly=True, groups=REVENUE_READERS
    )
    revenue_position = fields.Monetary("Revenue (Position)", readonly=True, groups=REVENUE_READERS)
    profit = fields.Monetary("Revenue Less Cost", readonly=True, groups=REVENUE_READERS)
    roi = fields.Float(
        "ROI (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups=REVENUE_READERS,
        help="Revenue less cost, divided by the cost.",
    )
    cost_per_lead = fields.Monetary(readonly=True, aggregator="avg")
    cost_per_order = fields.Monetary(readonly=True, aggregator="avg")
    acquisition_cost = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Cost divided by the customers who ordered for the first time.",
    )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_document(self):
        """Open what this row is about."""
        self.ensure_one()
        for name in ("cost_id", "mailing_id" if self.trace_id else "order_id"):
            if self._has_field_access(self._fields[name], "read") and self[name]:
                return self._open(self[name])
        for name in ("lead_id", "move_id"):
            if self._has_field_access(self._fields[name], "read") and self[name]:
                return self._open(self[name])
        return False

    def _open(self, document):
        document.check_access("read")
        if document._name == "crm.lead":
            return document.redirect_lead_opportunity_view()
        return document.get_formview_action()

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "roi:avg": ("profit", "cost", 100.0),
            "cost_per_lead:avg": ("cost", "leads", 1.0),
            "cost_per_order:avg": ("cost", "orders", 1.0),
            "acquisition_cost:avg": ("cost", "new_customers", 1.0),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.*,
                   %(currency)s AS currency_id,
                   fact.revenue - fact.cost AS profit,
                   100.0 * (fact.revenue - fact.cost) / NULLIF(fact.cost, 0) AS roi,
                   fact.cost / NULLIF(fact.leads, 0) AS cost_per_lead,
                   fact.cost / NULLIF(fact.orders, 0) AS cost_per_order,
                   fact.cost / NULLIF(fact.new_customers, 0) AS acquisition_cost
              FROM (%(facts)s) fact
            """,
            currency=self.env.company.currency_id.id,
            facts=SQL(" UNION ALL ").join(
                (self._get_results(), self._get_messages(), self._get_costs())
            ),
        )

    def _prepare_fact(self, number, table, kind, date, source, **columns):
        """Return the SELECT of the facts of one table, with all columns in the order of the union.

        :param int number: unique below `TABLES`, makes the ids of the rows
        :param SQL source: what stands after FROM
        :param columns: SQL by column
        """
        selected = [
            SQL("%s::bigint * %s + %s AS id", SQL.identifier(table, "id"), TABLES, number),
            SQL("%s AS kind", kind),
            SQL("(%s)::date AS date", date),
        ]
        for names, default, sql_type in (
            (REFERENCES, SQL("NULL"), SQL("int")),
            (COUNTS, SQL("0"), SQL("int")),
            (SHARES + AMOUNTS, SQL("0"), SQL("numeric")),
        ):
            selected.extend(
                SQL("(%s)::%s AS %s", columns.get(name, default), sql_type, SQL.identifier(name))
                for name in names
            )
        return SQL("SELECT %s FROM %s", SQL(", ").join(selected), source)

    def _get_rate(self, company):
        return self.env["crm.pipeline.report"]._join_rates(company)

    def _get_results(self):
        """Shares of leads, orders and payments.

        Amounts are in fields that only those read who may read them. The counts are for all who
        work with campaigns.
        """
        model = self.env["crm.attribution"]._get_model()

        def select(conversion, column):
            return SQL("CASE WHEN share.conversion = %s THEN %s ELSE 0 END", conversion, column)

        def amount(name):
            return SQL("%s * COALESCE(rate.value, 1)", SQL.identifier("share", f"amount_{name}"))

        credit = SQL.identifier("share", f"credit_{model}")
        return self._prepare_fact(
            0,
            "share",
            SQL("share.conversion"),
            SQL("share.day"),
            SQL(
                "crm_attribution share %s WHERE share.company_id = ANY(%s)",
                self._get_rate("share"),
                self.env.companies.ids,
            ),
            **{
                name: SQL.identifier("share", name)
                for name in REFERENCES
                if name in self.env["crm.attribution"]._fields
            },
            leads=select("lead", credit),
            orders=select("order", credit),
            new_customers=SQL("CASE WHEN share.is_new_customer THEN %s ELSE 0 END", credit),
            revenue=select("order", amount(model)),
            paid=select("payment", amount(model)),
            **{f"revenue_{name}": select("order", amount(name)) for name in MODELS},
        )

    def _get_messages(self):
        """Messages of mailings: of companies that the reader works for, by campaign or sender."""
        return self._prepare_fact(
            1,
            "trace",
            SQL("'message'"),
            SQL("COALESCE(trace.sent_datetime, trace.create_date)"),
            SQL(
                """
                mailing_trace trace
                JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
                LEFT JOIN utm_campaign campaign ON campaign.id = mailing.campaign_id
                LEFT JOIN res_users sender ON sender.id = mailing.user_id
                WHERE trace.is_test_trace IS NOT TRUE
                  AND COALESCE(campaign.company_id, sender.company_id, %(company)s)
                      = ANY(%(companies)s)
                """,
                company=self.env.company.id,
                companies=self.env.companies.ids,
            ),
            company_id=SQL("COALESCE(campaign.company_id, sender.company_id)"),
            campaign_id=SQL("mailing.campaign_id"),
            medium_id=SQL("mailing.medium_id"),
            source_id=SQL("mailing.source_id"),
            mailing_id=SQL("mailing.id"),
            trace_id=SQL("trace.id"),
            targeted=SQL("1"),
            sent=SQL("(trace.sent_datetime IS NOT NULL)::int"),
            delivered=SQL(
                "(trace.sent_datetime IS NOT NULL AND trace.trace_status <> 'bounce')::int"
            ),
            # who answers has read it
            opened=SQL("(COALESCE(trace.open_datetime, trace.reply_datetime) IS NOT NULL)::int"),
            clicked=SQL("(trace.links_click_datetime IS NOT NULL)::int"),
            replied=SQL("(trace.reply_datetime IS NOT NULL)::int"),
        )

    def _get_costs(self):
        return self._prepare_fact(
            2,
            "day",
            SQL("'cost'"),
            SQL("day.date"),
            SQL(
                """
                crm_campaign_cost_day day
                JOIN crm_campaign_cost line ON line.id = day.cost_id
                %s
                WHERE line.company_id = ANY(%s)
                """,
                self._get_rate("line"),
                self.env.companies.ids,
            ),
            company_id=SQL("line.company_id"),
            campaign_id=SQL("line.campaign_id"),
            medium_id=SQL("line.medium_id"),
            cost_id=SQL("line.id"),
            cost=SQL("day.amount * COALESCE(rate.value, 1)"),
        )
