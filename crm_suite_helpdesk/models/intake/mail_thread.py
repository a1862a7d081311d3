from odoo import api, models

from ...lib import mail_guard


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        # What the headers say is needed where the document is updated, and core does not pass
        # them on
        return super(
            MailThread,
            self.with_context(
                crm_mail_gateway=True, crm_mail_machine=mail_guard.machine_reason(message)
            ),
        )._message_route_process(message, message_dict, routes)
