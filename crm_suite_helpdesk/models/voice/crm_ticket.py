from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .crm_ticket_survey import FACES

SALES = "sales_team.group_sale_salesman"

# What a customer is offered to choose from
RECENT_ORDERS, MAX_PRODUCTS = 30, 50

KINDS = [
    ("question", "Question"),
    ("problem", "Problem"),
    ("complaint", "Complaint"),
    ("suggestion", "Suggestion"),
    ("praise", "Praise"),
]


class CrmTicket(models.Model):
    """What a customer wants to tell us with a ticket, why he had reason to, and whether he was
    content in the end.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    kind = fields.Selection(
        KINDS,
        index="btree_not_null",
        tracking=True,
        help="What the customer wants to tell us. Complaints, suggestions and praise are counted "
        "by product and cause.",
    )
    cause_id = fields.Many2one(
        "crm.ticket.cause",
        "Root Cause",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Why the customer had reason to write.",
    )
    cause_team_id = fields.Many2one(
        "crm.ticket.team",
        "Responsible Department",
        compute="_compute_cause_team_id",
        compute_sudo=True,
        help="The team that can do something about the cause, when the ticket is not there yet.",
    )
    satisfaction = fields.Selection(
        FACES,
        "Customer Was",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What the customer last answered when he was asked after closing.",
    )
    satisfaction_at = fields.Datetime("Answered the Survey on", readonly=True, copy=False)
    survey_ids = fields.One2many("crm.ticket.survey", "ticket_id", "Surveys", readonly=True)

    # What customers say about a product
    _voices_of_product = models.Index("(product_id, kind) WHERE kind IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("cause_id", "team_id")
    @api.depends_context("company")
    def _compute_cause_team_id(self):
        for ticket in self:
            cause = ticket.cause_id.with_company(ticket.company_id)
            team = cause._get_department() if cause else cause.team_id
            is_there = team == ticket.team_id or team.company_id != ticket.company_id
            ticket.cause_team_id = False if is_there else team

    @api.onchange("product_id", "kind", "partner_id")
    def _onchange_voice_order(self):
        """A complaint about a product is about the order with which the customer bought it."""
        if self.kind in (False, "question") or not self.product_id or self.sale_order_id:
            return
        if self._has_field_access(self._fields["sale_order_id"], "read"):
            self.sale_order_id = self._find_buyer_order()

    # ------------------------------------------------------------------ actions

    def action_pass_on(self):
        """Ask why, and pass these tickets on to another department."""
        self.check_access("write")
        team = self.cause_team_id if len(self.cause_team_id) == 1 else False
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pass On"),
            "res_model": "crm.ticket.pass.on",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_ticket_ids": self.ids,
                "default_team_id": team.id if team else False,
                "dialog_size": "medium",
            },
        }

    def action_open_surveys(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_survey_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_link_buyer_order(self):
        """Put the order with which the customer bought the product on the ticket."""
        self.ensure_one()
        order = self._find_buyer_order()
        if not order:
            raise UserError(self.env._("You can see no order of this customer with this product."))
        self.sale_order_id = order

    # ------------------------------------------------------------------ business

    def _find_buyer_order(self):
        """The last order with which the customer bought the product, if the user may see it."""
        self.ensure_one()
        Order = self.env["sale.order"]
        customer = self.partner_id.commercial_partner_id
        if not (self.product_id and customer) or not Order.has_access("read"):
            return Order
        variants = self.product_id.product_tmpl_id.with_context(
            active_test=False
        ).product_variant_ids
        return Order.search(
            [
                ("partner_id", "child_of", customer.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sale"),
                ("order_line.product_id", "in", variants.ids),
            ],
            order="date_order desc, id desc",
            limit=1,
        )

    @api.model
    def _get_portal_kinds(self):
        """What a customer may choose as kind of a new ticket: (value, label)."""
        # sudo: the names of the kinds, which customers read on the page
        return self.sudo()._fields["kind"]._description_selection(self.env)

    @api.model
    def _get_bought_products(self, company):
        """What the customer who is logged in bought last, with the last order of each.

        Read with his rights on orders.

        :return: [(product, order)], both as superuser, the newest first
        """
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return []
        orders = Order.search(
            [("state", "=", "sale"), ("company_id", "=", company.id)],
            order="date_order desc, id desc",
            limit=RECENT_ORDERS,
        )
        bought = {}
        # sudo: what is on the orders that he may read
        for order in orders.sudo():
            for line in order.order_line:
                if line.product_id and not line.display_type:
                    bought.setdefault(line.product_id, order)
        return list(bought.items())[:MAX_PRODUCTS]

    def _get_rateable_closing(self, partner):
        """The closing that a customer may judge on the page of his ticket, and its survey.

        :return: (crm.ticket.closing, crm.ticket.survey), the second empty when he was not asked
        """
        self.ensure_one()
        # sudo: customers have no rights on closings and surveys; it is their own ticket
        ticket = self.sudo()
        Closing, Survey = ticket.closing_ids.browse(), ticket.survey_ids.browse()
        is_his = partner and ticket.partner_id in (partner, partner.commercial_partner_id)
        if not is_his or not ticket.team_id.survey_enabled or ticket.merged_into_id:
            return Closing, Survey
        if ticket.stage_type not in ("solved", "closed"):
            return Closing, Survey
        closing = Closing._search_last(ticket.ids)[:1]
        if not closing or closing.stage_type not in ("solved", "closed"):
            return Closing, Survey
        return closing, closing.survey_ids[:1]

    # ------------------------------------------------------------------ core's ways to rate

    def rating_apply(self, rate, token=None, rating=None, feedback=None, **kwargs):
        """Core would let anybody who holds a link, and every employee, overwrite a rating."""
        raise AccessError(self.env._("Only customers rate tickets, by answering the survey."))

    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() - {"rating_value"}

    def message_post(self, **kwargs):
        for name in ("rating_value", "rating_id"):
            kwargs.pop(name, None)
        return super().message_post(**kwargs)

    def _message_update_content(self, message, /, *, body, **kwargs):
        kwargs.pop("rating_value", None)
        return super()._message_update_content(message, body=body, **kwargs)
