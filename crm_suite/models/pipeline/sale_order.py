from odoo import api, fields, models
from odoo.exceptions import UserError
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

    _quotation_sent_at_idx = models.Index("(quotation_sent_at) WHERE state = 'sent'")

    @api.depends("state", "message_ids")
    def _compute_is_unanswered(self):
        unanswered = self.search([("id", "in", self.ids), ("is_unanswered", "=", True)])
        for order in self:
            order.is_unanswered = order in unanswered

    def _search_is_unanswered(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["mail.message"].flush_model()
        self.flush_model(["state", "quotation_sent_at", "date_order"])
        unanswered = SQL(
            """(
            SELECT sent.id
              FROM sale_order sent
             WHERE sent.state = 'sent'
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

    @api.depends("opportunity_id", "state", "order_line")
    def _compute_can_update_opportunity(self):
        for order in self:
            order.can_update_opportunity = (
                order.opportunity_id
                and order.state != "cancel"
                and order._differs_from_opportunity()
            )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_sent_date(vals) for vals in vals_list])

    def write(self, vals):
        if vals.get("state") in ("sent", "sale"):
            self._check_has_products()
        return super().write(self._with_sent_date(vals))

    def action_quotation_send(self):
        self._check_has_products()
        return super().action_quotation_send()

    def action_update_opportunity(self):
        """Make the products of the opportunity those of this quotation.

        Products that other quotations brought to the opportunity are left alone.
        """
        self.ensure_one()
        lead = self.opportunity_id
        commands, carried, new_lines = [], self.env["crm.opportunity.line"], []
        for order_line in self._get_product_lines():
            values = order_line._prepare_opportunity_line_values()
            line = order_line.opportunity_line_id
            if line.lead_id == lead and line not in carried:
                carried |= line
                commands.append(Command.update(line.id, values))
            else:
                new_lines.append((order_line, values))
        dropped = lead.line_ids.filtered(lambda line: line.order_id == self) - carried
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
        """Return the lines that sell something: no sections, notes and down payments."""
        return self.order_line.filtered(
            lambda line: line.product_id and not line.display_type and not line.is_downpayment
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
        carried = lines.opportunity_line_id
        if len(carried) != len(lines) or carried.lead_id != self.opportunity_id:
            return bool(lines)
        if self.opportunity_id.line_ids.filtered(lambda line: line.order_id == self) - carried:
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
