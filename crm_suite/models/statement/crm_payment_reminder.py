from odoo import fields, models
from odoo.tools import is_html_empty


class CrmPaymentReminder(models.Model):
    """The statement of account that goes with a reminder, and the reminder as a letter."""

    _name = "crm.payment.reminder"
    _inherit = ["crm.payment.reminder"]

    letter_address_id = fields.Many2one("res.partner", compute="_compute_letter_address_id")

    def _compute_letter_address_id(self):
        for reminder in self:
            # sudo: who gets the reminders of a customer whom the reader reaches
            partner = reminder.sudo().partner_id
            reminder.letter_address_id = reminder.recipient_id or (
                partner._get_statement_recipient()
            )

    def _prepare_statement_files(self):
        """Attach what is open of the customer in the company of the reminder."""
        self.ensure_one()
        return [
            *super()._prepare_statement_files(),
            self.partner_id._render_statement(self.company_id, lang=self.lang),
        ]

    # ------------------------------------------------------------------
    # Letter
    # ------------------------------------------------------------------

    def _prepare_letter(self):
        """Return what stands in the letter, in the language of whoever gets it."""
        self.ensure_one()
        lang = self.lang or self.partner_id.lang or self.env.lang
        # sudo: names, addresses and bank accounts; the reminder itself is read by its reader
        reminder = self.with_context(lang=lang).sudo()
        level = reminder.level_id
        return {
            "reminder": reminder,
            "lang": lang,
            "direction": reminder._get_message_direction(),
            "date": reminder.date or fields.Date.context_today(self),
            "subject": reminder.subject,
            # what went by e-mail speaks of attachments and answers: no text for paper
            "edited": reminder.is_body_edited
            and not is_html_empty(reminder.edited_body)
            and reminder.body,
            "text": level.letter_text or "",
            "closing": level.letter_closing or "",
            "table": reminder._get_message_table(),
            "banks": self.env["crm.statement.ledger"]._get_bank_accounts(reminder.company_id),
        }

    def _get_letter_name(self):
        if len(self) > 1:
            return self.env._("Letters")
        return self.env._("Letter - %s", self.partner_id.name or "").replace("/", "-")
