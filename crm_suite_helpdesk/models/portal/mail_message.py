from odoo import models


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message"]

    def _portal_message_format_attachments(self, attachment_values):
        """Keep the files of a customer from whoever has nothing but a link to his ticket.

        Core takes the bearer of a token for the customer, and gives him what deletes the files.
        """
        values = super()._portal_message_format_attachments(attachment_values)
        if self.model == "crm.ticket" and self.env.user._is_public():
            values.pop("ownership_token", None)
        return values
