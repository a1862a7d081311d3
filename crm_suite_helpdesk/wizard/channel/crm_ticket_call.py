from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.ticket.crm_ticket import PRIORITIES


class CrmTicketCall(models.TransientModel):
    """A customer calls: what he wants is logged, and becomes a ticket or goes to one."""

    _name = "crm.ticket.call"
    _description = "Log a Call"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id")
    phone = fields.Char(related="partner_id.phone")
    direction = fields.Selection(
        [("in", "The customer called us"), ("out", "We called the customer")],
        default="in",
        required=True,
    )
    ticket_id = fields.Many2one(
        "crm.ticket",
        "About Ticket",
        domain="[('commercial_partner_id', '=', commercial_partner_id), "
        "('closed_at', '=', False), ('merged_into_id', '=', False)]",
        help="An open ticket of the customer. Empty: a new ticket is made.",
    )
    open_count = fields.Integer("Open Tickets", compute="_compute_open_count")
    name = fields.Char("Subject")
    note = fields.Html("Notes")
    outcome_id = fields.Many2one("crm.interaction.outcome")
    duration = fields.Float(help="In hours.")
    team_id = fields.Many2one(
        "crm.ticket.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('company_id', '=', company_id)]",
    )
    category_id = fields.Many2one(
        "crm.ticket.category",
        domain="['|', ('team_ids', '=', False), ('team_ids', 'in', team_id)]",
    )
    priority = fields.Selection(PRIORITIES, default="1", required=True)
    is_mine = fields.Boolean("I Take Care of It", default=True)
    is_confirmed = fields.Boolean(
        "Confirm by E-mail",
        help="The customer gets the number of his ticket by e-mail, if the team confirms tickets.",
    )

    @api.depends("partner_id")
    def _compute_open_count(self):
        for call in self:
            customer = call.partner_id.commercial_partner_id
            call.open_count = customer and self.env["crm.ticket"].search_count(
                [("commercial_partner_id", "=", customer.id), ("closed_at", "=", False)]
            )

    @api.depends("company_id")
    def _compute_team_id(self):
        for call in self:
            call.team_id = self.env["crm.ticket.team"]._get_default_team(call.company_id)

    def action_log(self):
        """Log the call, and open the ticket that it is about."""
        self.ensure_one()
        Interaction = self.env["crm.interaction"]
        values = {
            "name": self.name,
            "channel": "phone",
            "date": self.env["crm.ticket"]._now(),
            "direction": self.direction,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "note": self.note,
            "outcome_id": self.outcome_id.id,
            "duration": self.duration,
            "user_id": self.env.uid,
        }
        ticket = self.ticket_id
        if ticket:
            ticket.check_access("write")
            Interaction.create({**values, "ticket_id": ticket.id})
        elif not (self.name or "").strip():
            raise UserError(self.env._("Give the new ticket a subject: what did he call about?"))
        else:
            call = Interaction.create(values)
            ticket = call._make_ticket(
                team_id=self.team_id.id,
                category_id=self.category_id.id,
                priority=self.priority,
                user_id=self.is_mine and self.env.uid,
            )
            if self.is_confirmed:
                ticket._customer_opened()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": ticket.id,
            "view_mode": "form",
        }
