from odoo import api, fields, models

SALES = "sales_team.group_sale_salesman"


class CrmTicketToLead(models.TransientModel):
    """A chance to sell something that shows in a ticket goes to sales."""

    _name = "crm.ticket.to.lead"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Make an Opportunity of a Ticket"

    ticket_id = fields.Many2one("crm.ticket", required=True, ondelete="cascade")
    name = fields.Char(
        "Subject",
        compute="_compute_name",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    is_sales = fields.Boolean(compute="_compute_is_sales")
    type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")],
        "Becomes",
        default="opportunity",
        required=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user.has_group(SALES) and self.env.user,
    )
    team_id = fields.Many2one("crm.team", "Sales Team")
    is_solved = fields.Boolean(
        "Solve the Ticket", help="Nothing else is to be done for the customer in this ticket."
    )

    @api.depends("ticket_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.ticket_id.name

    @api.depends_context("uid")
    def _compute_is_sales(self):
        self.is_sales = self.env.user.has_group(SALES)

    def action_convert(self):
        self.ensure_one()
        values = {"name": self.name, "type": self.type}
        if self.is_sales:
            values["user_id"] = self.user_id.id
            if self.team_id:
                values["team_id"] = self.team_id.id
        else:
            # Whom it is for is up to sales
            values["user_id"] = False
        lead = self.ticket_id._make_lead(values, self.is_solved)
        if not lead.sudo(False).has_access("read"):
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("Handed over to sales."),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": lead.id,
            "view_mode": "form",
        }
