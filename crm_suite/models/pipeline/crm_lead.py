from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

# two people who move an opportunity within this time have not seen each other's move
SIMULTANEOUS = timedelta(seconds=5)


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.sales.strip"]

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
    line_margin_percent = fields.Float(
        string="Margin (%)",
        compute="_compute_line_total",
        help="Of the amount of the products whose cost is known.",
    )
    costless_line_count = fields.Integer(
        string="Products Without Cost",
        compute="_compute_line_total",
        help="The margin leaves these products out, because nobody knows what they cost.",
    )
    has_manual_prices = fields.Boolean(compute="_compute_has_manual_prices")
    expected_revenue = fields.Monetary(
        compute="_compute_expected_revenue", store=True, readonly=False, default=None
    )
    revenue_manual = fields.Boolean(
        string="Revenue Entered by Hand",
        copy=False,
        help="The expected revenue was entered by hand and does not follow the products.",
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

    @api.depends(
        "line_ids.price_subtotal", "line_ids.margin", "line_ids.is_cost_known", "company_currency"
    )
    def _compute_line_total(self):
        for lead in self:
            costed = lead.line_ids.filtered("is_cost_known")
            lead.line_total = lead._sum_lines("price_subtotal", lead.line_ids)
            lead.line_margin = lead._sum_lines("margin", costed)
            amount = lead._sum_lines("price_subtotal", costed)
            lead.line_margin_percent = lead.line_margin / amount if amount else 0.0
            lead.costless_line_count = len(lead.line_ids) - len(costed)

    @api.depends("line_ids.is_price_manual")
    def _compute_has_manual_prices(self):
        for lead in self:
            lead.has_manual_prices = any(lead.line_ids.mapped("is_price_manual"))

    @api.depends("line_ids.price_subtotal", "revenue_manual")
    def _compute_expected_revenue(self):
        for lead in self:
            if lead.line_ids and not lead.revenue_manual:
                lead.expected_revenue = lead._sum_lines("price_subtotal", lead.line_ids)

    @api.depends("user_id.active", "team_id.user_id.active")
    def _compute_responsible_id(self):
        for lead in self:
            # nobody reads what is sent to a salesperson who has left
            known = lead.user_id | lead.team_id.user_id
            lead.responsible_id = known.filtered("active")[:1] or known[:1]

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
        if "stage_id" in vals:
            self._check_not_moved_meanwhile(vals["stage_id"])
        result = super().write(vals)
        if "expected_revenue" in vals and "revenue_manual" not in vals:
            self._mark_manual_revenue(self)
        return result

    def action_follow_lines(self):
        """Let the expected revenue follow the products again."""
        self.revenue_manual = False
        return True

    def action_update_prices(self):
        """Take all prices and discounts from the pricelist, also those entered by hand."""
        self.check_access("write")
        self.line_ids._reset_prices()
        return True

    def action_new_order(self):
        """Order the products that are on no quotation yet: carry them and confirm at once."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Add the products first: an order is made of them."))
        action = self.with_context(crm_confirm_order=True).action_sale_quotations_new()
        if action.get("res_model") == "crm.quotation.partner":
            name = self.env._("New Order")
            action.update(name=name, display_name=name, context={"crm_confirm_order": True})
        return action

    def action_new_quotation(self):
        """Open a quotation with the products that are on no quotation yet.

        When all are on quotations, these are opened: the same products are never carried twice.
        With `crm_confirm_order` in the context, a new quotation is confirmed.
        """
        self.ensure_one()
        if not self.line_ids:
            return super().action_new_quotation()
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer of the quotation."))
        self.line_ids._lock()
        lines = self.line_ids._get_unquoted()
        if not lines:
            return self._action_view_carriers() or super().action_new_quotation()
        order = self._create_quotation(lines)
        if self.env.context.get("crm_confirm_order"):
            order.with_context(crm_confirm_order=False).action_confirm()
        return order.action_open_business_doc()

    def _action_view_carriers(self):
        """Open the documents that hold the products, and say why there is no new one.

        :return: False when a blank quotation is in order: all is ordered, and more is to be quoted
        """
        ordering = self.env.context.get("crm_confirm_order")
        held = self.order_ids.filtered(lambda order: order.order_line.opportunity_line_id)
        carriers = held.filtered(
            lambda order: order.state in ("draft", "sent") and not order._is_ordered_otherwise()
        )
        if ordering:
            carriers = carriers or held.filtered(lambda order: order.state == "sale")
        if not carriers:
            return False
        if len(carriers) == 1:
            action = carriers.action_open_business_doc()
        else:
            domain = [("id", "in", carriers.ids)]
            action = self._action_view_orders(
                self.env._("Quotations"), domain, self.env._("Nothing has been quoted yet")
            )
        if not ordering:
            message = self.env._(
                'All products are on a quotation already. "New Alternative" makes another offer.'
            )
        elif "sale" in carriers.mapped("state"):
            message = self.env._("All products are ordered already.")
        else:
            message = self.env._(
                "All products are on a quotation already. Confirm it to make it an order."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": message, "next": action},
        }

    def _sum_lines(self, name, lines):
        """Sum an amount of the products in the currency of the opportunity.

        The two differ only for opportunities without a company, which show the currency of the
        company that looks at them.
        """
        self.ensure_one()
        target = self.company_currency
        total = 0.0
        for line in lines:
            amount, source = line[name], line.currency_id
            if source and target and source != target:
                company = self.company_id or self.env.company
                amount = source._convert(amount, target, company, fields.Date.today())
            total += amount
        return total

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
        pricelist = self.partner_id.with_company(
            context["default_company_id"]
        ).property_product_pricelist
        if pricelist and not pricelist.currency_id.active:
            raise UserError(
                self.env._(
                    "The pricelist %(pricelist)s of %(customer)s is in %(currency)s, which is "
                    "archived. Give the customer another pricelist, or activate the currency.",
                    pricelist=pricelist.name,
                    customer=self.partner_id.display_name,
                    currency=pricelist.currency_id.name,
                )
            )
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

    def _check_not_moved_meanwhile(self, stage_id):
        """Refuse to undo unseen what a colleague has done at the same moment.

        PostgreSQL lets one of two simultaneous writers fail, and Odoo repeats his request on top
        of the other's: his stage would replace one that he has never seen.
        """
        if self.env.su:
            return
        begun = self.env.cr.now()
        moved = self.filtered(
            lambda lead: (
                lead.stage_id.id != stage_id
                and lead.date_last_stage_update
                and lead.create_date < lead.date_last_stage_update < begun
                and begun - lead.date_last_stage_update < SIMULTANEOUS
            )
        )
        # sudo: who has moved a lead that one may move oneself is no secret
        for lead in moved.sudo():
            # by id: the move after another within the same second is the later one
            mover = lead.stage_move_ids.sorted("id")[-1:].create_uid
            if mover.id in (False, self.env.uid, SUPERUSER_ID):
                continue
            raise UserError(
                self.env._(
                    "%(user)s has just moved %(lead)s to %(stage)s. Look at it before you move "
                    "it on.",
                    user=mover.name,
                    lead=lead.name,
                    stage=lead.stage_id.name,
                )
            )

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: a colleague's quotation must not be lost with the opportunity that is merged
        opportunities.sudo().order_ids.opportunity_id = self
        return result

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
