"""The SQL of the customer figures."""

from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tools import SQL

from ...lib import lifetime_value, rfm

# Figures of the documents of one customer alone, by their column; monetary ones are rounded
NEW = SQL("crm_customer_metric_new")
CHANGED = SQL("crm_customer_metric_changed")

COLUMNS = (
    "user_id",
    "team_id",
    "first_order_date",
    "last_order_date",
    "order_count",
    "revenue",
    "refunded_amount",
    "margin",
    "recent_revenue",
    "earlier_revenue",
    "average_order_value",
    "order_interval_days",
    "expected_order_date",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "rfm_cell",
    "value_tier",
    "churn_risk",
    "lifetime_value",
    "projected_lifetime_value",
    "payment_delay_days",
    "open_balance",
    "overdue_balance",
)
INVOICE_TYPES = ("out_invoice", "out_refund", "out_receipt")


def select_some(column, partner_ids):
    """Return the condition that a column holds one of the customers, or any if None."""
    if partner_ids is None:
        return SQL("TRUE")
    return SQL("%s = ANY(%s)", SQL(column), partner_ids)


def get_beginning(company):
    """Return when the last 12 months of a company began, in UTC."""
    tz = pytz.timezone(company.resource_calendar_id.tz or "UTC")
    today = pytz.utc.localize(fields.Datetime.now()).astimezone(tz).date()
    day = today - relativedelta(months=12) + relativedelta(days=1)
    midnight = tz.localize(datetime.combine(day, time.min))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)


def select_companies(companies):
    """Return the rows: id, time zone, today, beginnings of the last two years, decimal places.

    The day of an order is the one of the working hours of its company, whoever starts the pass.
    """
    now, rows = pytz.utc.localize(fields.Datetime.now()), []
    for company in companies:
        tz = pytz.timezone(company.resource_calendar_id.tz or "UTC")
        today = now.astimezone(tz).date()
        rows.append(
            SQL(
                "(%s, %s, %s::date, %s::date, %s::date, %s)",
                company.id,
                tz.zone,
                today,
                today - relativedelta(months=12),
                today - relativedelta(months=24),
                company.currency_id.decimal_places,
            )
        )
    return SQL("(id, tz, today, recent, earlier, digits) AS (VALUES %s)", SQL(", ").join(rows))


def select_new(env, companies, partner_ids, assumed_margin):
    """Return the query of the figures that the documents of a customer alone make up.

    :param partner_ids: commercial partners, or None for all
    :param assumed_margin: 0 to 1: of products whose cost nobody knows
    """
    return SQL(
        """
        WITH company %(companies)s,
        sold AS MATERIALIZED (%(orders)s),
        bought AS (%(bought)s),
        billed AS (%(billed)s),
        owed AS (%(owed)s),
        habit AS (%(habit)s),
        customer AS (
            SELECT partner_id, company_id FROM bought
             UNION SELECT partner_id, company_id FROM billed
             UNION SELECT partner_id, company_id FROM owed)
        SELECT customer.partner_id, customer.company_id, company.today, company.digits,
               %(user)s AS user_id,
               %(team)s AS team_id,
               bought.first_order_date,
               bought.last_order_date,
               COALESCE(bought.order_count, 0) AS order_count,
               bought.day_count,
               ROUND(COALESCE(bought.revenue, 0), digits) AS revenue,
               ROUND(COALESCE(bought.refunded, 0), digits) AS refunded_amount,
               ROUND(COALESCE(bought.margin, 0), digits) AS margin,
               ROUND(COALESCE(bought.recent_revenue, 0), digits) AS recent_revenue,
               ROUND(COALESCE(bought.earlier_revenue, 0), digits) AS earlier_revenue,
               ROUND(COALESCE(bought.revenue / NULLIF(bought.order_count, 0), 0), digits)
                   AS average_order_value,
               (bought.last_order_date - bought.first_order_date)::numeric
                   / NULLIF(bought.day_count - 1, 0) AS interval_days,
               ROUND(COALESCE(bought.profit, 0), digits) AS lifetime_value,
               COALESCE(bought.recent_profit, 0) AS recent_profit,
               COALESCE(bought.is_earlier, FALSE) AS is_earlier,
               COALESCE(bought.is_recent, FALSE) AS is_recent,
               ROUND(COALESCE(habit.days, 0), 1) AS payment_delay_days,
               ROUND(COALESCE(owed.residual, 0), digits) AS open_balance,
               ROUND(COALESCE(owed.overdue, 0), digits) AS overdue_balance
          FROM customer
          JOIN company ON company.id = customer.company_id
     LEFT JOIN bought USING (partner_id, company_id)
     LEFT JOIN billed USING (partner_id, company_id)
     LEFT JOIN owed USING (partner_id, company_id)
     LEFT JOIN habit USING (partner_id, company_id)
        """,
        companies=select_companies(companies),
        orders=_select_orders(env, partner_ids),
        bought=_select_bought(assumed_margin),
        billed=_select_billed(partner_ids),
        owed=_select_owed(partner_ids),
        habit=env["crm.payment.delay"]._get_customer_query(
            companies, select_some("customer.commercial_partner_id", partner_ids)
        ),
        user=_select_only("user_id"),
        team=_select_only("team_id"),
    )


def _select_orders(env, partner_ids):
    """Confirmed orders with the sums of their lines, each as `crm.product.purchase.line` says.

    Amounts are in the currency of the company of the order, at the rate of the order.
    """
    line = env["crm.product.purchase.line"].with_context(allowed_company_ids=env.company.ids)
    columns = line._get_columns()
    return SQL(
        """
        SELECT added.*,
               added.day > company.recent AS is_recent,
               added.day > company.earlier AND added.day <= company.recent AS is_earlier
          FROM (SELECT sale_order.id,
                       contact.commercial_partner_id AS partner_id,
                       sale_order.company_id,
                       sale_order.user_id,
                       sale_order.team_id,
                       (sale_order.date_order AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date AS day,
                       COALESCE(SUM(line.ordered), 0) AS ordered,
                       COALESCE(SUM(line.ordered - line.amount), 0) AS credited,
                       COALESCE(SUM(line.amount), 0) AS amount,
                       COALESCE(SUM(line.amount) FILTER (WHERE line.is_cost_known), 0)
                           AS margin_base,
                       COALESCE(SUM(line.amount - line.unit_cost * line.quantity)
                           FILTER (WHERE line.is_cost_known), 0) AS margin
                  FROM %(documents)s
                  JOIN company zone ON zone.id = sale_order.company_id
             LEFT JOIN (sale_order_line item
                        JOIN product_product product ON product.id = item.product_id
                        JOIN product_template template
                          ON template.id = product.product_tmpl_id AND template.type <> 'combo'
                        JOIN uom_uom of_line ON of_line.id = item.product_uom_id
                        JOIN uom_uom of_product ON of_product.id = template.uom_id)
                    ON item.order_id = sale_order.id
                   AND item.display_type IS NULL
                   AND item.is_downpayment IS NOT TRUE
             LEFT JOIN LATERAL (SELECT %(sold)s) sold ON item.id IS NOT NULL
             LEFT JOIN LATERAL (SELECT sold.amount / sold.rate AS ordered,
                                       %(amount)s AS amount,
                                       %(quantity)s AS quantity,
                                       %(is_cost_known)s AS is_cost_known,
                                       %(unit_cost)s AS unit_cost) line ON item.id IS NOT NULL
                 WHERE sale_order.state = 'sale'
                   AND %(customers)s
              GROUP BY sale_order.id, sale_order.company_id, sale_order.user_id,
                       sale_order.team_id, sale_order.date_order,
                       contact.commercial_partner_id, zone.tz) added
          JOIN company ON company.id = added.company_id
        """,
        sold=line._get_sold(),
        amount=columns["amount"],
        quantity=columns["quantity"],
        is_cost_known=columns["is_cost_known"],
        unit_cost=columns["unit_cost"],
        documents=_select_documents("sale_order", partner_ids),
        customers=select_some("contact.commercial_partner_id", partner_ids),
    )


def _select_documents(table, partner_ids, condition=None):
    """Return the documents that fulfil a condition, joined with `contact`, for FROM.

    For some customers each looks up his own: left to itself, the database reads all documents
    there are for one customer in a hundred.
    """
    document = SQL.identifier(table)
    query = SQL("SELECT * FROM %s WHERE %s", document, condition or SQL("TRUE"))
    if partner_ids is None:
        return SQL(
            "(%(query)s) %(document)s JOIN res_partner contact"
            " ON contact.id = %(document)s.partner_id",
            query=query,
            document=document,
        )
    return SQL(
        """
        res_partner contact
        CROSS JOIN LATERAL (%(query)s
                               AND %(document)s.partner_id = contact.id
                            OFFSET 0) %(document)s
        """,
        query=query,
        document=document,
    )


def _select_bought(assumed_margin):
    """Orders by customer and company. An order below zero is a return, and no order."""
    profit = SQL("sold.margin + %s * (sold.amount - sold.margin_base)", assumed_margin)
    return SQL(
        """
        SELECT partner_id, company_id,
               MIN(day) FILTER (WHERE ordered >= 0) AS first_order_date,
               MAX(day) FILTER (WHERE ordered >= 0) AS last_order_date,
               COUNT(*) FILTER (WHERE ordered >= 0) AS order_count,
               COUNT(DISTINCT day) FILTER (WHERE ordered >= 0) AS day_count,
               SUM(amount) AS revenue,
               SUM(credited - LEAST(ordered, 0)) AS refunded,
               SUM(margin) AS margin,
               SUM(amount) FILTER (WHERE is_recent) AS recent_revenue,
               SUM(amount) FILTER (WHERE is_earlier) AS earlier_revenue,
               SUM(%(profit)s) AS profit,
               SUM(%(profit)s) FILTER (WHERE is_recent) AS recent_profit,
               BOOL_OR(is_recent) FILTER (WHERE ordered >= 0) AS is_recent,
               BOOL_OR(is_earlier) FILTER (WHERE ordered >= 0) AS is_earlier,
               %(people)s
          FROM sold
      GROUP BY partner_id, company_id
        """,
        profit=profit,
        people=_select_people("sold.user_id", "sold.team_id"),
    )


def _select_billed(partner_ids):
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id, account_move.company_id, %(people)s
          FROM %(documents)s
         WHERE account_move.move_type IN %(types)s
           AND account_move.state = 'posted'
           AND %(customers)s
      GROUP BY contact.commercial_partner_id, account_move.company_id
        """,
        people=_select_people("account_move.invoice_user_id", "account_move.team_id"),
        types=INVOICE_TYPES,
        documents=_select_documents("account_move", partner_ids),
        customers=select_some("contact.commercial_partner_id", partner_ids),
    )


def _select_owed(partner_ids):
    """Open receivables as `crm.receivable.report` counts them; a credit is never overdue."""
    item = SQL.identifier("account_move_line")
    open_items = SQL(
        """
        account_id IN (SELECT id FROM account_account WHERE account_type = 'asset_receivable')
        AND parent_state = 'posted' AND reconciled IS NOT TRUE AND amount_residual <> 0
        """
    )
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id, %(item)s.company_id,
               SUM(%(item)s.amount_residual) AS residual,
               SUM(%(item)s.amount_residual) FILTER (
                   WHERE %(item)s.amount_residual > 0
                     AND COALESCE(%(item)s.date_maturity, %(item)s.date) < company.today) AS overdue
          FROM %(items)s
          JOIN company ON company.id = %(item)s.company_id
         WHERE %(customers)s
      GROUP BY contact.commercial_partner_id, %(item)s.company_id
        """,
        item=item,
        items=_select_documents("account_move_line", partner_ids, open_items),
        customers=select_some("contact.commercial_partner_id", partner_ids),
    )


def _select_people(user, team):
    """Return what is needed to know the only salesperson and team of several kinds of documents."""
    return SQL(", ").join(
        SQL(
            """MIN(%(value)s) AS %(least)s, MAX(%(value)s) AS %(greatest)s,
               COUNT(*) = COUNT(%(value)s) AS %(known)s""",
            value=SQL(value),
            least=SQL.identifier(f"least_{name}"),
            greatest=SQL.identifier(f"greatest_{name}"),
            known=SQL.identifier(f"known_{name}"),
        )
        for name, value in (("user_id", user), ("team_id", team))
    )


def _select_only(name):
    return SQL(
        """
        CASE WHEN COALESCE(bought.%(known)s, TRUE) AND COALESCE(billed.%(known)s, TRUE)
              AND LEAST(bought.%(least)s, billed.%(least)s)
                  = GREATEST(bought.%(greatest)s, billed.%(greatest)s)
             THEN LEAST(bought.%(least)s, billed.%(least)s) END
        """,
        known=SQL.identifier(f"known_{name}"),
        least=SQL.identifier(f"least_{name}"),
        greatest=SQL.identifier(f"greatest_{name}"),
    )


def _select_tiers():
    """Return the query of the least revenue in each tier, by company."""
    return SQL(
        """
        SELECT company_id,
               MIN(revenue) FILTER (WHERE before < %(share_a)s * total) AS tier_a,
               MIN(revenue) FILTER (WHERE before < %(share_b)s * total) AS tier_b
          FROM (SELECT company_id, recent_revenue AS revenue,
                       SUM(SUM(recent_revenue)) OVER (
                           PARTITION BY company_id ORDER BY recent_revenue DESC
                       ) - SUM(recent_revenue) AS before,
                       SUM(SUM(recent_revenue)) OVER (PARTITION BY company_id) AS total
                  FROM %(new)s
                 WHERE recent_revenue > 0
              GROUP BY company_id, recent_revenue) ranked
      GROUP BY company_id
        """,
        new=NEW,
        share_a=_decimal(rfm.TIER_SHARES["a"]),
        share_b=_decimal(rfm.TIER_SHARES["b"]),
    )


def select_boundaries():
    """Return the query of what divides the customers of each company, see `lib/rfm.py`."""
    shares = [float(share) for share in rfm.SHARES]
    cuts = SQL(", ").join(
        SQL(
            "(cut.%(name)s)[%(place)s] AS %(column)s",
            name=SQL.identifier(name),
            place=place,
            column=SQL.identifier(f"{name}_{place}"),
        )
        for name in ("recency", "frequency", "monetary")
        for place in range(1, 5)
    )
    return SQL(
        """
        SELECT cut.company_id, cut.customer_count, %(cuts)s,
               cut.interval_days, cut.earlier_count, cut.returned_count,
               (cut.returned_count + 1)::float8 / (cut.earlier_count + 2) AS retention_rate,
               tier.tier_a, tier.tier_b
          FROM (SELECT company_id,
                       COUNT(*) FILTER (WHERE order_count > 0) AS customer_count,
                       %(recency)s AS recency,
                       %(frequency)s AS frequency,
                       %(monetary)s AS monetary,
                       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY interval_days::float8)
                           AS interval_days,
                       COUNT(*) FILTER (WHERE is_earlier) AS earlier_count,
                       COUNT(*) FILTER (WHERE is_earlier AND is_recent) AS returned_count
                  FROM %(new)s
              GROUP BY company_id) cut
     LEFT JOIN (%(tiers)s) tier USING (company_id)
        """,
        cuts=cuts,
        new=NEW,
        tiers=_select_tiers(),
        **{
            name: SQL(
                "PERCENTILE_DISC(%s::float8[]) WITHIN GROUP (ORDER BY %s)"
                " FILTER (WHERE order_count > 0)",
                shares,
                SQL.identifier(column),
            )
            for name, column in (
                ("recency", "last_order_date"),
                ("frequency", "order_count"),
                ("monetary", "revenue"),
            )
        },
    )


def _decimal(share):
    """Return a share exactly: floats would make it a little more or less."""
    return SQL("%s::numeric / %s", share.numerator, share.denominator)


def select_figures(discount):
    """Return the query of all figures: those of `NEW`, placed by the boundaries of the company.

    :param discount: yearly rate, 0.1 for 10 %
    """
    scored = SQL("new.order_count > 0")
    return SQL(
        """
        SELECT new.partner_id, new.company_id, new.user_id, new.team_id,
               new.first_order_date, new.last_order_date, new.order_count, new.revenue,
               new.refunded_amount, new.margin, new.recent_revenue, new.earlier_revenue,
               new.average_order_value,
               ROUND(COALESCE(new.interval_days, 0), 1) AS order_interval_days,
               new.last_order_date + ROUND(
                   COALESCE(new.interval_days, edge.interval_days::numeric))::int
                   AS expected_order_date,
               score.recency AS recency_score,
               score.frequency AS frequency_score,
               score.monetary AS monetary_score,
               CASE WHEN %(scored)s
                    THEN (%(cells)s::varchar[])[
                        5 * (score.recency - 1) + (score.frequency + score.monetary + 1) / 2]
               END AS rfm_cell,
               CASE WHEN NOT %(scored)s THEN NULL
                    WHEN new.recent_revenue >= edge.tier_a THEN 'a'
                    WHEN new.recent_revenue >= edge.tier_b THEN 'b'
                    ELSE 'c' END AS value_tier,
               COALESCE(gone.risk, 0) AS churn_risk,
               new.lifetime_value,
               ROUND(COALESCE((1 - gone.risk) * new.recent_profit
                   * edge.retention_rate / (1 + %(discount)s - edge.retention_rate), 0)::numeric,
                   new.digits) AS projected_lifetime_value,
               new.payment_delay_days, new.open_balance, new.overdue_balance
          FROM %(new)s new
          JOIN crm_customer_metric_boundary edge ON edge.company_id = new.company_id
    CROSS JOIN LATERAL (SELECT %(scores)s) score
     LEFT JOIN LATERAL (SELECT %(risk)s) gone ON %(scored)s
        """,
        new=NEW,
        scored=scored,
        scores=SQL(", ").join(
            SQL(
                "CASE WHEN %s THEN 1 + %s ELSE 0 END AS %s",
                scored,
                SQL(" + ").join(
                    SQL("(new.%s > edge.%s)::int", SQL.identifier(column), SQL.identifier(cut))
                    for cut in (f"{name}_{place}" for place in range(1, 5))
                ),
                SQL.identifier(name),
            )
            for name, column in (
                ("recency", "last_order_date"),
                ("frequency", "order_count"),
                ("monetary", "revenue"),
            )
        ),
        cells=[cell for row in rfm.CELLS for cell in row],
        risk=_select_churn_risk(),
        discount=discount,
    )


def _select_churn_risk():
    """Return `lifetime_value.get_churn_risk` in SQL, rounded to four decimal places."""
    span = SQL("(new.last_order_date - new.first_order_date)")
    return SQL(
        """
        ROUND((1 - 1 / (1 + %(a)s / (%(b)s + new.day_count - 1) * EXP(LEAST(%(limit)s,
            (%(r)s + new.day_count - 1) * LN(
                (alpha.days + GREATEST(new.today - new.first_order_date, %(span)s))
                / (alpha.days + %(span)s))))))::numeric, 4)::float8 AS risk
          FROM (SELECT COALESCE(%(r)s * edge.interval_days, %(alpha)s) AS days) alpha
        """,
        a=_double(lifetime_value.A),
        b=_double(lifetime_value.B),
        r=_double(lifetime_value.R),
        alpha=_double(lifetime_value.ALPHA_DAYS),
        limit=_double(lifetime_value.LOG_LIMIT),
        span=span,
    )


def _double(value):
    return SQL("%s::float8", value)
