from odoo import fields, models
from odoo.tools import SQL

# what has to be in the database before the queries read it
DEPENDS = {
    "res.partner": ["commercial_partner_id", "country_id", "user_id"],
    "sale.order": [
        "amount_untaxed",
        "company_id",
        "currency_rate",
        "date_order",
        "partner_id",
        "state",
        "team_id",
        "user_id",
    ],
    "sale.order.line": [
        "credited_amount",
        "display_type",
        "is_downpayment",
        "order_id",
        "price_subtotal",
        "product_uom_qty",
        "untaxed_amount_invoiced",
        "untaxed_amount_to_invoice",
    ],
}


class CrmCustomerFact(models.AbstractModel):
    """Confirmed orders by customer, for the reports on how customers come, stay and leave.

    * The customer is the commercial partner, as he is today, in one company: contacts that were
      merged take their orders with them.
    * An order below zero is a return: it is no order, but lowers the revenue of its day, as in
      `crm.customer.metric`.
    * Orders are read with the rights of the reader: who sees his own orders only, sees when
      customers first, again and last ordered from him.
    * Revenue is without taxes, less what was credited, in the currency of the current company, at
      the rate of the day of the order. What was delivered without being ordered belongs to it, and
      down payments do not, as in `crm.product.purchase.line`.
    * The salesperson is the one of the customer, else the one of his last order; the sales team
      is that of his last order. So a customer is in one group at all times.
    """

    _name = "crm.customer.fact"
    _description = "Orders of Customers"
    _auto = False

    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Of the customer, else of the last order.",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, help="Of the last order of the customer."
    )
    country_id = fields.Many2one("res.country", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    def _get_ordered(self):
        """Return the queries `ordered` and `taken_back`, to stand after WITH: the confirmed orders
        and the returns that the reader may read.

        `number` counts the orders of a customer, `month` the months since the year 0; `first_`,
        `previous_` and `next_` are those of his other orders. Salesperson, team and country are
        those of the customer: what he has none of is 0, so that rows can be joined by it. All are
        read off one window: 300,000 orders are sorted once and joined with nothing afterwards.
        """
        return SQL(
            """
            ordered AS (
            SELECT placed.id,
                   placed.partner_id,
                   placed.company_id,
                   placed.day,
                   placed.month,
                   placed.revenue,
                   placed.country_id,
                   COALESCE(placed.partner_user_id, LAST_VALUE(placed.user_id) OVER in_turn, 0)
                       AS user_id,
                   COALESCE(LAST_VALUE(placed.team_id) OVER in_turn, 0) AS team_id,
                   ROW_NUMBER() OVER in_turn AS number,
                   FIRST_VALUE(placed.day) OVER in_turn AS first_day,
                   FIRST_VALUE(placed.month) OVER in_turn AS first_month,
                   LAG(placed.month) OVER in_turn AS previous_month,
                   LEAD(placed.day) OVER in_turn AS next_day
              FROM (SELECT dated.*,
                           (date_part('year', dated.day) * 12
                                + date_part('month', dated.day))::int - 1 AS month
                      FROM (%(dated)s) dated
                    OFFSET 0) placed
            WINDOW in_turn AS (PARTITION BY placed.partner_id, placed.company_id
                                   ORDER BY placed.date_order, placed.id
                               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
            %(taken_back)s
            """,
            dated=self._get_dated(self._get_readable(">=")),
            taken_back=self._get_taken_back(),
        )

    def _get_readable(self, operator):
        """Return the search of the orders above zero, or of the returns, that the reader sees."""
        return self.env["sale.order"]._search(
            [("state", "=", "sale"), ("amount_untaxed", operator, 0)]
        )

    def _get_taken_back(self):
        """Return the query `taken_back`: the returns, which are few.

        `number` is that of the order before them; `first_` is empty for who has never ordered.
        """
        return SQL(
            """
            taken_back AS (
            SELECT back.id, back.partner_id, back.company_id, back.day, back.revenue,
                   back.country_id,
                   (date_part('year', back.day) * 12 + date_part('month', back.day))::int - 1
                       AS month,
                   COALESCE(MAX(ordered.user_id), back.partner_user_id, back.user_id, 0) AS user_id,
                   COALESCE(MAX(ordered.team_id), back.team_id, 0) AS team_id,
                   MIN(ordered.first_day) AS first_day,
                   MIN(ordered.first_month) AS first_month,
                   GREATEST(COUNT(ordered.id) FILTER (WHERE ordered.day <= back.day), 1) AS number
              FROM (%(returned)s) back
         LEFT JOIN ordered ON ordered.partner_id = back.partner_id
                          AND ordered.company_id = back.company_id
          GROUP BY back.id, back.partner_id, back.company_id, back.day, back.revenue,
                   back.country_id, back.partner_user_id, back.user_id, back.team_id)
            """,
            returned=self._get_dated(self._get_readable("<")),
        )

    def _get_dated(self, readable):
        """Return the query of some orders, each with its day, its revenue and its customer.

        OFFSET 0 keeps the planner from working out the day again wherever it is used.
        """
        return SQL(
            """
            SELECT sale_order.id,
                   contact.commercial_partner_id AS partner_id,
                   sale_order.company_id,
                   sale_order.user_id,
                   sale_order.team_id,
                   sale_order.date_order,
                   partner.user_id AS partner_user_id,
                   COALESCE(partner.country_id, 0) AS country_id,
                   (sale_order.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
                   (sale_order.amount_untaxed + COALESCE(later.amount, 0))
                       / COALESCE(NULLIF(sale_order.currency_rate, 0), 1) * %(rate)s AS revenue
              FROM %(orders)s
              JOIN res_partner contact ON contact.id = sale_order.partner_id
              JOIN res_partner partner ON partner.id = contact.commercial_partner_id
         LEFT JOIN (SELECT item.order_id,
                           SUM(CASE WHEN item.product_uom_qty = 0
                                    THEN COALESCE(item.untaxed_amount_invoiced, 0)
                                         + COALESCE(item.untaxed_amount_to_invoice, 0)
                                         - COALESCE(item.price_subtotal, 0)
                                    ELSE 0 END
                               - COALESCE(item.credited_amount, 0)) AS amount
                      FROM sale_order_line item
                     WHERE (item.credited_amount <> 0 OR item.product_uom_qty = 0)
                       AND item.display_type IS NULL
                       AND item.is_downpayment IS NOT TRUE
                  GROUP BY item.order_id) later ON later.order_id = sale_order.id
             WHERE %(readable)s
            OFFSET 0
            """,
            tz=self.env.tz.zone,
            rate=self.env["crm.product.purchase.line"]._get_company_rate(),
            orders=readable.from_clause,
            readable=readable.where_clause or SQL("TRUE"),
        )
