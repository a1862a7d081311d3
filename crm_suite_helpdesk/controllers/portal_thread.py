from odoo.http import request

from odoo.addons.portal.controllers.thread import PortalThreadController

RECIPIENTS = ("partner_ids", "partner_emails", "role_ids")


class HelpdeskThreadController(PortalThreadController):
    """What customers write in the conversation of a ticket."""

    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        if thread._name != "crm.ticket" or not request.env.user.share:
            return super()._prepare_message_data(post_data, thread=thread, **kwargs)
        # A customer writes to us, and to nobody whom he names
        heard = {name: value for name, value in post_data.items() if name not in RECIPIENTS}
        data = super()._prepare_message_data(heard, thread=thread, **kwargs)
        if kwargs.get("from_create"):
            # It is no note among ourselves, and no log
            data.update(message_type="comment", subtype_xmlid="mail.mt_comment")
        return data
