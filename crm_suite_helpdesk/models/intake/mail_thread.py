from odoo import api, models

from odoo.addons.crm_suite.models.mixins.crm_customizable_mixin import KEEP_INCOMPLETE

from ...lib import mail_guard


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        # What the headers say is needed where the document is updated, and core does not pass
        # them on. The object cannot be sent from outside: nobody else can claim to be the gateway
        return super(
            MailThread,
            self.with_context(
                crm_mail_gateway=KEEP_INCOMPLETE,
                crm_mail_machine=mail_guard.machine_reason(message),
            ),
        )._message_route_process(message, message_dict, routes)
