from odoo import api, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message"]

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("model") == "crm.ticket" for vals in vals_list):
            self._check_outsider()
        return super().create(vals_list)

    def write(self, vals):
        # sudo: of which document they are, which is no secret of whoever may change them
        if not self.env.su and any(message.model == "crm.ticket" for message in self.sudo()):
            self._check_outsider()
        return super().write(vals)

    @api.model
    def _check_outsider(self):
        """Refuse what a customer does to messages of tickets by remote call.

        Core lets him write messages in any name, and change those of which he was notified: ours,
        too. What he does on the pages of the portal is done as superuser, checked there.
        """
        if not self.env.su and self.env.user.share:
            raise AccessError(self.env._("Messages of tickets are written on the ticket."))

    # ------------------------------------------------------------------ business

    def _portal_message_format_attachments(self, attachment_values):
        """Keep the files of a customer from whoever has nothing but a link to his ticket.

        Core takes the bearer of a token for the customer, and gives him what deletes the files.
        """
        values = super()._portal_message_format_attachments(attachment_values)
        if self.model == "crm.ticket" and self.env.user._is_public():
            values.pop("ownership_token", None)
        return values
