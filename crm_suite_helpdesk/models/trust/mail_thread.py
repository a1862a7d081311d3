import logging

from odoo import api, models
from odoo.tools import email_normalize, email_split

from odoo.addons.crm_suite.lib import mail_guard
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ..intake.crm_ticket import OpenedTickets
from .verdict import VERDICT, get_verdict

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """Mails for tickets are judged before they are stored."""

    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )
        return self.env["crm.ticket"]._settle_ticket_routes(message, message_dict, routes)

    @api.model
    def _get_mail_machine(self, message, message_dict):
        reason = super()._get_mail_machine(message, message_dict)
        if reason:
            return reason
        verdict = message_dict.get(VERDICT) or get_verdict(self.env)
        return "own-address" if verdict.is_own_address else None

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        own = [route for route in routes or () if route[0] == "crm.ticket"]
        if not own:
            return super()._detect_loop_sender(message, message_dict, routes)
        others = [route for route in routes if route[0] != "crm.ticket"]
        if self._is_ticket_loop(message, message_dict, own[0]):
            # What became neither a ticket nor a message is kept in quarantine (room `quarantine/`)
            routes[:] = others
            if not others:
                return True
        return bool(others) and super()._detect_loop_sender(message, message_dict, others)

    @api.model
    def _is_ticket_loop(self, message, message_dict, route):
        """Whether the sender of a mail for tickets wrote too much lately; he is told nothing."""
        sender = email_normalize(message_dict.get("email_from") or "")
        if not sender or self.env.context.get("crm_mail_retry") is KEEP_INCOMPLETE:
            return False
        is_machine = bool(self._get_mail_machine(message, message_dict))
        Sender = self.env["crm.ticket.sender"]
        if not Sender._count_mail(sender[:320], route[1] or 0, is_machine):
            return False
        # sudo: the gateway may run as anybody
        Allowed = self.env["mail.gateway.allowed"].sudo()
        if Allowed.search_count([("email_normalized", "=", sender)], limit=1):
            return False
        _logger.info("Too many mails of one sender: %s", message_dict["message_id"])
        return True

    @api.model
    def _message_parse_post_process(self, message, message_dict, routes):
        if VERDICT not in message_dict or any(route[0] != "crm.ticket" for route in routes or ()):
            return super()._message_parse_post_process(message, message_dict, routes)
        # The author is known already; who else is named is looked up without our own addresses
        named = [email_normalize(e) or e for e in email_split(message_dict["recipients"] or "")]
        listed, filtered = (
            {
                email_normalize(email) or email
                for key in keys
                for email in email_split(message_dict.get(key) or "")
            }
            for keys in (("to", "cc"), ("to_filtered", "cc_filtered"))
        )
        emails = [email for email in dict.fromkeys(named) if email not in listed - filtered]
        partner_ids = message_dict.get("partner_ids")
        verdict = message_dict[VERDICT]
        if emails and routes and not partner_ids and not (verdict.reason or verdict.is_unheard):
            ticket = self.env["crm.ticket"].browse(routes[0][1] or ())
            partner_ids = ticket._partner_find_from_emails_single(emails, no_create=True).ids
        return {"author_id": message_dict["author_id"], "partner_ids": partner_ids}

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        verdict = message_dict.pop(VERDICT, None)
        if verdict is None:
            return super()._message_route_process(message, message_dict, routes)
        opened = OpenedTickets()
        gateway = self.with_context(**{VERDICT: verdict}, crm_mail_opened=opened)
        thread_id = super(MailThread, gateway)._message_route_process(message, message_dict, routes)
        for ticket, forwarded in opened:
            if forwarded:
                # sudo: told by the robot, as mails are
                ticket.with_user(self.env.ref("base.user_root")).sudo()._post_forwarded(forwarded)
            if ticket._is_persons_mail() and ticket.stage_type != "spam":
                ticket._customer_opened()
        return thread_id

    # ------------------------------------------------------------------ mail that came back

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        bounced = message_dict["bounced_message"]
        report = mail_guard.read_report(email_message)
        ticket = self.env["crm.ticket"]
        if bounced and bounced.model == ticket._name and bounced.res_id:
            # sudo: a server tells it, who has no rights here
            ticket = ticket.sudo().browse(bounced.res_id).exists()
        result = super()._routing_handle_bounce(email_message, message_dict)
        if ticket and not self._is_ticket_loop(email_message, message_dict, (0, ticket.id)):
            ticket._register_report(message_dict, report)
        return result

    @api.model
    def _routing_create_bounce_email(self, email_from, body_html, message, **mail_values):
        if mail_guard.machine_reason(message):
            # Robots would answer each other (RFC 3834)
            _logger.info("A mail of a machine was refused, and is not answered")
            return None
        return super()._routing_create_bounce_email(email_from, body_html, message, **mail_values)
