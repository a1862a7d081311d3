from odoo import fields, models
from odoo.exceptions import UserError


class CrmPaymentPromiseCancel(models.TransientModel):
    """Why a promise no longer counts."""

    _name = "crm.payment.promise.cancel"
    _description = "Cancel a Promise to Pay"

    promise_id = fields.Many2one("crm.payment.promise", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        promise = self.promise_id
        promise.check_access("write")
        if promise.state != "open":
            raise UserError(self.env._("Only open promises can be cancelled."))
        if not self.reason.strip():
            raise UserError(self.env._("Say why the promise no longer counts."))
        # sudo: the state of a promise is written by the system only; the right was checked
        promise.sudo()._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
