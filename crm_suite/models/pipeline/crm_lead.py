from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

DOCUMENT_AMOUNTS = [
    "quoted_amount",
    "ordered_amount",
    "delivered_amount",
    "invoiced_amount",
    "paid_amount",
]
INVOICE_TYPES = ["out_invoice", "out_refund"]


class CrmLead(models.Model):
    _inherit = "crm.lead"

    line_ids = fields.One2many("crm.opportunity.line", "lead_id", string="Products", copy=True)
    line_total = fields.Monetary(
        string="Total of Products",
        compute="_compute_line_total",
        currency_field="company_currency",
    )
    line_margin = fields.Monetary(
        string="Margin of Products",
        compute="_compute_line_total",
        currency_field="company_currency",
    )
    expected_revenue = fields.Monetary(
        compute="_compute_expected_revenue", store=True, readonly=False, default=None
    )
    revenue_manual = fields.Boolean(
        string="Revenue Entered by Hand",
        copy=False,
        help="The expected revenue was entered by hand and does not follow the products.",
    )
    quoted_amount = fields.Monetary(
        string="Quoted",
        compute="_compute_document_amounts",
        currency_field="company_currency",
        help="Quotations and orders, cancelled ones aside, without taxes.",
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
    responsible_id = fields.Many2one(
        "res.users",
        compute="_compute_responsible_id",
        help="The salesperson or, while there is none, the leader of the sales team.",
    )
    is_untouched = fields.Boolean(
        string="Untouched",
        compute="_compute_is_untouched",
        search="_search_is_untouched",
        help="Nobody has written, called, met the customer, planned anything or moved the stage.",
    )

    @api.depends("line_ids.price_subtotal", "line_ids.margin")
    def _compute_line_total(self):
        for lead in self:
            lead.line_total = sum(lead.line_ids.mapped("price_subtotal"))
            lead.line_margin = sum(lead.line_ids.mapped("margin"))

    @api.depends("line_ids.price_subtotal", "revenue_manual")
    def _compute_expected_revenue(self):
        for lead in self:
            if lead.line_ids and not lead.revenue_manual:
                lead.expected_revenue = sum(lead.line_ids.mapped("price_subtotal"))

    @api.depends("order_ids.state", "order_ids.amount_untaxed", "company_currency")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_document_amounts(self):
        totals = self._get_document_amounts()
        for lead in self:
            for name in DOCUMENT_AMOUNTS:
                lead[name] = totals[lead._origin.id][name]

    @api.depends("user_id", "team_id.user_id")
    def _compute_responsible_id(self):
        for lead in self:
            lead.responsible_id = lead.user_id or lead.team_id.user_id

    @api.depends("stage_id", "activity_ids", "calendar_event_ids", "interaction_ids", "message_ids")
    def _compute_is_untouched(self):
        untouched = self.search([("id", "in", self.ids), ("is_untouched", "=", True)])
        for lead in self:
            lead.is_untouched = lead in untouched

    def _search_is_untouched(self, operator, value):
        if operator != "in":
            return NotImplemented
        touched_by_message = [
            "|",
            ("message_type", "in", ["comment", "email_outgoing"]),
            ("mail_activity_type_id", "!=", False),
        ]
        unmoved = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s <= %s + interval '1 minute'",
                model._field_to_sql(alias, "date_last_stage_update", query),
                model._field_to_sql(alias, "create_date", query),
            )
        )
        untouched = unmoved & Domain(
            [
                ("won_status", "=", "pending"),
                ("activity_ids", "=", False),
                ("calendar_event_ids", "=", False),
                ("interaction_ids", "=", False),
                ("message_ids", "not any", touched_by_message),
            ]
        )
        return untouched if True in value else ~untouched

    @api.onchange("expected_revenue")
    def _onchange_expected_revenue(self):
        if self.line_ids and self._is_revenue_different():
            self.revenue_manual = True

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._mark_manual_revenue(
            [
                lead
                for lead, vals in zip(leads, vals_list, strict=True)
                if "expected_revenue" in vals
            ]
        )
        return leads

    def write(self, vals):
        result = super().write(vals)
        if "expected_revenue" in vals and "revenue_manual" not in vals:
            self._mark_manual_revenue(self)
        return result

    def action_follow_lines(self):
        """Let the expected revenue follow the products again."""
        self.revenue_manual = False
        return True

    def action_new_quotation(self):
        """Open a quotation with the products that are on no quotation yet."""
        self.ensure_one()
        lines = self.line_ids._get_unquoted()
        if not lines:
            return super().action_new_quotation()
        # two clicks at the same time must not carry the same products twice
        lines.lock_for_update()
        order = self._create_quotation(lines)
        action = super().action_new_quotation()
        action.update(res_id=order.id, views=[(False, "form")], view_mode="form")
        return action

    def action_view_quoted(self):
        domain = [("state", "!=", "cancel")]
        return self._action_view_orders(self.env._("Quotations"), domain)

    def action_view_ordered(self):
        domain = [("state", "=", "sale")]
        return self._action_view_orders(self.env._("Orders"), domain)

    def action_view_delivered(self):
        domain = [("state", "=", "sale"), ("order_line.qty_delivered", "!=", 0)]
        return self._action_view_orders(self.env._("Delivered Orders"), domain)

    def action_view_invoiced(self):
        return self._action_view_invoices(self.env._("Invoices"), [])

    def action_view_paid(self):
        paid = [("payment_state", "in", ["partial", "in_payment", "paid", "reversed"])]
        return self._action_view_invoices(self.env._("Paid Invoices"), paid)

    def _action_view_orders(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        action.update(
            name=name,
            domain=[("opportunity_id", "=", self.id), *domain],
            context={"create": False},
        )
        return action

    def _action_view_invoices(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        action.update(
            name=name,
            domain=[
                ("move_type", "in", INVOICE_TYPES),
                ("state", "=", "posted"),
                ("invoice_line_ids.sale_line_ids.order_id.opportunity_id", "=", self.id),
                *domain,
            ],
            context={"create": False, "default_move_type": "out_invoice"},
        )
        return action

    def _is_revenue_different(self):
        self.ensure_one()
        currency = self.company_currency or self.env.company.currency_id
        return bool(currency.compare_amounts(self.expected_revenue, self.line_total))

    def _mark_manual_revenue(self, leads):
        """Keep a revenue that somebody set from following the products."""
        manual = self.browse(
            lead.id
            for lead in leads
            if lead.line_ids and not lead.revenue_manual and lead._is_revenue_different()
        )
        if manual:
            manual.revenue_manual = True

    def _create_quotation(self, lines):
        self.ensure_one()
        context = self._prepare_opportunity_quotation_context()
        order = (
            self.env["sale.order"]
            .with_company(context["default_company_id"])
            .with_context(**context)
            .create({})
        )
        # without the defaults, which are not meant for the lines
        order = order.with_env(self.env)
        order.order_line = [
            Command.create(
                line._prepare_order_line_values(
                    order.currency_id, order.company_id, order.date_order
                )
            )
            for line in lines
        ]
        lines.order_id = order
        return order

    def _update_revenues_from_so(self, order):
        # a revenue that follows the products changes with them only
        return super(
            CrmLead, self.filtered(lambda lead: not lead.line_ids or lead.revenue_manual)
        )._update_revenues_from_so(order)

    def _merge_get_fields_specific(self):
        merged = super()._merge_get_fields_specific()
        merged["line_ids"] = lambda _name, leads: [Command.link(line.id) for line in leads.line_ids]
        if self.line_ids and not any(self.mapped("revenue_manual")):
            merged["expected_revenue"] = lambda _name, leads: sum(leads.mapped("line_total"))
        return merged

    def _get_document_amounts(self):
        """Return the amounts of the status strip, in the currency of each lead.

        Only documents that the user may read count. Amounts are taken in the currency of their
        company, at the rate of the document's date, which the documents store; they are converted
        again only where the lead has another currency.

        :return: amount by field name by lead id
        """
        totals = defaultdict(lambda: dict.fromkeys(DOCUMENT_AMOUNTS, 0.0))
        rows = self._query_orders() + self._query_invoices()
        leads = {lead._origin.id: lead for lead in self}
        companies = self.env["res.company"].sudo().browse({row["company_id"] for row in rows})
        currencies = {company.id: company.currency_id for company in companies}
        for row in rows:
            lead_id, company_id = row.pop("lead_id"), row.pop("company_id")
            day, source = row.pop("day"), currencies[company_id]
            target = leads[lead_id].company_currency
            for name, amount in row.items():
                if source != target:
                    company = companies.browse(company_id)
                    amount = source._convert(amount or 0.0, target, company, day, round=False)
                totals[lead_id][name] += amount or 0.0
        return totals

    def _query_orders(self):
        Order = self.env["sale.order"]
        if not self.ids or not Order.has_access("read"):
            return []
        self.env["sale.order.line"].flush_model(
            ["qty_delivered", "price_reduce_taxexcl", "is_downpayment"]
        )
        Order.flush_model(["amount_untaxed", "currency_rate", "date_order"])
        readable = Order._search([("opportunity_id", "in", self.ids), ("state", "!=", "cancel")])
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT sale.opportunity_id AS lead_id,
                       sale.company_id,
                       sale.date_order::date AS day,
                       SUM(sale.amount_untaxed / rate.value) AS quoted_amount,
                       SUM(sale.amount_untaxed / rate.value)
                           FILTER (WHERE sale.state = 'sale') AS ordered_amount,
                       SUM(delivery.amount / rate.value)
                           FILTER (WHERE sale.state = 'sale') AS delivered_amount
                  FROM sale_order sale
            CROSS JOIN LATERAL (
                       SELECT COALESCE(NULLIF(sale.currency_rate, 0), 1) AS value) rate
            CROSS JOIN LATERAL (
                       SELECT SUM(line.qty_delivered * line.price_reduce_taxexcl) AS amount
                         FROM sale_order_line line
                        WHERE line.order_id = sale.id
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
