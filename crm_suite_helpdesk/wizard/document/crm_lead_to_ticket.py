from odoo import api, fields, models

from ...models.ticket.crm_ticket import PRIORITIES


class CrmLeadToTicket(models.TransientModel):
    """Somebody who wanted help, not to buy: his lead becomes a ticket."""

    _name = "crm.lead.to.ticket"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Make a Ticket of a Lead"
    _dialog_subject = "lead_id"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    name = fields.Char(
        "Subject",
        compute="_compute_name",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="May stay empty: answers go to the address of the lead.",
    )
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
    is_lost = fields.Boolean(
        "Take It Out of the Pipeline",
        compute="_compute_is_lost",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The lead or opportunity is marked as lost, so that nobody goes on selling.",
    )

    @api.depends("lead_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.lead_id.company_id or self.env.company

    @api.depends("lead_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.lead_id.name

    @api.depends("lead_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.lead_id.partner_id

    @api.depends("lead_id")
    def _compute_is_lost(self):
        """An opportunity on which somebody works goes on, unless he says otherwise."""
        for wizard in self:
            wizard.is_lost = wizard.lead_id.type == "lead"

    @api.depends("company_id")
    def _compute_team_id(self):
        for wizard in self:
            wizard.team_id = self.env["crm.ticket.team"]._get_default_team(wizard.company_id)

    def action_convert(self):
        self.ensure_one()
        ticket = self.lead_id._make_ticket(
            {
                "name": self.name,
                "partner_id": self.partner_id.id,
                "team_id": self.team_id.id,
                "company_id": self.company_id.id,
                "category_id": self.category_id.id,
                "priority": self.priority,
            },
            self.is_lost,
        )
        if not ticket.has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": ticket.id,
            "view_mode": "form",
        }
