from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmTicket(models.Model):
    """What a ticket is about, and how much its customer may expect."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    category_id = fields.Many2one(
        "crm.ticket.category",
        ondelete="restrict",
        index="btree_not_null",
        domain="['|', ('team_ids', '=', False), ('team_ids', 'in', team_id)]",
        tracking=True,
    )
    tag_ids = fields.Many2many("crm.ticket.tag", string="Tags", tracking=True)
    customer_tier_id = fields.Many2one(
        related="commercial_partner_id.customer_tier_id",
        string="Customer Tier",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    is_vip = fields.Boolean(related="customer_tier_id.is_vip", string="VIP")
    properties = fields.Properties(definition="team_id.ticket_properties", copy=True)
    sibling_ticket_count = fields.Integer(
        "Other Open Tickets",
        compute="_compute_sibling_ticket_count",
        help="Open tickets of the same customer besides this one. Perhaps one of them says the "
        "same.",
    )

    @api.depends("commercial_partner_id", "email_normalized", "closed_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_sibling_ticket_count(self):
        for ticket in self:
            domain = ticket._get_sibling_domain()
            ticket.sibling_ticket_count = self.search_count(domain) if domain else 0

    @api.constrains("category_id")
    def _check_category(self):
        """A category is chosen among those of the team; a ticket that moves on keeps its own."""
        for ticket in self:
            # sudo: whoever may change the ticket may not see the teams of the category
            category = ticket.category_id.sudo()
            if category and not category._is_offered_to(ticket.team_id.sudo()):
                raise ValidationError(
                    self.env._(
                        "%(team)s does not use the category %(category)s. Choose one of its own, "
                        "or one for all teams.",
                        team=ticket.team_id.display_name or self.env._("A ticket without team"),
                        category=category.display_name,
                    )
                )

    # ------------------------------------------------------------------ actions

    def action_open_siblings(self):
        """The other open tickets of the same customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.env._("Open Tickets of the Customer")
        action["views"] = [(False, "list"), (False, "form")]
        action["domain"] = self._get_sibling_domain() or [("id", "in", [])]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    # ------------------------------------------------------------------ business

    def _get_sibling_domain(self):
        """Other open tickets of the customer, or of the address while nobody knows who it is."""
        self.ensure_one()
        if self.commercial_partner_id:
            who = ("commercial_partner_id", "=", self.commercial_partner_id.id)
        elif self.email_normalized:
            who = ("email_normalized", "=", self.email_normalized)
        else:
            return []
        return [who, ("closed_at", "=", False), ("id", "!=", self._origin.id)]
