from odoo import api, fields, models
from odoo.tools import SQL

from ...models.purchase.ratios import select_ratio
from .crm_customer_fact import DEPENDS

LOST_AFTER_PARAMETER = "crm_suite.customer_lost_after_months"
LOST_AFTER_MONTHS = 12
MOST_MONTHS = 120
# Columns that a fact may fill; what it does not is empty
REFERENCES = ["partner_id", "order_id", "lead_id", "user_id", "team_id", "country_id", "company_id"]
COUNTS = [
    "new_customers",
    "lost_customers",
    "won_back_customers",
    "net_customers",
    "customers_before",
    "kept_customers",
    "orders",
    "leads",
    "converted_leads",
]
# how many rows with different ids one order can have
KINDS = 7


class CrmCustomerFlowReport(models.Model):
    """Who became a customer, who stopped being one, and the key figures of a month: conversion of
    leads, retention and mean order value.

    The rows are facts of different kinds with a date of their own; see `crm.customer.fact` for
    which orders count.

    * A customer is *new* on the day of his first order.
    * He is *lost* when he has not ordered for some months (a setting, 12 at first; the search can
      choose another time): on the day on which that time ran out. With his next order after that
      he is *won back*.
    * Retention of a month: of the customers at its start, how many were not lost in it (*customer
      retention rate*, as Farris and others, "Marketing Metrics", chapter 5). For several months it
      is the mean of them, weighted by their customers.
    * Conversion: of the leads and opportunities that were created in the month, how many are won
      or have a confirmed order by now. Salesperson and team are those of the lead.
    * Mean order value: revenue divided by the number of orders.
    """

    _name = "crm.customer.flow.report"
    _description = "New and Lost Customers"
    _inherit = ["crm.customer.fact"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "kind"
    _depends = {
        **DEPENDS,
        "crm.lead": ["company_id", "country_id", "team_id", "user_id", "won_status"],
        "sale.order": [*DEPENDS["sale.order"], "opportunity_id"],
    }

    kind = fields.Selection(
        [
            ("new", "New Customer"),
            ("lost", "Lost Customer"),
            ("won_back", "Won Back"),
            ("order", "Order"),
            ("return", "Return"),
            ("lead", "New Lead"),
            ("month", "Customers of a Month"),
        ],
        string="Fact",
        readonly=True,
    )
    date = fields.Date(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        help="The first one, or the last one before the customer was lost.",
    )
    lead_id = fields.Many2one("crm.lead", string="Lead or Opportunity", readonly=True)
    new_customers = fields.Integer(readonly=True, help="Who ordered for the first time.")
    lost_customers = fields.Integer(
        readonly=True, help="Whose time without an order grew too long."
    )
    won_back_customers = fields.Integer(
        string="Customers Won Back", readonly=True, help="Who were lost and ordered again."
    )
    net_customers = fields.Integer(
        string="More Customers",
        readonly=True,
        help="New and won back, less lost. Added up from the beginning, it is the number of "
        "customers.",
    )
    customers_before = fields.Integer(
        string="Customers at the Start",
        readonly=True,
        aggregator="avg",
        help="Of a month. Of several months: the mean of those in which there were customers.",
    )
    kept_customers = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="Customers at the start of a month, less lost. Of several months: their mean.",
    )
    retention = fields.Float(
        string="Retention (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the customers at the start of a month, those who were not lost in it.",
    )
    orders = fields.Integer(readonly=True)
    revenue = fields.Monetary(readonly=True, help="Without taxes, less what was credited.")
    average_order = fields.Monetary(string="Average Order Value", readonly=True, aggregator="avg")
    leads = fields.Integer(string="New Leads", readonly=True)
    converted_leads = fields.Integer(
        readonly=True, help="Of the new leads, those that are won or have a confirmed order by now."
    )
    conversion = fields.Float(
        string="Conversion (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the leads that were new, those that are won or have a confirmed order by now.",
    )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_document(self):
        """Open the order, the lead or the customer of this row."""
        self.ensure_one()
        document = self.order_id or self.lead_id or self.partner_id
        if not document:
            return False
        document.check_access("read")
        if document == self.lead_id:
            return document.redirect_lead_opportunity_view()
        return document.get_formview_action()

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @api.model
    def _get_lost_months(self):
        """Return after how many months without an order a customer is lost."""
        # sudo: a standard of the company, no secret
        parameter = self.env["ir.config_parameter"].sudo().get_param(LOST_AFTER_PARAMETER)
        for value in (self.env.context.get("lost_after_months"), parameter):
            try:
                months = int(value)
            except (TypeError, ValueError):
                continue
            if 1 <= months <= MOST_MONTHS:
                return months
        return LOST_AFTER_MONTHS

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages. The customers of
        two months are mostly the same ones: they are no sum.
        """
        ratios = {
            "retention:avg": ("kept_customers", "customers_before", 100.0),
            "average_order:avg": ("revenue", "orders", 1.0),
            "conversion:avg": ("converted_leads", "leads", 100.0),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec in ("customers_before:avg", "kept_customers:avg"):
            return SQL(
                "SUM(%s)::numeric / NULLIF(COUNT(DISTINCT %s) FILTER (WHERE %s = 'month'), 0)",
                SQL.identifier(self._table, aggregate_spec.partition(":")[0]),
                SQL.identifier(self._table, "date"),
                SQL.identifier(self._table, "kind"),
            )
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    @property
    def _table_query(self):
        facts = [
            *self._get_customer_facts(),
            self._get_month_facts(),
            self._get_lead_facts(),
            self._get_return_facts(),
        ]
        return SQL(
            """
            WITH %(ordered)s,
            event AS (
                SELECT ordered.id,
                       ordered.partner_id,
                       ordered.company_id,
                       ordered.day,
                       ordered.next_day,
                       ordered.number,
                       ordered.revenue,
                       ordered.user_id,
                       ordered.team_id,
                       ordered.country_id,
                       CASE WHEN (ordered.day + make_interval(months => %(months)s))::date
                                 < COALESCE(ordered.next_day, %(today)s)
                            THEN (ordered.day + make_interval(months => %(months)s))::date
                       END AS lost_day
                  FROM ordered
            )
            SELECT fact.*,
                   %(currency)s AS currency_id,
                   100.0 * fact.kept_customers / NULLIF(fact.customers_before, 0) AS retention,
                   fact.revenue / NULLIF(fact.orders, 0) AS average_order,
                   100.0 * fact.converted_leads / NULLIF(fact.leads, 0) AS conversion
              FROM (%(facts)s) fact
            """,
            ordered=self._get_ordered(),
            months=self._get_lost_months(),
            today=fields.Date.context_today(self),
            currency=self.env.company.currency_id.id,
            facts=SQL(" UNION ALL ").join(fact for fact in facts if fact),
        )

    def _prepare_fact(self, number, kind, row_id, date, source, **columns):
        """Return the SELECT of one kind of fact, with all columns in the order of the union.

        :param int number: unique below `KINDS`, makes the ids of the rows
        :param SQL source: what stands after FROM
        :param columns: SQL by column
        """
        selected = [
            SQL("(%s)::bigint * %s + %s AS id", row_id, KINDS, number),
            SQL("%s::varchar AS kind", kind),
            SQL("(%s)::date AS date", date),
        ]
        for names, default, sql_type in (
            (REFERENCES, SQL("NULL"), SQL("int")),
            (COUNTS, SQL("0"), SQL("int")),
            (["revenue"], SQL("0"), SQL("numeric")),
        ):
            selected.extend(
                SQL("(%s)::%s AS %s", columns.get(name, default), sql_type, SQL.identifier(name))
                for name in names
            )
        return SQL("SELECT %s FROM %s", SQL(", ").join(selected), source)

    def _get_customer_facts(self):
        one = SQL("1")
        group = {
            name: SQL("NULLIF(event.%s, 0)", SQL.identifier(name))
            for name in ("partner_id", "user_id", "team_id", "country_id", "company_id")
        }
        first = SQL("event WHERE event.number = 1")
        lost = SQL("event WHERE event.lost_day IS NOT NULL")
        # the order that won him back is known by its day: the row is that of the order before
        back = SQL("event WHERE event.lost_day IS NOT NULL AND event.next_day IS NOT NULL")
        row_id, order = SQL("event.id"), {"order_id": SQL("event.id")}
        day, lost_day = SQL("event.day"), SQL("event.lost_day")
        return [
            self._prepare_fact(
                0, "new", row_id, day, first, **group, **order, new_customers=one, net_customers=one
            ),
            self._prepare_fact(
                1,
                "lost",
                row_id,
                lost_day,
                lost,
                **group,
                **order,
                lost_customers=one,
                net_customers=SQL("-1"),
            ),
            self._prepare_fact(
                2,
                "won_back",
                row_id,
                SQL("event.next_day"),
                back,
                **group,
                won_back_customers=one,
                net_customers=one,
            ),
            self._prepare_fact(
                3,
                "order",
                row_id,
                day,
                SQL("event"),
                **group,
                **order,
                orders=one,
                revenue=SQL("event.revenue"),
            ),
        ]

    def _get_return_facts(self):
        """Orders below zero: of whoever has never ordered, too."""
        group = {
            name: SQL("NULLIF(taken_back.%s, 0)", SQL.identifier(name))
            for name in ("partner_id", "user_id", "team_id", "country_id", "company_id")
        }
        return self._prepare_fact(
            6,
            "return",
            SQL("taken_back.id"),
            SQL("taken_back.day"),
            SQL("taken_back"),
            **group,
            order_id=SQL("taken_back.id"),
            revenue=SQL("taken_back.revenue"),
        )

    def _get_month_facts(self):
        """One row for each month and group of customers: how many there were at its start."""
        source = SQL(
            """
            (WITH change AS (
                SELECT date_trunc('month', moved.date)::date AS month,
                       event.company_id, event.user_id, event.team_id, event.country_id,
                       SUM(moved.net) AS net,
                       SUM((moved.net < 0)::int) AS lost
                  FROM event
            CROSS JOIN LATERAL (VALUES (CASE WHEN event.number = 1 THEN event.day END, 1),
                                       (event.lost_day, -1),
                                       (CASE WHEN event.lost_day IS NOT NULL
                                             THEN event.next_day END, 1)) AS moved(date, net)
                 WHERE moved.date IS NOT NULL
              GROUP BY 1, 2, 3, 4, 5
            ),
            span AS (
                SELECT company_id, user_id, team_id, country_id, MIN(month) AS start
                  FROM change
              GROUP BY 1, 2, 3, 4
            )
            SELECT ROW_NUMBER() OVER (ORDER BY month.month, company_id, user_id, team_id,
                                               country_id) AS id,
                   month.month,
                   company_id, user_id, team_id, country_id,
                   COALESCE(change.lost, 0) AS lost,
                   COALESCE(SUM(change.net) OVER (
                       PARTITION BY company_id, user_id, team_id, country_id
                           ORDER BY month.month
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
              FROM span
        CROSS JOIN LATERAL (
                       SELECT each::date AS month
                         FROM generate_series(span.start, %(today)s::date,
                                              interval '1 month') AS each) month
         LEFT JOIN change USING (month, company_id, user_id, team_id, country_id)) size
             WHERE size.before > 0
            """,
            today=fields.Date.context_today(self),
        )
        return self._prepare_fact(
            4,
            "month",
            SQL("size.id"),
            SQL("size.month"),
            source,
            **{
                name: SQL("NULLIF(size.%s, 0)", SQL.identifier(name))
                for name in ("company_id", "user_id", "team_id", "country_id")
            },
            customers_before=SQL("size.before"),
            kept_customers=SQL("size.before - size.lost"),
        )

    def _get_lead_facts(self):
        Lead = self.env["crm.lead"].with_context(active_test=False)
        if not Lead.has_access("read"):
            return None
        readable = Lead._search([])
        ordered = self.env["sale.order"]._search(
            [("state", "=", "sale"), ("opportunity_id", "!=", False)]
        )
        return self._prepare_fact(
            5,
            "lead",
            SQL("crm_lead.id"),
            SQL("crm_lead.create_date AT TIME ZONE 'UTC' AT TIME ZONE %s", self.env.tz.zone),
            SQL(
                "%s WHERE %s",
                readable.from_clause,
                readable.where_clause or SQL("TRUE"),
            ),
            **{
                name: SQL.identifier("crm_lead", name)
                for name in ("company_id", "user_id", "team_id", "country_id")
            },
            lead_id=SQL("crm_lead.id"),
            leads=SQL("1"),
            converted_leads=SQL(
                "(crm_lead.won_status = 'won' OR crm_lead.id IN (%s))::int",
                ordered.select(SQL.identifier("sale_order", "opportunity_id")),
            ),
        )
