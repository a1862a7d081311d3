from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...models.purchase.ratios import select_ratio
from .crm_customer_fact import DEPENDS

# months in a period
PERIODS = {"month": 1, "quarter": 3, "year": 12}
UNITS = [
    ("month", "Months"),
    ("quarter", "Quarters"),
    ("year", "Years"),
    ("order", "Orders"),
]
# the repeat-purchase curve ends there
MOST_ORDERS = 10


class CrmRetentionReport(models.Model):
    """How many customers come back: of those who first ordered in one month, quarter or year (the
    cohort), how many ordered in each period since; and how many ever placed a second order, a
    third, a tenth (the repeat-purchase curve).

    One row is what became of one cohort after some periods or at some order; see
    `crm.customer.fact` for which orders count.

    * The unit says what the step counts. Step 0 is the period of the first order itself; in the
      unit *Orders* step 2 is the second order. Rows of several units are never added up: who does
      not choose sees months.
    * `returned` are the customers of the cohort who ordered in that period, or have placed that
      many orders; `customers` is the whole cohort. Retention is the one in percent of the other:
      a group adds up both and divides then (the *classic* or *n-period retention* of cohort
      analysis, Fader and Hardie, "How to Project Customer Retention", 2007). Of several steps
      there is no number of customers, and retention is that of the steps after the first.
    * A period in which cohorts have not been yet has no row, and the one that runs is not
      complete.
    """

    _name = "crm.retention.report"
    _description = "Customer Retention"
    _inherit = ["crm.customer.fact"]
    _auto = False
    _order = "cohort desc, step, id"
    _rec_name = "cohort"
    _depends = DEPENDS

    unit = fields.Selection(UNITS, string="Counted in", readonly=True)
    cohort = fields.Date(
        string="First Order", readonly=True, help="When the customers of the row first ordered."
    )
    step = fields.Integer(
        string="Period or Order",
        readonly=True,
        aggregator=None,
        help="0 is the period of the first order, 1 the next one. Counted in orders: 2 is the "
        "second order.",
    )
    is_complete = fields.Boolean(
        string="Period Is Over", readonly=True, help="No more orders can come in it."
    )
    customers = fields.Integer(
        string="Customers of the Cohort",
        readonly=True,
        help="Those who could have ordered. Periods and orders have no total: they would count the "
        "same customers again.",
    )
    returned = fields.Integer(
        string="Customers Who Ordered",
        readonly=True,
        help="In this period; counted in orders: those who have placed this many. Periods and "
        "orders have no total.",
    )
    retention = fields.Float(
        string="Retention (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Customers who ordered, of all customers of their cohorts. Of several periods: the "
        "mean of those after the first, weighted by their customers.",
    )
    revenue = fields.Monetary(readonly=True, help="Without taxes, less what was credited.")
    customer_revenue = fields.Monetary(
        string="Revenue per Customer and Period",
        readonly=True,
        aggregator="avg",
        help="Of all customers of the cohort, whether they ordered or not. Of several periods: "
        "the mean of one.",
    )
    days = fields.Float(
        string="Days since the First Order",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="On average, of those who have placed this many orders. Several orders have no total.",
    )

    @api.depends("cohort", "unit", "step")
    def _compute_display_name(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.cohort}: {row.step} ({units.get(row.unit)})"

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Months, orders and years of the same customers are not to be added up."""
        domain = Domain(domain)
        chosen = {"id", "unit"}
        if not any(each.field_expr in chosen for each in domain.iter_conditions()):
            domain &= Domain("unit", "=", "month")
        return super()._search(domain, *args, **kwargs)

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages.

        Customers of several steps are the same ones: they are no sum. The first step, in which
        all have ordered, would make every mean of several steps look better. Whoever chooses
        several units has no figures but in groups of one unit.
        """
        expression = super()._read_group_select(aggregate_spec, query)
        step, unit, returned, customers = (
            SQL.identifier(self._table, name) for name in ("step", "unit", "returned", "customers")
        )
        is_one_step = SQL("MIN(%s) = MAX(%s)", step, step)
        if aggregate_spec == "customer_revenue:avg":
            expression = select_ratio(self, "revenue", "customers", 1.0)
        elif aggregate_spec == "days:avg":
            ratio = select_ratio(self, "days_sum", "returned_later", 1.0)
            expression = SQL("CASE WHEN %s THEN %s END", is_one_step, ratio)
        elif aggregate_spec in ("customers:sum", "returned:sum"):
            expression = SQL("CASE WHEN %s THEN %s END", is_one_step, expression)
        elif aggregate_spec == "retention:avg":
            later = SQL("FILTER (WHERE %s > (%s = 'order')::int)", step, unit)
            expression = SQL(
                "CASE WHEN %s THEN %s ELSE 100.0 * SUM(%s) %s / NULLIF(SUM(%s) %s, 0) END",
                is_one_step,
                select_ratio(self, "returned", "customers", 100.0),
                returned,
                later,
                customers,
                later,
            )
        elif aggregate_spec != "revenue:sum":
            return expression
        return SQL("CASE WHEN MIN(%s) = MAX(%s) THEN %s END", unit, unit, expression)

    @property
    def _table_query(self):
        branches = [
            self._get_periods(unit, months, number)
            for number, (unit, months) in enumerate(PERIODS.items())
        ]
        branches.append(self._get_repeats(len(PERIODS)))
        return SQL(
            """
            WITH %(tables)s
            SELECT ROW_NUMBER() OVER (
                       PARTITION BY kept.unit
                           ORDER BY kept.cohort, kept.step, kept.company_id, kept.user_id,
                                    kept.team_id, kept.country_id) * %(units)s
                       + kept.number AS id,
                   kept.unit,
                   kept.cohort,
                   kept.step,
                   kept.is_complete,
                   kept.company_id,
                   NULLIF(kept.user_id, 0) AS user_id,
                   NULLIF(kept.team_id, 0) AS team_id,
                   NULLIF(kept.country_id, 0) AS country_id,
                   %(currency)s AS currency_id,
                   kept.customers,
                   kept.returned,
                   100.0 * kept.returned / kept.customers AS retention,
                   kept.revenue,
                   kept.revenue / kept.customers AS customer_revenue,
                   kept.days_sum,
                   CASE WHEN kept.days_sum IS NOT NULL THEN kept.returned END AS returned_later,
                   kept.days_sum::numeric / NULLIF(kept.returned, 0) AS days
              FROM (%(branches)s) kept
            """,
            tables=self._get_ordered(),
            units=len(branches),
            currency=self.env.company.currency_id.id,
            branches=SQL(" UNION ALL ").join(branches),
        )

    def _get_periods(self, unit, months, number):
        """Return the rows of one unit of time."""
        today = fields.Date.context_today(self)
        return SQL(
            """
            SELECT %(unit)s::varchar AS unit,
                   %(number)s AS number,
                   (make_date(1, 1, 1) + make_interval(
                       months => size.period * %(months)s - 12))::date AS cohort,
                   step.step,
                   size.period + step.step < %(now)s AS is_complete,
                   size.company_id, size.user_id, size.team_id, size.country_id,
                   size.customers::int AS customers,
                   COALESCE(active.customers, 0)::int AS returned,
                   COALESCE(active.revenue, 0) + COALESCE(back.revenue, 0) AS revenue,
                   NULL::bigint AS days_sum
              FROM (SELECT first_month / %(months)s AS period,
                           company_id, user_id, team_id, country_id,
                           COUNT(*) AS customers
                      FROM ordered
                     WHERE number = 1
                  GROUP BY 1, 2, 3, 4, 5) size
        CROSS JOIN LATERAL generate_series(0, GREATEST(%(now)s - size.period, 0)) AS step(step)
         LEFT JOIN (SELECT first_month / %(months)s AS period,
                           month / %(months)s - first_month / %(months)s AS step,
                           company_id, user_id, team_id, country_id,
                           -- each by his first order of the period
                           COUNT(*) FILTER (WHERE number = 1
                               OR previous_month / %(months)s < month / %(months)s) AS customers,
                           SUM(revenue) AS revenue
                      FROM ordered
                  GROUP BY 1, 2, 3, 4, 5, 6) active
             USING (period, step, company_id, user_id, team_id, country_id)
         LEFT JOIN (SELECT first_month / %(months)s AS period,
                           GREATEST(month / %(months)s - first_month / %(months)s, 0) AS step,
                           company_id, user_id, team_id, country_id,
                           SUM(revenue) AS revenue
                      FROM taken_back
                  GROUP BY 1, 2, 3, 4, 5, 6) back
             USING (period, step, company_id, user_id, team_id, country_id)
            """,
            unit=unit,
            number=number,
            months=months,
            now=(today.year * 12 + today.month - 1) // months,
        )

    def _get_repeats(self, number):
        """Return the rows of the repeat-purchase curve, whose cohorts are months."""
        return SQL(
            """
            SELECT 'order'::varchar AS unit,
                   %(number)s AS number,
                   size.cohort,
                   step.step,
                   TRUE AS is_complete,
                   size.company_id, size.user_id, size.team_id, size.country_id,
                   size.customers::int AS customers,
                   COALESCE(reached.customers, 0)::int AS returned,
                   COALESCE(reached.revenue, 0) + COALESCE(back.revenue, 0) AS revenue,
                   reached.days_sum
              FROM (SELECT date_trunc('month', first_day)::date AS cohort,
                           company_id, user_id, team_id, country_id,
                           COUNT(*) AS customers
                      FROM ordered
                     WHERE number = 1
                  GROUP BY 1, 2, 3, 4, 5) size
        CROSS JOIN generate_series(1, %(most)s) AS step(step)
         LEFT JOIN (SELECT date_trunc('month', first_day)::date AS cohort,
                           number::int AS step,
                           company_id, user_id, team_id, country_id,
                           COUNT(*) AS customers,
                           SUM(revenue) AS revenue,
                           SUM(day - first_day) AS days_sum
                      FROM ordered
                     WHERE number <= %(most)s
                  GROUP BY 1, 2, 3, 4, 5, 6) reached
             USING (cohort, step, company_id, user_id, team_id, country_id)
         LEFT JOIN (SELECT date_trunc('month', first_day)::date AS cohort,
                           number::int AS step,
                           company_id, user_id, team_id, country_id,
                           SUM(revenue) AS revenue
                      FROM taken_back
                  GROUP BY 1, 2, 3, 4, 5, 6) back
             USING (cohort, step, company_id, user_id, team_id, country_id)
            """,
            number=number,
            most=MOST_ORDERS,
        )
