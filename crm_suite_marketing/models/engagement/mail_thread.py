import hashlib
import logging

from odoo import SUPERUSER_ID, api, models

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from ...lib import delivery_token, mail_report

_logger = logging.getLogger(__name__)

TEXT_LENGTH = 500
TRIES = 5


class MailThread(models.AbstractModel):
    """Mails that come in: bounces, complaints and answers are told apart, and belong to a message
    that was really sent. Whoever only claims that something bounced changes nothing.
    """

    _inherit = "mail.thread"

    # ------------------------------------------------------------------
    # Bounces and complaints
    # ------------------------------------------------------------------

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        report = mail_report.read_report(email_message)
        if report is None:
            # no report: what servers write in prose, or an answer that went to the wrong address
            self._note_answer(email_message, message_dict, only_automatic=True)
        elif messages := self._find_campaign_messages(report.message_ids):
            self._note_report(report, messages)
            return None
        if not message_dict["bounced_message"]:
            _logger.info(
                "Bounce %s is about no message of ours, and changes nothing",
                message_dict.get("message_id"),
            )
            return None
        # another mail of ours: of a ticket, say
        return super()._routing_handle_bounce(email_message, message_dict)

    def _note_report(self, report, messages):
        if not report.kind:
            return
        facts = {"status": report.status, "text": report.text[:TEXT_LENGTH]}
        self._note_events(
            [
                {
                    # a server that reports the same message again says nothing new
                    "event_key": f"{report.kind}:{name[0]}{number}:{report.status}",
                    "kind": report.kind,
                    "evidence": {key: value for key, value in facts.items() if value},
                    name: number,
                }
                for name, number in messages
            ]
        )

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if routes:
            self._note_answer(message, message_dict)
        # Odoo counts whatever has a reference, programs as well
        thread = self.with_context(engagement_is_noted=True)
        return super(MailThread, thread)._message_route_process(message, message_dict, routes)

    def _note_answer(self, message, message_dict, only_automatic=False):
        messages = self._find_campaign_messages(mail_report.find_references(message))
        if not messages:
            return
        sign = mail_report.is_automatic(message)
        if only_automatic and not sign:
            return
        kind = "auto_reply" if sign else "reply"
        answer = hashlib.sha256((message_dict.get("message_id") or "").encode()).hexdigest()[:16]
        name, number = messages[0]
        self._note_events(
            [
                {
                    "event_key": f"{kind}:{name[0]}{number}:{answer}",
                    "kind": kind,
                    "evidence": {"sign": sign} if sign else {},
                    name: number,
                }
            ]
        )

    def _note_events(self, values_list):
        """Note what came by mail. Where somebody else writes the same just now, it is noted once
        this mail is done: its way goes on, and neither is lost.
        """
        # conflicts of others are not ours
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env["crm.engagement"]._record(values_list)
        except RETRIED:
            self.env.invalidate_all(flush=False)
            registry = self.env.registry
            self.env.cr.postcommit.add(lambda: _note_afterwards(registry, values_list))

    # ------------------------------------------------------------------
    # Messages of campaigns
    # ------------------------------------------------------------------

    def _find_campaign_messages(self, message_ids):
        """Return the messages of mailings that these Message-IDs name.

        Ours are signed; those of Odoo are known to nobody but who got the message.

        :return: list of (outbox_id or trace_id, number), in the order of the Message-IDs
        """
        key = self.env["crm.consent"]._get_key()
        signed = {one: delivery_token.read_message_id(key, one) for one in message_ids[:32]}
        # sudo: the gateway has no rights of its own
        known = self.env["crm.outbox"].sudo().browse(filter(None, signed.values())).exists()
        others = [one for one, number in signed.items() if number not in known.ids]
        traces = {}
        if others:
            # sudo: the same
            domain = [("message_id", "in", others), ("is_test_trace", "=", False)]
            found = self.env["mailing.trace"].sudo().search(domain, limit=100)
            traces = {trace.message_id: trace.id for trace in found}
        messages = []
        for one, number in signed.items():
            if number in known.ids:
                messages.append(("outbox_id", number))
            elif one in traces:
                messages.append(("trace_id", traces[one]))
        return list(dict.fromkeys(messages))


def _note_afterwards(registry, values_list):
    for _number in range(TRIES):
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["crm.engagement"]._record(values_list)
        except RETRIED:
            continue
        return
    _logger.error("These events of mailings are not noted: %s", values_list)
