"""What customers write in the conversation of a ticket, and the files that they send with it."""

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.addons.portal.controllers.thread import PortalThreadController

from ..lib.upload import MAX_FILE_MB, clean_name

RECIPIENTS = ("partner_ids", "partner_emails", "role_ids")


class HelpdeskThreadController(PortalThreadController):
    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        if thread._name != "crm.ticket" or not request.env.user.share:
            return super()._prepare_message_data(post_data, thread=thread, **kwargs)
        # A customer writes to us, and to nobody whom he names
        heard = {name: value for name, value in post_data.items() if name not in RECIPIENTS}
        data = super()._prepare_message_data(heard, thread=thread, **kwargs)
        is_new = bool(kwargs.get("from_create"))
        if is_new:
            # It is no note among ourselves, and no log
            data.update(message_type="comment", subtype_xmlid="mail.mt_comment")
        partner = request.env.user.partner_id
        author = partner.browse(data.get("author_id") or partner.id)
        thread._check_said(author, data.get("body"), data.get("attachment_ids") or (), is_new)
        return data


class HelpdeskAttachmentController(AttachmentController):
    @route()
    def mail_attachment_upload(self, ufile, thread_id, thread_model, is_pending=False, **kwargs):
        if thread_model != "crm.ticket" or not request.env.user.share:
            return super().mail_attachment_upload(
                ufile, thread_id, thread_model, is_pending, **kwargs
            )
        if isinstance(ufile, str):
            # A field of text, which no browser of ours sends
            return request.make_json_response({"error": request.env._("This is no file.")})
        ticket = self._get_thread_with_access_for_post(thread_model, thread_id, **kwargs)
        if ticket:
            ufile.filename = clean_name(ufile.filename or "")
            size = len(ufile.stream.read(MAX_FILE_MB * 1024 * 1024 + 1))
            ufile.stream.seek(0)
            try:
                ticket._check_upload(ufile.filename, size)
            except UserError as error:
                return request.make_json_response({"error": str(error)})
        # A file comes with a message, or not at all
        answer = super().mail_attachment_upload(ufile, thread_id, thread_model, "true", **kwargs)
        ticket._mark_upload((answer.json or {}).get("data", {}).get("attachment_id"))
        return answer
