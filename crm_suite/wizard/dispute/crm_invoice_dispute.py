from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmInvoiceDispute(models.TransientModel):
    """The small dialog that marks invoices as disputed, or settles their disputes."""

    _name = "crm.invoice.dispute"
    _description = "Dispute an Invoice"

    move_ids = fields.Many2many(
        "account.move", "crm_invoice_dispute_move_rel", "dispute_id", "move_id", string="Invoices"
    )
    is_settlement = fields.Boolean()
    reason_id = fields.Many2one("crm.dispute.reason", ondelete="cascade")
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users",
        string="To Be Settled by",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Gets a to-do.",
    )
    invoice_names = fields.Char(string="About", compute="_compute_invoice_names")

    @api.depends("move_ids")
    def _compute_invoice_names(self):
        for wizard in self:
            # sudo: Odoo hides the invoices of colleagues; the customers are checked
            moves = wizard.sudo().move_ids._origin
            moves.with_env(self.env)._check_may_dispute()
            wizard.invoice_names = ", ".join(moves.mapped("name"))

    def action_confirm(self):
        self.ensure_one()
        # sudo: as above; the methods check the right on each invoice
        moves = self.sudo().move_ids.with_env(self.env)
        if self.is_settlement:
            moves._settle_dispute(self.note)
        elif not self.reason_id:
            raise UserError(self.env._("Choose why the customer does not accept the invoice."))
        else:
            moves._dispute(self.reason_id, self.note, self.user_id)
        return {"type": "ir.actions.act_window_close"}
