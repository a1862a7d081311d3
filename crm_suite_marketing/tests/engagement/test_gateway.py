from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EngagementCommon

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com
To: bounce@test.example.com
Subject: Undelivered Mail
Message-ID: <{number}@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type={type}; boundary="XX"

--XX
Content-Type: text/plain

Something happened.

--XX
Content-Type: message/{type}

{fields}

--XX
Content-Type: message/rfc822

Message-ID: {original}
Subject: Spring offer

Hello
--XX--
"""
ANSWER = """\
From: Amal <amal@customer.example.com>
To: marketer@test.example.com
Subject: {subject}
Message-ID: <{number}@customer.example.com>
In-Reply-To: {original}
{more}Content-Type: text/plain

Hello
"""


@tagged("post_install", "-at_install")
class TestGateway(EngagementCommon):
    """What comes back by mail."""

    def setUp(self):
        super().setUp()
        self.number = 0

    def _receive(self, text, **values):
        self.number += 1
        values = {"number": f"evt-{self._testMethodName}-{self.number}", **values}
        raw = text.format(**values)
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process("res.partner", raw.encode())
        self.env.invalidate_all()

    def _bounce(self, original, status="5.1.1", action="failed", said="", address=None):
        fields_ = (
            "Reporting-MTA: dns; mx.example.com\n\n"
            f"Final-Recipient: rfc822; {address or 'amal@customer.example.com'}\n"
            f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"
        )
        self._receive(REPORT, type="delivery-status", fields=fields_, original=original)

    def _complain(self, original):
        self._receive(
            REPORT,
            type="feedback-report",
            fields="Feedback-Type: abuse\nUser-Agent: Provider/1\nVersion: 1",
            original=original,
        )

    def _answer(self, original, subject="Re: Spring offer", more=""):
        self._receive(ANSWER, original=original, subject=subject, more=more)

    def _is_blacklisted(self, address="amal@customer.example.com"):
        return bool(self.env["mail.blacklist"].search_count([("email", "=", address)]))

    def _kinds(self, delivery):
        return self._events_of(delivery).mapped("kind")

    # ------------------------------------------------------------------
    # Bounces
    # ------------------------------------------------------------------

    def test_hard_bounce(self):
        self._bounce(self._message_id(self.to_amal), said="550 5.1.1 no such user")
        self.assertEqual(self._kinds(self.to_amal), ["bounce_hard"])
        trace = self.to_amal.trace_id
        self.assertEqual((trace.trace_status, trace.bounce_class), ("bounce", "bounce_hard"))
        self.assertEqual(trace.failure_type, "mail_bounce")
        self.assertTrue(self._is_blacklisted())
        listed = self.env["mail.blacklist"].search([("email", "=", "amal@customer.example.com")])
        self.assertIn("no such user", str(listed.message_ids.mapped("body")))
        # a person takes it off again
        listed.with_user(self.marketer)._remove("amal@customer.example.com")
        self._bounce(self._message_id(self.to_amal), said="550 5.1.1 no such user")
        self.assertFalse(self._is_blacklisted())

    def test_a_delay_is_no_bounce(self):
        self._bounce(self._message_id(self.to_amal), "4.4.1", action="delayed")
        self.assertFalse(self._kinds(self.to_amal))
        self.assertEqual(self.to_amal.trace_id.trace_status, "sent")

    def test_a_receipt_of_the_server(self):
        self._bounce(self._message_id(self.to_amal), "2.0.0", action="delivered")
        self.assertEqual(self._kinds(self.to_amal), ["delivered"])
        self.assertEqual(self.to_amal.trace_id.trace_status, "sent")
        self.assertFalse(self._is_blacklisted())

    def test_soft_bounces(self):
        now = fields.Datetime.now()
        self._bounce(self._message_id(self.to_amal), "5.2.2", said="552 5.2.2 mailbox full")
        self.assertEqual(self._kinds(self.to_amal), ["bounce_soft"])
        self.assertFalse(self._is_blacklisted())
        self._note_bounces(self.to_amal, now - timedelta(weeks=9), now - timedelta(weeks=8))
        self.assertFalse(self._is_blacklisted(), "they lapse")
        self._note_bounces(self.to_amal, now - timedelta(days=2), now - timedelta(days=1))
        self.assertTrue(self._is_blacklisted())

    def test_whoever_opens_has_a_working_address(self):
        now = fields.Datetime.now()
        self._note_bounces(self.to_amal, now - timedelta(days=3), now - timedelta(days=2))
        self._visit(self.to_amal)
        self._note_bounces(self.to_amal, now - timedelta(days=1))
        self.assertFalse(self._is_blacklisted())

    def _note_bounces(self, delivery, *dates):
        for date in dates:
            self.events._record(
                [
                    {
                        "event_key": f"test:{delivery.id}:{date}",
                        "kind": "bounce_soft",
                        "outbox_id": delivery.id,
                        "ts": date,
                    }
                ]
            )

    def test_forged_bounces_do_nothing(self):
        """Anybody can send a report (trap 11)."""
        mine = self._message_id(self.to_amal)
        at = mine.index("@")
        letter = "A" if mine[at - 1] != "A" else "B"
        forged = f"{mine[: at - 1]}{letter}{mine[at:]}"
        for original in (forged, "<crm-x@test.example.com>", "<anything@example.com>"):
            for _time in range(6):
                self._bounce(original)
        self.assertFalse(self.events.search([("mailing_id", "=", self.mailing.id)]))
        self.assertFalse(self._is_blacklisted())
        self.assertFalse(self.amal.message_bounce)

    def test_who_got_a_message_blames_nobody_else(self):
        self._bounce(self._message_id(self.to_emre), address="amal@customer.example.com")
        self.assertFalse(self._is_blacklisted())
        self.assertTrue(self._is_blacklisted("emre@customer.example.com"))

    def test_messages_of_core(self):
        trace = self.to_emre.trace_id
        trace.message_id = "<core.evt@test.example.com>"
        self._bounce("<core.evt@test.example.com>")
        self.assertEqual(trace.bounce_class, "bounce_hard")
        self.assertTrue(self._is_blacklisted("emre@customer.example.com"))

    def test_other_mails_of_ours_bounce_for_their_recipients_only(self):
        values = {"body": "Your quotation", "message_type": "comment"}
        message = self.amal.message_post(partner_ids=self.amal.ids, **values)
        self._bounce(message.message_id, address="emre@customer.example.com")
        self.assertFalse(self.emre.message_bounce)
        self._bounce(message.message_id, address="amal@customer.example.com")
        self.assertEqual(self.amal.message_bounce, 1)

    def test_complaint(self):
        self._complain(self._message_id(self.to_amal))
        self.assertEqual(self._kinds(self.to_amal), ["complaint"])
        self.assertTrue(self.to_amal.trace_id.complaint_datetime)
        self.assertEqual(self.to_amal.trace_id.trace_status, "sent")
        entry = self.env["crm.consent.entry"].search([("mailing_id", "=", self.mailing.id)])
        self.assertEqual((entry.state, entry.source), ("withdrawn", "complaint"))
        refusals = self.env["crm.consent"]._get_refusals(["amal@customer.example.com"])
        self.assertEqual(refusals, {"amal@customer.example.com": "withdrawn"})

    def test_a_report_that_comes_twice(self):
        for _time in range(2):
            self._complain(self._message_id(self.to_amal))
            self._bounce(self._message_id(self.to_emre))
        self.assertEqual(self._kinds(self.to_amal), ["complaint"])
        self.assertEqual(self._kinds(self.to_emre), ["bounce_hard"])

    def test_an_uncertain_message_has_gone(self):
        self.env.cr.execute(
            "UPDATE crm_outbox SET state = 'uncertain', sent_at = NULL WHERE id = %s",
            (self.to_amal.id,),
        )
        self.to_amal.trace_id.trace_status = "error"
        self.env.flush_all()
        self.env.invalidate_all()
        self._answer(self._message_id(self.to_amal))
        self.assertEqual(self.to_amal.state, "sent")
        self.assertEqual(self.to_amal.trace_id.trace_status, "reply")

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def test_answer(self):
        self._answer(self._message_id(self.to_amal))
        self.assertEqual(self._kinds(self.to_amal), ["reply"])
        trace = self.to_amal.trace_id
        self.assertEqual(trace.trace_status, "reply")
        self.assertTrue(trace.reply_datetime)

    def test_answers_of_programs(self):
        """An absence is no answer (trap 12)."""
        original = self._message_id(self.to_amal)
        self._answer(original, more="Auto-Submitted: auto-replied\n")
        self._answer(original, subject="Automatic reply: Spring offer")
        self._answer(original, subject="رد تلقائي: عرض الربيع")
        self.assertEqual(set(self._kinds(self.to_amal)), {"auto_reply"})
        trace = self.to_amal.trace_id
        self.assertEqual(trace.trace_status, "sent")
        self.assertTrue(trace.auto_reply_datetime)
        self.assertFalse(trace.reply_datetime)

    def test_answers_to_core_and_to_nothing(self):
        trace = self.to_emre.trace_id
        trace.message_id = "<core.evt@test.example.com>"
        self._answer("<core.evt@test.example.com>", more="Auto-Submitted: auto-replied\n")
        self.assertEqual(trace.trace_status, "sent")
        self._answer("<core.evt@test.example.com>")
        self.assertEqual(trace.trace_status, "reply")
        self._answer("<something@else.example.com>")
        self.assertFalse(self._events_of(self.to_amal))
