from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .crm_product_purchase_line import DEPENDS
from .ratios import select_ratio


class CrmProductPurchase(models.Model):
    """What a customer buys: one row for each customer and product.

    The rows add up those of `crm.product.purchase.line`, which says what counts. They are
    calculated when they are read, with the rights of the reader on the orders: the figures of a
    salesperson are those of his own orders.

    * `first_date` and `last_date` are the first and the last day on which the customer bought the
      product, `order_count` the number of his orders that hold it.
    * `interval_days` is the mean time between two purchases: between n days of purchase lie n - 1
      gaps, which together make the time from the first to the last, so that their mean is
      (last - first) / (n - 1). It needs two different days.
    * `next_date`, the expected next purchase, is the last day plus that interval, rounded to a
      day (the mean inter-purchase time, as in models of repeat buying). Nothing is expected of
      who has returned all. `is_overdue` once that day has passed.
    """

    _name = "crm.product.purchase"
    _description = "Product Bought"
    _auto = False
    _order = "last_date desc, id desc"
    _rec_name = "product_id"
    _depends = DEPENDS

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", string="Product Template", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    first_date = fields.Date(string="First Bought", readonly=True)
    last_date = fields.Date(string="Last Bought", readonly=True)
    order_count = fields.Integer(string="Times", readonly=True, help="Orders with this product.")
    day_count = fields.Integer(string="Days of Purchase", readonly=True)
    quantity = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="In the unit of the product, less what was returned.",
    )
    returned_quantity = fields.Float(
        string="Returned",
        readonly=True,
        digits="Product Unit",
        help="Taken back by credit notes, or by order lines with a negative quantity.",
    )
    amount = fields.Monetary(
        string="Revenue", readonly=True, help="Without taxes, less what was credited."
    )
    average_price = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Of one unit, without taxes, after discounts.",
    )
    last_price = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Of one unit on the last order, without taxes, after the discount.",
    )
    discount = fields.Float(
        string="Discount (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of all orders together, weighted by their amounts.",
    )
    is_cost_known = fields.Boolean(
        string="Cost Known", readonly=True, help="Without a cost there is no margin."
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
        help="Of the revenue of the orders whose cost is known.",
    )
    interval_days = fields.Float(
        string="Every (Days)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Mean time between two purchases: the days from the first to the last, divided by the "
        "days of purchase less one.",
    )
    next_date = fields.Date(
        string="Expected Next",
        readonly=True,
        help="The last purchase plus the mean time between purchases. Needs two different days of "
        "purchase.",
    )
    is_overdue = fields.Boolean(
        string="Overdue to Buy Again",
        readonly=True,
        help="The day of the expected next purchase has passed.",
    )

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        # Grouped by what one filters by, so that PostgreSQL takes a filter on the customer or the
        # product to the rows before they are added up.
        return SQL(
            """
            SELECT bought.*,
                   expected.next_date,
                   COALESCE(expected.next_date < %(today)s, FALSE) AS is_overdue
              FROM (SELECT added.*,
                           added.amount / NULLIF(added.quantity, 0) AS average_price,
                           100 * added.discount_amount
                               / NULLIF(added.full_amount, 0) AS discount,
                           100 * added.margin / NULLIF(added.margin_base, 0) AS margin_percent,
                           (added.last_date - added.first_date)::numeric
                               / NULLIF(added.day_count - 1, 0) AS interval_days
                      FROM (%(sums)s) added) bought
        CROSS JOIN LATERAL (
                    SELECT CASE WHEN bought.quantity > 0
                                THEN bought.last_date + ROUND(bought.interval_days)::int
                           END AS next_date) expected
            """,
            sums=self._get_sums(),
            today=fields.Date.context_today(self),
        )

    def _get_sums(self):
        return SQL(
            """
            SELECT MIN(line.id) AS id,
                   line.partner_id,
                   line.product_id,
                   line.product_tmpl_id,
                   line.categ_id,
                   line.uom_id,
                   %s AS currency_id,
                   MIN(line.day) FILTER (WHERE line.is_purchase) AS first_date,
                   MAX(line.day) FILTER (WHERE line.is_purchase) AS last_date,
                   COUNT(DISTINCT line.order_id) FILTER (WHERE line.is_purchase) AS order_count,
                   COUNT(DISTINCT line.day) FILTER (WHERE line.is_purchase) AS day_count,
                   SUM(line.quantity) AS quantity,
                   SUM(line.returned_quantity) AS returned_quantity,
                   SUM(line.amount) AS amount,
                   -- the price of the latest line, without sorting all of them
                   (MAX(ARRAY[EXTRACT(EPOCH FROM line.date), line.id, line.price]::float8[])
                        FILTER (WHERE line.is_purchase))[3] AS last_price,
                   SUM(line.discount_amount) AS discount_amount,
                   SUM(line.full_amount) AS full_amount,
                   BOOL_OR(line.is_cost_known) AS is_cost_known,
                   SUM(line.margin_base) AS margin_base,
                   SUM(line.margin) AS margin
              FROM (%s) line
          GROUP BY line.partner_id, line.product_id, line.product_tmpl_id, line.categ_id,
                   line.uom_id
            HAVING BOOL_OR(line.quantity <> 0 OR line.is_purchase)
            """,
            self.env.company.currency_id.id,
            self.env["crm.product.purchase.line"]._table_query,
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Rows are found by their customer and product, for which there is an index: an id is
        that of the first order line, and known only when all lines have been added up.
        """
        domain = Domain(domain)
        condition = next(iter(domain.iter_conditions()), None)
        if condition is domain and domain.field_expr == "id" and domain.operator == "in":
            domain &= self._get_domain_of_ids(domain.value)
        return super()._search(domain, *args, **kwargs)

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find the rows of a page first, and add up all their figures then: to know which rows
        come first takes a quarter of the time that all figures of all rows take.
        """
        if not limit:
            return super().search_fetch(domain, field_names, offset, limit, order)
        rows = self.browse(
            self._search(
                domain, offset=offset, limit=limit, order=order or self._order
            ).get_result_ids()
        )
        rows.fetch(field_names)
        return rows

    @api.model
    def _get_domain_of_ids(self, ids):
        if isinstance(ids, SQL) or not all(isinstance(row_id, int) for row_id in ids):
            return Domain.TRUE
        # only which rows to add up; what they hold is read with the rights of the reader
        self.env["sale.order"].flush_model(["partner_id"])
        self.env["sale.order.line"].flush_model(["order_id", "product_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        [(customers, products)] = self.env.execute_query(
            SQL(
                """
                SELECT ARRAY_AGG(DISTINCT contact.commercial_partner_id),
                       ARRAY_AGG(DISTINCT item.product_id)
                  FROM sale_order_line item
                  JOIN sale_order ON sale_order.id = item.order_id
                  JOIN res_partner contact ON contact.id = sale_order.partner_id
                 WHERE item.id IN %s
                """,
                tuple(ids) or (None,),
            )
        )
        return Domain("partner_id", "in", customers or []) & Domain(
            "product_id", "in", products or []
        )

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "average_price:avg": ("amount", "quantity", 1),
            "discount:avg": ("discount_amount", "full_amount", 100),
            "margin_percent:avg": ("margin", "margin_base", 100),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_orders(self):
        """Open the orders of this customer with this product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        return {
            **action,
            **self._prepare_action_texts(),
            "domain": [
                ("state", "=", "sale"),
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("order_line.product_id", "=", self.product_id.id),
            ],
            "context": {"create": False},
        }

    def action_view_invoices(self):
        """Open the invoices and credit notes to this customer with this product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        return {
            **action,
            **self._prepare_action_texts(),
            "domain": [
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
                ("commercial_partner_id", "=", self.partner_id.id),
                ("invoice_line_ids.product_id", "=", self.product_id.id),
            ],
            "context": {"create": False, "default_move_type": "out_invoice"},
        }

    def action_view_lines(self):
        """Open every single purchase of this row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_product_purchase_line_action"
        )
        return {
            **action,
            **self._prepare_action_texts(),
            "views": [(False, view) for view in ("list", "graph", "pivot")],
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("product_id", "=", self.product_id.id),
            ],
            "context": {},
        }

    def _prepare_action_texts(self):
        """Return what the client shows of an action: it prefers the display name to the name."""
        name = f"{self.partner_id.display_name}: {self.product_id.display_name}"
        return {"name": name, "display_name": name}

    @api.model
    def _prepare_buyer_action(self, product, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_product_purchase_action"
        )
        name = self.env._("Who bought %(product)s", product=product.display_name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": domain,
            "context": {"purchase_of_product": True},
        }

    def action_add_to_opportunity(self):
        """Put the products of these rows on the opportunity from which the list was opened.

        :raise UserError: when there is none, or a product can no longer be sold
        """
        lead = self.env["crm.lead"].browse(self.env.context.get("purchase_lead_id")).exists()
        if not lead:
            raise UserError(self.env._("Open this list from an opportunity to add products to it."))
        gone = self.product_id.filtered(lambda product: not (product.active and product.sale_ok))
        if gone:
            raise UserError(
                self.env._(
                    "No longer for sale: %(products)s.",
                    products=", ".join(gone.mapped("display_name")),
                )
            )
        lead.write(
            {
                "line_ids": [
                    Command.create(
                        {
                            "product_id": row.product_id.id,
                            "quantity": row._get_usual_quantity(),
                            "product_uom_id": row.uom_id.id,
                        }
                    )
                    for row in self
                ]
            }
        )
        return {"type": "ir.actions.act_window_close"}

    def _get_usual_quantity(self):
        """Return what the customer takes at a time, in whole units where it is more than one."""
        usual = self.quantity / (self.order_count or 1)
        return float(round(usual)) if usual > 1 else (usual if usual > 0 else 1.0)
