from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

DOCUMENT_AMOUNTS = [
    "quoted_amount",
    "ordered_amount",
    "delivered_amount",
    "invoiced_amount",
    "paid_amount",
]
INVOICE_TYPES = ["out_invoice", "out_refund"]


class CrmSalesStrip(models.AbstractModel):
    """What became of an opportunity: quoted, ordered, delivered, invoiced, paid.

    Every amount is read from the documents that the user may read, without taxes, in the currency
    of the opportunity. Documents are taken in the currency of their company at the rate of their
    own date, which they store, and converted again only where the opportunity has another currency.
    """

    _name = "crm.sales.strip"
    _description = "Sales Progress"

    # that of crm.lead, which says how it is computed
    company_currency = fields.Many2one("res.currency")
    quoted_amount = fields.Monetary(
        string="Quoted",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="Quotations and orders, without taxes; alternatives and cancelled ones aside.",
    )
    ordered_amount = fields.Monetary(
        string="Ordered",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="Confirmed orders, without taxes.",
    )
    delivered_amount = fields.Monetary(
        string="Delivered",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="What was delivered of the confirmed orders, without taxes.",
    )
    invoiced_amount = fields.Monetary(
        string="Invoiced",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="Posted invoices less credit notes, without taxes.",
    )
    paid_amount = fields.Monetary(
        string="Paid",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="The paid share of the posted invoices, without taxes.",
    )
    alternative_count = fields.Integer(
        string="Alternatives",
        compute="_compute_document_amounts",
        help="Quotations that are kept for comparison and do not count as quoted.",
    )

    @api.depends(
        "order_ids.state",
        "order_ids.amount_untaxed",
        "order_ids.chosen_order_id",
        "company_currency",
    )
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_document_amounts(self):
        totals = self._get_document_amounts()
        for lead in self:
            lead.update(totals[lead._origin.id])

    def action_view_quoted(self):
        domain = [("state", "!=", "cancel"), ("chosen_order_id", "=", False)]
        return self._action_view_orders(
            self.env._("Quotations"), domain, self.env._("Nothing has been quoted yet")
        )

    def action_view_ordered(self):
        domain = [("state", "=", "sale")]
        return self._action_view_orders(
            self.env._("Orders"), domain, self.env._("Nothing has been ordered yet")
        )

    def action_view_delivered(self):
        """Open the deliveries where all was delivered from stock, otherwise the orders."""
        self.ensure_one()
        domain = [("state", "=", "sale"), ("order_line.qty_delivered", "!=", 0)]
        return self._action_view_deliveries() or self._action_view_orders(
            self.env._("Delivered Orders"), domain, self.env._("Nothing has been delivered yet")
        )

    def action_view_invoiced(self):
        return self._action_view_invoices(
            self.env._("Invoices"), [], self.env._("Nothing has been invoiced yet")
        )

    def action_view_paid(self):
        paid = [("payment_state", "in", ["partial", "in_payment", "paid", "reversed"])]
        return self._action_view_invoices(
            self.env._("Paid Invoices"), paid, self.env._("Nothing has been paid yet")
        )

    def _action_view_orders(self, name, domain, empty):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        action.update(
            **self._prepare_action_texts(name, empty),
            domain=[("opportunity_id", "=", self.id), *domain],
            context={"create": False},
        )
        return action

    def _prepare_action_texts(self, name, empty):
        """Return what the client shows of an action: it prefers the display name to the name."""
        message = Markup('<p class="o_view_nocontent_empty_folder">%s</p>') % empty
        return {"name": name, "display_name": name, "help": message}

    def _action_view_deliveries(self):
        """Return the action of the deliveries; False without stock or when services are delivered.

        Stock is no dependency: the add-on that links orders with deliveries may be there or not.
        """
        Order = self.env["sale.order"]
        if "picking_ids" not in Order or not self.env["stock.picking"].has_access("read"):
            return False
        orders = Order.search([("opportunity_id", "=", self.id), ("state", "=", "sale")])
        delivered = orders.order_line.filtered("qty_delivered")
        moved = delivered.filtered(lambda line: line.qty_delivered_method == "stock_move")
        pickings = orders.picking_ids.filtered(lambda picking: picking.state == "done")
        if not pickings or moved != delivered:
            return False
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        action.update(
            **self._prepare_action_texts(
                self.env._("Deliveries"), self.env._("Nothing has been delivered yet")
            ),
            domain=[("id", "in", pickings.ids)],
            context={"create": False},
        )
        return action

    def _action_view_invoices(self, name, domain, empty):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        # sudo: an invoice that one may read counts, whoever made the order; which invoices one
        # may read is decided when they are shown
        orders = self.env["sale.order"].sudo().search([("opportunity_id", "=", self.id)])
        action.update(
            **self._prepare_action_texts(name, empty),
            domain=[
                ("move_type", "in", INVOICE_TYPES),
                ("state", "=", "posted"),
                ("id", "in", orders.order_line.invoice_lines.move_id.ids),
                *domain,
            ],
            context={"create": False, "default_move_type": "out_invoice"},
        )
        return action

    def _get_document_amounts(self):
        """Return the values of the status strip by lead id; two queries for any number of leads."""
        totals = defaultdict(
            lambda: {**dict.fromkeys(DOCUMENT_AMOUNTS, 0.0), "alternative_count": 0}
        )
        rows = self._query_orders() + self._query_invoices()
        leads = {lead._origin.id: lead for lead in self}
        # sudo: a document that may be read tells its currency
        companies = self.env["res.company"].sudo().browse({row["company_id"] for row in rows})
        currencies = {company.id: company.currency_id for company in companies}
        for row in rows:
            lead_id, company_id = row.pop("lead_id"), row.pop("company_id")
            day, source = row.pop("day"), currencies[company_id]
            total, target = totals[lead_id], leads[lead_id].company_currency
            total["alternative_count"] += row.pop("alternative_count", 0)
            row["delivered_amount"] = self._add_unordered(row)
            for name in DOCUMENT_AMOUNTS:
                amount = row.get(name) or 0.0
                if amount and source != target:
                    company = companies.browse(company_id)
                    amount = source._convert(amount, target, company, day, round=False)
                total[name] += amount
        return totals

    def _add_unordered(self, row):
        """Return what was delivered, with what nobody had ordered: SQL cannot tell its taxes."""
        delivered = row.get("delivered_amount") or 0.0
        ids = [int(line_id) for line_id in (row.get("unordered_ids") or "").split(",") if line_id]
        # sudo: the query has found these lines in orders that the user may read
        for line in self.env["sale.order.line"].sudo().browse(ids):
            price = line.tax_ids.compute_all(
                line.price_unit * (1 - line.discount / 100),
                line.currency_id,
                line.qty_delivered,
                line.product_id,
                line.order_id.partner_shipping_id,
            )["total_excluded"]
            delivered += price / (line.order_id.currency_rate or 1.0)
        return delivered

    def _query_orders(self):
        Order = self.env["sale.order"]
        if not self.ids or not Order.has_access("read"):
            return []
        self.env["sale.order.line"].flush_model(
            ["qty_delivered", "product_uom_qty", "price_subtotal", "is_downpayment"]
        )
        Order.flush_model(["amount_untaxed", "currency_rate", "date_order", "chosen_order_id"])
        readable = Order._search([("opportunity_id", "in", self.ids), ("state", "!=", "cancel")])
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT sale.opportunity_id AS lead_id,
                       sale.company_id,
                       sale.date_order::date AS day,
                       COUNT(sale.chosen_order_id) AS alternative_count,
                       SUM(sale.amount_untaxed / rate.value)
                           FILTER (WHERE sale.chosen_order_id IS NULL) AS quoted_amount,
                       SUM(sale.amount_untaxed / rate.value)
                           FILTER (WHERE sale.state = 'sale') AS ordered_amount,
                       SUM(delivery.amount / rate.value)
                           FILTER (WHERE sale.state = 'sale') AS delivered_amount,
                       STRING_AGG(delivery.unordered_ids, ',')
                           FILTER (WHERE sale.state = 'sale') AS unordered_ids
                  FROM sale_order sale
            CROSS JOIN LATERAL (
                       SELECT COALESCE(NULLIF(sale.currency_rate, 0), 1) AS value) rate
            CROSS JOIN LATERAL (
                       SELECT SUM(line.qty_delivered * line.price_subtotal
                                  / NULLIF(line.product_uom_qty, 0)) AS amount,
                              STRING_AGG(line.id::text, ',')
                                  FILTER (WHERE line.product_uom_qty = 0) AS unordered_ids
                         FROM sale_order_line line
                        WHERE line.order_id = sale.id
                          AND line.qty_delivered <> 0
                          AND line.is_downpayment IS NOT TRUE) delivery
                 WHERE sale.id IN %s
              GROUP BY sale.opportunity_id, sale.company_id, sale.date_order::date
                """,
                readable.subselect(),
            )
        )

    def _query_invoices(self):
        Move = self.env["account.move"]
        if not self.ids or not Move.has_access("read"):
            return []
        self.env["account.move.line"].flush_model(["balance", "sale_line_ids"])
        Move.flush_model(["amount_total", "amount_residual", "payment_state", "invoice_date"])
        self.env["sale.order"].flush_model(["opportunity_id"])
        readable = Move._search([("move_type", "in", INVOICE_TYPES), ("state", "=", "posted")])
        return self.env.execute_query_dict(
            SQL(
                """
                WITH share AS (
                    SELECT DISTINCT sale.opportunity_id AS lead_id, link.invoice_line_id
                      FROM sale_order sale
                      JOIN sale_order_line line ON line.order_id = sale.id
                      JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                     WHERE sale.opportunity_id IN %s)
                SELECT share.lead_id,
                       move.company_id,
                       COALESCE(move.invoice_date, move.date) AS day,
                       -SUM(item.balance) AS invoiced_amount,
                       -SUM(item.balance * CASE
                           WHEN move.payment_state IN ('in_payment', 'paid', 'reversed')
                             OR move.amount_total = 0 THEN 1
                           ELSE 1 - move.amount_residual / move.amount_total
                       END) AS paid_amount
                  FROM share
                  JOIN account_move_line item ON item.id = share.invoice_line_id
                  JOIN account_move move ON move.id = item.move_id
                 WHERE move.id IN %s
              GROUP BY share.lead_id, move.company_id, COALESCE(move.invoice_date, move.date)
                """,
                tuple(self.ids),
                readable.subselect(),
            )
        )
