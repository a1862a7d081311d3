from odoo import models


class CrmPaymentReminder(models.Model):
    _name = "crm.payment.reminder"
    _inherit = ["crm.payment.reminder"]

    def _prepare_statement_files(self):
        """Attach what is open of the customer in the company of the reminder."""
        self.ensure_one()
        lang = self.recipient_id.lang or self.partner_id.lang
        return [
            *super()._prepare_statement_files(),
            self.partner_id._render_statement(self.company_id, lang=lang),
        ]
