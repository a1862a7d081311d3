from odoo import models

from ...lib.mail_journey import MailJourney


class MailAlias(models.Model):
    _inherit = "mail.alias"

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        # A mail that failed waits in the quarantine: its sender is not told that it was lost
        if set_invalid and isinstance(self.env.context.get("crm_mail_journey"), MailJourney):
            self.alias_status = "invalid"
            return
        super()._alias_bounce_incoming_email(message, message_dict, set_invalid=set_invalid)
