from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.lifecycle.res_partner import HOLD_DAYS


class CrmLifecycleChange(models.TransientModel):
    """Customers are moved to another stage by hand, with the reason."""

    _name = "crm.lifecycle.change"
    _description = "Move Customers to Another Stage"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._get_chosen_customers(),
    )
    stage_id = fields.Many2one(
        "crm.lifecycle.stage", string="Move to", required=True, ondelete="cascade"
    )
    reason = fields.Text(help="Kept with the move.")
    hold_until = fields.Date(
        string="Hold until",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=HOLD_DAYS),
        help="Until this day only an order or a won opportunity moves the customers by itself."
        " Empty: the rules go on at once.",
    )

    @api.model
    def _get_chosen_customers(self):
        if self.env.context.get("active_model") != "res.partner":
            return self.env["res.partner"]
        chosen = self.env["res.partner"].browse(self.env.context.get("active_ids") or [])
        return chosen.commercial_partner_id

    def action_confirm(self):
        """Move them, with the rights of the user on each of them."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        customers = self.partner_ids.commercial_partner_id
        if not customers:
            raise UserError(self.env._("Choose at least one customer."))
        customers.with_context(lifecycle_reason=reason).write(
            {"lifecycle_stage_id": self.stage_id.id, "lifecycle_hold_until": self.hold_until}
        )
        return {"type": "ir.actions.act_window_close"}
