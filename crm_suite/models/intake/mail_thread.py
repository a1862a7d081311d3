import logging
import xmlrpc.client
from email.message import Message

import psycopg2

from odoo import api, models
from odoo.tools import email_normalize
from odoo.tools.mail import unfold_references

from ...lib import mail_guard, mail_reader
from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """Mails that core's parser cannot read arrive in a form that it can.

    Core fetches a mail, fails, and marks it as seen or deletes it on the server: every error on
    this way loses a mail of a customer. Good mails pass through unchanged.
    """

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        if isinstance(message, xmlrpc.client.Binary):
            message = bytes(message.data)
        if isinstance(message, str):
            message = message.encode("utf-8")
        if mail_reader.is_too_deep(message):
            _logger.info("Wrapped an incoming mail that nests too deep to be read")
            message = mail_reader.wrap_raw(message)
        return super().message_process(
            model,
            message,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    @api.model
    def message_parse(self, message, save_original=False):
        taken = []
        try:
            mail_reader.ensure_id(message)
            mail_reader.mend_headers(message)
            mail_reader.mend_charsets(message)
            self._limit_recipients(message)
            taken = mail_reader.lighten(message)
            parsed = super().message_parse(message, save_original=save_original)
        except psycopg2.Error:
            raise
        except Exception:
            _logger.info("Wrapped an incoming mail that could not be parsed", exc_info=True)
            message = mail_reader.wrap_message(message)
            self._limit_recipients(message)
            taken = []
            parsed = super().message_parse(message, save_original=save_original)
        parsed["attachments"] = [
            *parsed["attachments"],
            *(self._Attachment(name, content, {"cid": cid}) for name, content, cid in taken),
        ]
        parsed = self._strip_nul(parsed)
        parsed["message_id"] = mail_reader.shorten_id(parsed["message_id"])
        for name in ("email_from", "from"):
            if parsed.get(name):
                parsed[name] = mail_reader.shorten_sender(parsed[name])
        return parsed

    @api.model
    def _limit_recipients(self, message):
        if mail_reader.has_many_recipients(message):
            # sudo: our own addresses must be found, whoever runs the gateway
            domains = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
            mail_reader.limit_recipients(message, set(domains.mapped("name")))

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )
        return self.env["crm.lead"]._settle_mail_routes(message, message_dict, routes, model)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        if self.env.context.get("crm_mail_release") is KEEP_INCOMPLETE:
            return False
        is_loop = super()._detect_loop_sender(message, message_dict, routes)
        lead_routes = [route for route in routes or [] if route[0] == "crm.lead"]
        if is_loop and lead_routes:
            # core drops the mail, and the sender may be a customer in a hurry
            self.env["crm.machine.mail"]._keep(message, message_dict, "loop", lead_routes[0])
        return is_loop

    @api.model
    def _get_mail_machine(self, message, message_dict):
        """Why a mail was written by a machine; None for people's mails.

        :param message: the `email.message.EmailMessage`
        :param message_dict: what core's parser has read
        """
        return mail_guard.machine_reason(message)

    @api.model
    def _detect_is_bounce(self, message, message_dict):
        if super()._detect_is_bounce(message, message_dict):
            return True
        return mail_guard.is_bounce(message, email_normalize(message_dict["email_from"]))

    @api.model
    def _message_parse_extract_bounce(self, email_message, message_dict):
        """Also find the mail that came back when the report is not in the form of RFC 3462."""
        values = super()._message_parse_extract_bounce(email_message, message_dict)
        if not values["is_bounce"]:
            return values
        report = mail_guard.read_report(email_message)
        if not values["bounced_message"]:
            values["bounced_message"] = self._find_bounced_message(email_message, message_dict)
        if not values["bounced_email"] and report and report.recipients:
            values["bounced_email"] = report.recipients[0]
        if values["bounced_email"] and not values["bounced_partner"]:
            values["bounced_partner"] = values["bounced_partner"].search(
                [("email_normalized", "=", email_normalize(values["bounced_email"]))]
            )
        return values

    @api.model
    def _find_bounced_message(self, email_message, message_dict):
        # sudo: whatever the gateway may read, it finds what was sent
        Message = self.env["mail.message"].sudo()
        ids = unfold_references(message_dict["references"] or "")[-10:]
        ids += unfold_references(message_dict["in_reply_to"] or "")[:1]
        body = email_message.get_body(("plain", "html"))
        text = body.get_payload(decode=True) if body and not body.is_multipart() else None
        ids += mail_guard.find_quoted_ids((text or b"").decode("utf-8", "replace"))
        if not ids:
            return Message
        return Message.search([("message_id", "in", ids)], order="id desc", limit=1)

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        report = mail_guard.read_report(email_message)
        if report and report.kind in ("delayed", "delivered", "receipt"):
            # Core takes every report for a failure: who read his mail would count as unreachable
            _logger.info("Mail %s reports no failure", message_dict["message_id"])
            return None
        heard = self._restrict_bounce(message_dict)
        return super()._routing_handle_bounce(email_message, heard)

    def _restrict_bounce(self, message_dict):
        """Return what core may hear of a bounce. Anybody can write that somebody cannot be reached:
        it is believed of those only who got the mail.
        """
        bounced = message_dict["bounced_message"]
        if not bounced:
            return message_dict
        # sudo: who got the mail; the gateway has no rights of its own
        recipients = bounced.sudo().notification_ids.res_partner_id | bounced.sudo().partner_ids
        heard = dict(message_dict, bounced_partner=message_dict["bounced_partner"] & recipients)
        if message_dict["bounced_email"] not in recipients.mapped("email_normalized"):
            heard["bounced_email"] = False
        return heard

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        joined = message_dict.pop("crm_mail_joined", {})
        # What the headers say is needed where the document is made or updated, and core does not
        # pass them on. The object cannot be sent from outside: nobody else can claim to be the
        # gateway
        gateway = self.with_context(
            crm_mail_gateway=KEEP_INCOMPLETE,
            crm_mail_machine=self._get_mail_machine(message, message_dict),
            crm_mail_forged=mail_guard.is_forged(message),
            crm_mail_joined=joined,
        )
        thread_id = super(MailThread, gateway)._message_route_process(message, message_dict, routes)
        for lead_id, why in joined.items():
            # sudo: the gateway notes it, whatever the sender of the mail may write
            self.env["crm.lead"].sudo().browse(lead_id)._note_joined(why)
        return thread_id

    @api.model
    def _strip_nul(self, parsed):
        """Texts of a parsed mail without what PostgreSQL cannot store."""
        cleaned = {}
        for key, value in parsed.items():
            if key == "attachments":
                value = [self._strip_nul_of_attachment(attachment) for attachment in value]
            elif isinstance(value, str):
                # A Markup stays one
                value = type(value)(mail_reader.strip_nul(str(value)))
            cleaned[key] = value
        return cleaned

    @api.model
    def _strip_nul_of_attachment(self, attachment):
        content = attachment.content
        if isinstance(content, str):
            content = mail_reader.strip_nul(content)
        elif isinstance(content, Message):
            # A mail in a mail, which may be too broken for core to write it down
            content = mail_reader.to_bytes(content)
        return attachment._replace(fname=mail_reader.strip_nul(attachment.fname), content=content)
