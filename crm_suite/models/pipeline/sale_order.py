from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

# what a line of a quotation and the product of the opportunity have in common
SHARED_VALUES = ["product_id", "name", "quantity", "product_uom_id", "price_unit", "discount"]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    quotation_sent_at = fields.Datetime(
        string="Sent On",
        readonly=True,
        copy=False,
        help="When the quotation was sent to the customer.",
    )
    is_unanswered = fields.Boolean(
        string="Unanswered",
        compute="_compute_is_unanswered",
        search="_search_is_unanswered",
        help="The quotation was sent, and the customer has neither written nor ordered since.",
    )
    can_update_opportunity = fields.Boolean(compute="_compute_can_update_opportunity")
    chosen_order_id = fields.Many2one(
        "sale.order",
        string="Alternative to",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        tracking=True,
        domain="[('opportunity_id', '=', opportunity_id), ('opportunity_id', '!=', False),"
        " ('chosen_order_id', '=', False), ('id', '!=', id), ('state', '!=', 'cancel')]",
        help="The quotation of the opportunity that counts instead of this one. Leave it empty "
        "when the customer is to have both.",
    )
    chosen_order_state = fields.Selection(
        related="chosen_order_id.state", string="Status of the Chosen Quotation"
    )
    alternative_ids = fields.One2many("sale.order", "chosen_order_id", string="Alternatives")

    _quotation_sent_at_idx = models.Index("(quotation_sent_at) WHERE state = 'sent'")

    @api.depends("state", "message_ids", "chosen_order_id")
    def _compute_is_unanswered(self):
        unanswered = self.search([("id", "in", self.ids), ("is_unanswered", "=", True)])
        for order in self:
            order.is_unanswered = order in unanswered

    def _search_is_unanswered(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["mail.message"].flush_model()
        self.flush_model(["state", "quotation_sent_at", "date_order", "chosen_order_id"])
        unanswered = SQL(
            """(
            SELECT sent.id
              FROM sale_order sent
             WHERE sent.state = 'sent'
               -- one reminder is enough for a quotation and its alternatives
               AND sent.chosen_order_id IS NULL
               AND NOT EXISTS (
                    SELECT 1
                      FROM mail_message message
                 LEFT JOIN res_users employee
                        ON employee.partner_id = message.author_id AND NOT employee.share
                     WHERE message.model = 'sale.order'
                       AND message.res_id = sent.id
                       AND message.message_type IN ('comment', 'email')
                       AND message.date >= COALESCE(sent.quotation_sent_at, sent.date_order)
                       AND employee.id IS NULL)
            )"""
        )
        return [("id", "in" if True in value else "not in", unanswered)]

    @api.depends("opportunity_id", "state", "order_line", "chosen_order_id")
    def _compute_can_update_opportunity(self):
        # one may read an order whose opportunity is a colleague's
        leads = self.opportunity_id._filtered_access("write")
        for order in self:
            order.can_update_opportunity = (
                order.opportunity_id in leads
                and not order.chosen_order_id
                and order.state != "cancel"
                and order._differs_from_opportunity()
            )

    @api.constrains("chosen_order_id", "opportunity_id", "state")
    def _check_chosen_order(self):
        # sudo: the other quotations may be those of a colleague
        for order in self.sudo().filtered("chosen_order_id"):
            chosen = order.chosen_order_id
            if order.state == "sale":
                raise ValidationError(
                    self.env._(
                        "%(order)s is ordered, it cannot be an alternative.", order=order.name
                    )
                )
            if chosen.opportunity_id != order.opportunity_id:
                raise ValidationError(
                    self.env._("Alternatives are quotations of the same opportunity.")
                )
            if chosen == order or chosen.chosen_order_id or order.alternative_ids:
                raise ValidationError(
                    self.env._(
                        "%(chosen)s is an alternative itself: choose the quotation that counts.",
                        chosen=chosen.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create([self._with_sent_date(vals) for vals in vals_list])
        orders._check_opportunity_access()
        return orders

    def write(self, vals):
        if vals.get("state") in ("sent", "sale"):
            self._check_has_products()
        if vals.get("state") == "sale":
            self._choose_for_order()
        moved = self.browse()
        if "opportunity_id" in vals:
            moved = self.filtered(lambda order: order.opportunity_id.id != vals["opportunity_id"])
            moved._leave_alternatives()
        if vals.get("chosen_order_id"):
            # sudo: whoever becomes an alternative brings his own along, also those of colleagues
            self.sudo().alternative_ids.chosen_order_id = vals["chosen_order_id"]
        returning = (
            self.filtered(lambda order: order.state == "cancel")
            if vals.get("state") == "draft"
            else self.browse()
        )
        result = super().write(self._with_sent_date(vals))
        moved._check_opportunity_access()
        if vals.get("state") in ("draft", "cancel"):
            self._settle_alternatives()
        returning._join_successors()
        return result

    def unlink(self):
        self._leave_alternatives()
        return super().unlink()

    def copy_data(self, default=None):
        """A copy of a quotation that the customer still has is another offer of the same."""
        vals_list = super().copy_data(default=default)
        for order, vals in zip(self, vals_list, strict=True):
            if (
                order.state in ("draft", "sent")
                and order.opportunity_id
                and vals.get("opportunity_id") == order.opportunity_id.id
            ):
                vals.setdefault("chosen_order_id", (order.chosen_order_id or order).id)
        return vals_list

    def action_new_alternative(self):
        """Open another offer for the same opportunity, which does not count unless it is chosen."""
        self.ensure_one()
        if not self.opportunity_id or self.state not in ("draft", "sent"):
            raise UserError(
                self.env._("Only a quotation of an opportunity can have an alternative.")
            )
        return self.copy().action_open_business_doc()

    def action_choose(self):
        """Let this quotation count, and keep the one that counted as its alternative."""
        self.check_access("write")
        for order in self.filtered("chosen_order_id"):
            if order.state == "cancel":
                raise UserError(
                    self.env._(
                        "%(order)s is cancelled. Set it to quotation first.", order=order.name
                    )
                )
            order._check_not_ordered_otherwise()
            order._choose()
        return True

    def action_quotation_send(self):
        self._check_has_products()
        return super().action_quotation_send()

    def action_update_opportunity(self):
        """Make the products of the opportunity those of this quotation.

        Products that other quotations brought to the opportunity are left alone.
        """
        self.ensure_one()
        lead = self.opportunity_id
        if not lead or self.chosen_order_id:
            raise UserError(
                self.env._("Only the chosen quotation of an opportunity tells its products.")
            )
        # sudo: the products of an alternative go also when the alternative is a colleague's
        offers = self | self.sudo().alternative_ids.sudo(False)
        commands, carried, new_lines = [], self.env["crm.opportunity.line"], []
        for order_line in self._get_product_lines():
            values = order_line._prepare_opportunity_line_values()
            line = order_line.opportunity_line_id
            if line and line in lead.line_ids and line not in carried:
                carried |= line
                commands.append(Command.update(line.id, values))
            else:
                new_lines.append((order_line, values))
        dropped = lead.line_ids.filtered(lambda line: line.order_id in offers) - carried
        commands += [Command.delete(line.id) for line in dropped]
        if commands:
            lead.write({"line_ids": commands})
        created = self.env["crm.opportunity.line"].create(
            [{"lead_id": lead.id, **values} for _order_line, values in new_lines]
        )
        for (order_line, _values), line in zip(new_lines, created, strict=True):
            order_line.opportunity_line_id = line
        lead.message_post(
            body=self.env._(
                "The products were updated from %(order)s.", order=self._get_html_link()
            )
        )
        return True

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._get_empty_message()

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._is_ordered_otherwise()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._is_ordered_otherwise()

    def _is_ordered_otherwise(self):
        """Tell whether the customer has ordered what this is an alternative to."""
        self.ensure_one()
        # sudo: the other quotation may be that of a colleague
        return self.sudo().chosen_order_id.state == "sale"

    def _check_not_ordered_otherwise(self):
        if self._is_ordered_otherwise():
            raise UserError(
                self.env._(
                    "%(order)s is an alternative to %(chosen)s, which is ordered already. Clear "
                    '"Alternative to" if the customer wants both.',
                    order=self.name,
                    # sudo: the other quotation may be that of a colleague
                    chosen=self.sudo().chosen_order_id.name,
                )
            )

    def _choose(self):
        self.ensure_one()
        # sudo: the others may be quotations of colleagues
        order = self.sudo()
        others = (order.chosen_order_id | order.chosen_order_id.alternative_ids) - order
        order.chosen_order_id = False
        others.chosen_order_id = order
        carried = order._get_product_lines().opportunity_line_id
        carried.filtered(lambda line: line.order_id in others).order_id = order

    def _choose_for_order(self):
        """What the customer orders is what he has chosen; the others stay as alternatives."""
        for order in self.filtered("chosen_order_id"):
            order._check_not_ordered_otherwise()
            order._choose()

    def _settle_alternatives(self):
        """Let an alternative count when the quotation that counted is cancelled."""
        # sudo: the others may be quotations of colleagues
        orders = self.sudo()
        chosen = orders.filtered(lambda order: not order.chosen_order_id) | orders.chosen_order_id
        for order in chosen.filtered(lambda order: order.state == "cancel"):
            live = order.alternative_ids.filtered(lambda other: other.state != "cancel")
            if live:
                live.sorted("id")[-1]._choose()

    def _join_successors(self):
        """Become an alternative to what was made of the same products while this was cancelled.

        Otherwise a quotation that comes back would offer them a second time.
        """
        # sudo: the others may be quotations of colleagues
        for order in self.sudo().filtered(lambda order: not order.chosen_order_id):
            others = order.order_line.opportunity_line_id.order_line_ids.order_id.filtered(
                lambda other, order=order: (
                    order not in (other, other.chosen_order_id)
                    and other.opportunity_id == order.opportunity_id
                    and other.state != "cancel"
                )
            )
            if others:
                latest = others.sorted(lambda other: (other.state == "sale", other.id))[-1]
                order.chosen_order_id = latest.chosen_order_id or latest

    def _leave_alternatives(self):
        """Before these go: those that stay behind have one among them that counts."""
        # sudo: the others may be quotations of colleagues
        orders = self.sudo()
        for order in orders:
            staying = order.alternative_ids - orders
            if staying:
                heir = staying.sorted(lambda other: (other.state != "cancel", other.id))[-1]
                heir.chosen_order_id = False
                (staying - heir).chosen_order_id = heir
        orders.filtered(
            lambda order: order.chosen_order_id and order.chosen_order_id not in orders
        ).chosen_order_id = False

    def _check_opportunity_access(self):
        """Refuse opportunities of colleagues: their products, amounts and quotations that count
        would follow an order that they know nothing of.

        Whoever has an order of an opportunity already may make another one.

        :raise AccessError: when the user may neither read the opportunity nor has an order of it
        """
        if self.env.su:
            return
        hidden = self.opportunity_id - self.opportunity_id._filtered_access("read")
        if hidden:
            others = self.search([("opportunity_id", "in", hidden.ids), ("id", "not in", self.ids)])
            (hidden - others.opportunity_id).check_access("read")

    @api.model
    def _with_sent_date(self, vals):
        """Return values that keep the date of sending in step with the state.

        Not a computed field: quotations from before the installation keep no date, so that
        nobody is reminded of all of them at once.
        """
        if vals.get("state") == "sent":
            return {"quotation_sent_at": fields.Datetime.now(), **vals}
        if vals.get("state") == "draft":
            return {"quotation_sent_at": False, **vals}
        return vals

    def _get_product_lines(self):
        """Return the lines that sell something: no sections, notes and down payments, and none
        that was set to zero because an order keeps its lines.
        """
        return self.order_line.filtered(
            lambda line: (
                line.product_id
                and line.product_uom_qty
                and not line.display_type
                and not line.is_downpayment
            )
        )

    def _check_has_products(self):
        for order in self:
            if message := order._get_empty_message():
                raise UserError(message)

    def _get_empty_message(self):
        self.ensure_one()
        if any(not line.display_type for line in self.order_line):
            return False
        return self.env._(
            "%(order)s has no products yet. Add at least one before you send or confirm it.",
            order=self.display_name,
        )

    def _differs_from_opportunity(self):
        self.ensure_one()
        lines = self._get_product_lines()
        current_lines = self.opportunity_id.line_ids
        carried = lines.opportunity_line_id & current_lines
        if len(carried) != len(lines):
            return bool(lines)
        # sudo: the alternatives may be quotations of colleagues
        offers = self._origin | self._origin.sudo().alternative_ids.sudo(False)
        if current_lines.filtered(lambda line: line.order_id in offers) - carried:
            return True
        currency = self.opportunity_id.company_currency
        for line in lines:
            values = line._prepare_opportunity_line_values()
            current = line.opportunity_line_id._convert_to_write(
                {name: line.opportunity_line_id[name] for name in SHARED_VALUES}
            )
            if currency.compare_amounts(values["price_unit"], current.pop("price_unit")):
                return True
            if any(values[name] != value for name, value in current.items()):
                return True
        return False
