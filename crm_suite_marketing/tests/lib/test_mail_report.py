import email
import email.policy

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import mail_report

REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: bounce@test.example.com
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type={type}; boundary="XX"

--XX
Content-Type: text/plain

Something happened.

--XX
Content-Type: message/{type}

{fields}

--XX
Content-Type: {original}

Message-ID: <crm-abc@test.example.com>
Subject: Spring offer

Hello
--XX--
"""


def parse(text, policy=email.policy.SMTP):
    return email.message_from_string(text, policy=policy)


def dsn(action, status, code="", original="message/rfc822"):
    fields = (
        "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; a@b.example\n"
        f"Action: {action}\nStatus: {status}"
    )
    if code:
        fields += f"\nDiagnostic-Code: smtp; {code}"
    return parse(REPORT.format(type="delivery-status", fields=fields, original=original))


@tagged("post_install", "-at_install")
class TestReports(BaseCase):
    """What mail servers write back."""

    def kind(self, *args):
        return mail_report.read_report(dsn(*args)).kind

    def test_bounces(self):
        self.assertEqual(self.kind("failed", "5.1.1"), "bounce_hard")
        self.assertEqual(self.kind("failed", "4.4.1"), "bounce_soft")
        self.assertEqual(self.kind("failed", "5.2.2", "552 5.2.2 mailbox full"), "bounce_soft")
        self.assertEqual(self.kind("failed", "5.7.1", "550 5.7.1 spam"), "bounce_soft")
        self.assertEqual(self.kind("failed", "5.0.0", "550 5.1.1 no such user"), "bounce_hard")
        self.assertEqual(self.kind("failed", "", "550 no such user"), "bounce_hard")
        self.assertEqual(self.kind("failed", "nonsense"), "bounce_soft")

    def test_what_is_no_bounce(self):
        for action in ("delayed", "expanded", ""):
            self.assertIsNone(self.kind(action, "4.4.1"), action)

    def test_receipts_of_servers(self):
        for action in ("delivered", "Relayed"):
            self.assertEqual(self.kind(action, "2.1.5"), "delivered", action)

    def test_the_message_that_it_is_about(self):
        for original in ("message/rfc822", "text/rfc822-headers"):
            for policy in (email.policy.SMTP, email.policy.compat32):
                message = parse(dsn("failed", "5.1.1", "", original).as_string(), policy)
                report = mail_report.read_report(message)
                self.assertEqual(report.message_ids, ("<crm-abc@test.example.com>",))
                self.assertEqual(report.status, "5.1.1")

    def test_complaints(self):
        def complaint(kind):
            fields = f"Feedback-Type: {kind}\nUser-Agent: Provider/1\nVersion: 1"
            text = REPORT.format(type="feedback-report", fields=fields, original="message/rfc822")
            return mail_report.read_report(parse(text))

        self.assertEqual(complaint("abuse").kind, "complaint")
        self.assertEqual(complaint("abuse").message_ids, ("<crm-abc@test.example.com>",))
        self.assertIsNone(complaint("not-spam").kind)

    def test_receipts_are_nothing(self):
        fields = "Disposition: manual-action/MDN-sent-manually; displayed"
        text = REPORT.format(
            type="disposition-notification", fields=fields, original="message/rfc822"
        )
        self.assertIsNone(mail_report.read_report(parse(text)).kind)
        self.assertIsNone(mail_report.read_report(parse("Subject: Hi\n\nHello")))

    @given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
    def test_nothing_breaks_it(self, action, status, code):
        fields = f"Action: {action}\nStatus: {status}\nDiagnostic-Code: {code}"
        text = REPORT.format(type="delivery-status", fields=fields, original="message/rfc822")
        raw = text.encode("utf-8", "surrogatepass")
        report = mail_report.read_report(email.message_from_bytes(raw, policy=email.policy.SMTP))
        self.assertIn(getattr(report, "kind", None), (None, "bounce_hard", "bounce_soft"))


@tagged("post_install", "-at_install")
class TestAnswers(BaseCase):
    """Whether somebody answered, or his program did."""

    def sign(self, headers):
        return mail_report.is_automatic(parse(f"From: a@b.example\n{headers}\n\nHello"))

    def test_programs(self):
        for headers, sign in (
            ("Auto-Submitted: auto-replied", "auto_submitted"),
            ("Auto-Submitted: auto-generated; x", "auto_submitted"),
            ("X-Auto-Response-Suppress: All", "auto_suppress"),
            ("Precedence: auto_reply", "precedence"),
            ("Precedence: bulk", "precedence"),
            ("Return-Path: <>", "no_return_path"),
            ("X-Autoreply: yes", "auto_header"),
            ("Subject: Automatic reply: Spring offer", "subject"),
            ("Subject: Out of Office: Spring offer", "subject"),
            ("Subject: Re: Out-of-office", "subject"),
            ("Subject: رد تلقائي: عرض الربيع", "subject"),
            ("Subject: خارج المكتب", "subject"),
            ("Subject: =?utf-8?b?2LHYryDYqtmE2YLYp9im2Yo=?=", "subject"),
        ):
            self.assertEqual(self.sign(headers), sign, headers)

    def test_people(self):
        for headers in (
            "Subject: Re: Spring offer",
            "Auto-Submitted: no",
            "Return-Path: <a@b.example>",
            "Subject: Re: automatic coffee machines",
            "Subject: رد: عرض الربيع",
            "Precedence: list",
        ):
            self.assertEqual(self.sign(headers), "", headers)

    def test_references(self):
        message = parse("References: <one@a>\n <two@b>\nIn-Reply-To: <two@b>\n\nHello")
        self.assertEqual(mail_report.find_references(message), ("<two@b>", "<one@a>"))
        self.assertEqual(mail_report.find_references(parse("Subject: x\n\nHello")), ())


@tagged("post_install", "-at_install")
class TestRefusals(BaseCase):
    """Answers of real servers to RCPT, from their documentation and from logs."""

    def test_whom_it_is_about(self):
        hard, soft = "bounce_hard", "bounce_soft"
        for said, kind in (
            ("550 5.1.1 The email account that you tried to reach does not exist", hard),
            ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", hard),
            ("550 No such user", hard),
            ("550 Requested action not taken: mailbox unavailable", hard),
            ("553 5.3.0 <a@b.example>... User unknown", hard),
            ("552 5.2.2 Mailbox full", soft),
            ("550 5.2.1 The email account that you tried to reach is disabled", hard),
            ("550 Not today", soft),
            ("550 5.7.1 Service unavailable, client host blocked using Spamhaus", None),
            ("550 5.7.26 This mail is unauthenticated", None),
            ("550 5.1.8 Sender address rejected: Domain not found", None),
            ("554 5.7.1 <a@b.example>: Relay access denied", None),
            ("550 Mail from 192.0.2.1 blocked: unknown user complaints, see our list", None),
            ("503 5.5.1 Bad sequence of commands", None),
        ):
            found = mail_report.read_refusal(said)
            self.assertEqual(found and found[0], kind, said)

    @given(st.text(max_size=80))
    def test_never_fails(self, said):
        self.assertIn((mail_report.read_refusal(said) or (None,))[0], KINDS)


KINDS = (None, "bounce_hard", "bounce_soft")
