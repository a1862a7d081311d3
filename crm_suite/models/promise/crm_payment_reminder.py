from odoo import models


class CrmPaymentReminder(models.Model):
    """A promise is given when the customer answers a reminder, or before one goes."""

    _name = "crm.payment.reminder"
    _inherit = ["crm.payment.reminder", "crm.promise.mixin"]

    def _prepare_promise_context(self):
        return {
            **super()._prepare_promise_context(),
            "default_partner_id": self.partner_id.id,
            "default_contact_id": (self.recipient_id or self.partner_id).id,
            "default_company_id": self.company_id.id,
        }
