from odoo import api, models
from odoo.tools import SQL


class CrmTimelineMessage(models.Model):
    _inherit = "crm.timeline.message"

    @api.model
    def _get_filter(self):
        """A campaign mail that is still queued, or kept, is an event of the campaign."""
        return SQL(
            """%s AND NOT EXISTS (
                   SELECT FROM mail_mail
                    WHERE mail_mail.mail_message_id = message.id
                      AND mail_mail.mailing_id IS NOT NULL)""",
            super()._get_filter(),
        )
