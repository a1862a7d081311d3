from odoo import api, fields, models
from odoo.tools import SQL

from .ratios import select_ratio

# what has to be in the database before the query reads it
DEPENDS = {
    "product.product": ["product_tmpl_id", "standard_price"],
    "product.template": ["categ_id", "type", "uom_id"],
    "res.partner": ["commercial_partner_id"],
    "sale.order": ["currency_rate", "date_order", "partner_id", "state", "team_id", "user_id"],
    "sale.order.line": [
        "credited_amount",
        "discount",
        "display_type",
        "is_downpayment",
        "order_id",
        "price_subtotal",
        "price_unit",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "qty_delivered",
        "returned_quantity",
        "untaxed_amount_invoiced",
        "untaxed_amount_to_invoice",
    ],
    "uom.uom": ["factor"],
}


class CrmProductPurchaseLine(models.Model):
    """One line of a confirmed order: which product, to which customer, on which day.

    * The customer is the commercial partner, as he is today: contacts that were merged or moved
      take their purchases with them.
    * Orders are read with the rights of the reader.
    * Sections, notes and down payments are no products. A combo is no product either: what it
      holds is. Discounts, delivery charges and rewards change the amount, but nobody bought them:
      they have no quantity.
    * The quantity is in the unit of the product; what was delivered without being ordered counts
      as ordered. What credit notes took back is deducted from quantity and amount (see
      `sale.order.line.returned_quantity`), and so is a line with a negative quantity.
    * Amounts are without taxes, in the currency of the current company, at the rate of the day of
      the order.
    * The margin is the amount less the cost. The cost is the one of the order line, where Odoo
      keeps it (add-on Margins in Sales Orders), else the present one of the product. A cost of
      zero is unknown: then there is no margin, rather than a full one.
    """

    _name = "crm.product.purchase.line"
    _description = "Product Sold"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = DEPENDS

    date = fields.Datetime(string="Order Date", readonly=True)
    day = fields.Date(readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contact_id = fields.Many2one(
        "res.partner", string="Ordered by", readonly=True, help="The contact on the order."
    )
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", string="Product Template", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    is_purchase = fields.Boolean(
        string="Bought",
        readonly=True,
        help="Not a return, a discount, a delivery charge or a reward.",
    )
    quantity = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="In the unit of the product, less what was returned.",
    )
    returned_quantity = fields.Float(
        string="Returned",
        readonly=True,
        digits="Product Unit",
        help="Taken back by credit notes, or by lines with a negative quantity.",
    )
    amount = fields.Monetary(
        string="Revenue", readonly=True, help="Without taxes, less what was credited."
    )
    refunded_amount = fields.Monetary(
        string="Refunded", readonly=True, help="What credit notes gave back, without taxes."
    )
    price = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Of one unit, without taxes, after the discount.",
    )
    full_amount = fields.Monetary(string="Before Discount", readonly=True)
    discount = fields.Float(
        string="Discount (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Averages are weighted by the amounts before the discount.",
    )
    is_cost_known = fields.Boolean(
        string="Cost Known", readonly=True, help="Without a cost there is no margin."
    )
    margin_base = fields.Monetary(
        string="Revenue with Known Cost", readonly=True, groups="base.group_user"
    )
    margin = fields.Monetary(
        readonly=True,
        groups="base.group_user",
        help="Revenue less the cost of the product. Empty while the product has no cost.",
    )
    margin_percent = fields.Float(
        string="Margin (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        groups="base.group_user",
        help="Of the revenue of the products whose cost is known.",
    )

    def action_view_order(self):
        """Open the order of this row."""
        self.ensure_one()
        return self.order_id.get_formview_action()

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "price:avg": ("amount", "quantity", 1),
            "discount:avg": ("discount_amount", "full_amount", 100),
            "margin_percent:avg": ("margin", "margin_base", 100),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    @property
    def _table_query(self):
        Order = self.env["sale.order"]
        readable = Order._search([("state", "=", "sale")])
        return SQL(
            """
            SELECT line.*,
                   line.gross * line.discount / 100 AS discount_amount,
                   line.gross AS full_amount,
                   CASE WHEN line.is_cost_known THEN line.amount END AS margin_base,
                   CASE WHEN line.is_cost_known
                        THEN line.amount - line.unit_cost * line.quantity END AS margin,
                   CASE WHEN line.is_cost_known
                        THEN 100 * (line.amount - line.unit_cost * line.quantity)
                             / NULLIF(line.amount, 0) END AS margin_percent
              FROM (SELECT %(columns)s
                      FROM %(orders)s
                      JOIN sale_order_line item ON item.order_id = sale_order.id
                      JOIN res_partner contact ON contact.id = sale_order.partner_id
                      JOIN product_product product ON product.id = item.product_id
                      JOIN product_template template ON template.id = product.product_tmpl_id
                      JOIN uom_uom of_line ON of_line.id = item.product_uom_id
                      JOIN uom_uom of_product ON of_product.id = template.uom_id
                CROSS JOIN LATERAL (SELECT %(sold)s) sold
                     WHERE item.display_type IS NULL
                       AND item.is_downpayment IS NOT TRUE
                       AND template.type <> 'combo'
                       AND %(readable)s) line
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            orders=readable.from_clause,
            sold=self._get_sold(),
            readable=readable.where_clause or SQL("TRUE"),
        )

    def _get_sold(self):
        """Return what the columns are made of: quantity, amount, unit and rate of a line."""
        charges = [
            SQL("item.%s IS TRUE", SQL.identifier(name))
            for name in ("is_delivery", "is_reward_line")
            if name in self.env["sale.order.line"]._fields
        ]
        charge = SQL(" OR ").join(
            [SQL("item.price_subtotal < 0 AND item.product_uom_qty > 0"), *charges]
        )
        return SQL(
            """
            CASE WHEN %(charge)s THEN 0
                 WHEN item.product_uom_qty = 0 THEN item.qty_delivered
                 ELSE item.product_uom_qty END AS quantity,
            CASE WHEN item.product_uom_qty = 0
                 THEN COALESCE(item.untaxed_amount_invoiced, 0)
                      + COALESCE(item.untaxed_amount_to_invoice, 0)
                 ELSE item.price_subtotal END AS amount,
            CASE WHEN %(charge)s THEN 0
                 ELSE COALESCE(item.returned_quantity, 0) END AS returned,
            COALESCE(item.credited_amount, 0) AS credited,
            of_line.factor / of_product.factor AS unit,
            COALESCE(NULLIF(sale_order.currency_rate, 0), 1) / %(rate)s AS rate,
            (sale_order.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
            %(charge)s AS is_charge
            """,
            charge=SQL("(%s)", charge),
            rate=self._get_company_rate(),
            tz=self.env.tz.zone,
        )

    def _get_columns(self):
        """Return the SQL of each column of the inner query."""
        return {
            "id": SQL("item.id"),
            "order_id": SQL("sale_order.id"),
            "date": SQL("sale_order.date_order"),
            "day": SQL("sold.day"),
            "partner_id": SQL("contact.commercial_partner_id"),
            "contact_id": SQL("sale_order.partner_id"),
            "user_id": SQL("sale_order.user_id"),
            "team_id": SQL("sale_order.team_id"),
            "company_id": SQL("sale_order.company_id"),
            "currency_id": SQL("%s", self.env.company.currency_id.id),
            "product_id": SQL("item.product_id"),
            "product_tmpl_id": SQL("product.product_tmpl_id"),
            "categ_id": SQL("template.categ_id"),
            "uom_id": SQL("template.uom_id"),
            "is_purchase": SQL("sold.quantity > 0"),
            "quantity": SQL("(sold.quantity - sold.returned) * sold.unit"),
            "returned_quantity": SQL("(GREATEST(-sold.quantity, 0) + sold.returned) * sold.unit"),
            "amount": SQL("(sold.amount - sold.credited) / sold.rate"),
            "refunded_amount": SQL("sold.credited / sold.rate"),
            "price": SQL(
                """CASE WHEN sold.quantity > 0
                        THEN sold.amount / sold.quantity / sold.unit / sold.rate END"""
            ),
            "gross": SQL(
                "CASE WHEN sold.quantity > 0 THEN item.price_unit * sold.quantity / sold.rate END"
            ),
            "discount": SQL("COALESCE(item.discount, 0)"),
            "is_cost_known": SQL("(sold.is_charge OR %s IS NOT NULL)", self._get_unit_cost()),
            "unit_cost": SQL("CASE WHEN sold.is_charge THEN 0 ELSE %s END", self._get_unit_cost()),
        }

    def _get_unit_cost(self):
        """Return the cost of one unit of the product; NULL where nobody knows it."""
        cost = SQL(
            "NULLIF((product.standard_price ->> sale_order.company_id::text)::numeric, 0) * %s",
            self._get_company_rate(),
        )
        if "purchase_price" not in self.env["sale.order.line"]._fields:
            return SQL("(%s)", cost)
        # of one unit of the line, in the currency of the order
        return SQL("COALESCE(NULLIF(item.purchase_price, 0) / sold.unit / sold.rate, %s)", cost)

    def _get_company_rate(self):
        """Return what one unit of the currency of the order's company was worth in the currency
        of the current company, on the day of the order.
        """
        target = self.env.company.currency_id
        # sudo: the currencies of the companies that the user has chosen are no secret
        others = self.env.companies.sudo().filtered(lambda each: each.currency_id != target)
        if not others:
            return SQL("1")
        return SQL(
            "(CASE sale_order.company_id %s ELSE 1 END)",
            SQL(" ").join(
                SQL(
                    "WHEN %s THEN %s / %s",
                    each.id,
                    self._get_rate(target),
                    self._get_rate(each.currency_id),
                )
                for each in others
            ),
        )

    def _get_rate(self, currency):
        """Return the rate of a currency on the day of the order, as `res.currency` finds it."""
        return SQL(
            """COALESCE((SELECT known.rate
                           FROM res_currency_rate known
                          WHERE known.currency_id = %(currency)s
                            AND (known.company_id IS NULL OR known.company_id = %(company)s)
                       ORDER BY known.name > sale_order.date_order::date,
                                known.company_id,
                                CASE WHEN known.name > sale_order.date_order::date
                                     THEN known.name - sale_order.date_order::date
                                     ELSE sale_order.date_order::date - known.name END
                          LIMIT 1), 1)""",
            currency=currency.id,
            company=self.env.company.root_id.id,
        )

    @api.model
    def _get_domain_of_bought(self):
        """Rows of products that were bought or returned: not discounts and charges."""
        return ["|", ("is_purchase", "=", True), ("quantity", "!=", 0)]

    @api.model
    def _get_buyer_counts(self, name, products):
        """Return the number of customers by product.

        :param str name: `product_id` or `product_tmpl_id`
        """
        return dict(
            self._read_group(
                [(name, "in", products.ids), *self._get_domain_of_bought()],
                [name],
                ["partner_id:count_distinct"],
            )
        )
