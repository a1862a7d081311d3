import email
import email.message
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import mail_guard


@tagged("post_install", "-at_install")
class TestMailGuard(BaseCase):
    def test_machines_are_told_from_people(self):
        for header, value, reason in (
            ("Auto-Submitted", "auto-replied", "auto-submitted"),
            ("Auto-Submitted", "Auto-Generated; owner=x", "auto-submitted"),
            ("X-Autoreply", "yes", "autoreply"),
            ("Precedence", "bulk", "precedence"),
            ("Return-Path", "<>", "null-return-path"),
            ("Auto-Submitted", "no", None),
            ("Precedence", "normal", None),
            ("X-Auto-Response-Suppress", "All", None),
            ("Return-Path", "<nour@example.org>", None),
        ):
            with self.subTest(header=header, value=value):
                message = email.message_from_string(f"{header}: {value}\n\nbody")
                self.assertEqual(mail_guard.machine_reason(message), reason)

    def test_newsletters_are_told_from_shared_mailboxes(self):
        for headers, reason in (
            ("List-Unsubscribe: <x>", "newsletter"),
            ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "newsletter"),
            ("List-Unsubscribe: <x>\nList-Post: <mailto:x@example.org>", None),
            ("List-Id: x", None),
        ):
            with self.subTest(headers=headers):
                message = email.message_from_string(f"{headers}\n\nbody")
                self.assertEqual(mail_guard.newsletter_reason(message), reason)

    def test_only_failures_are_believed(self):
        for results, forged in (
            ("mx.example.com; spf=pass; dmarc=fail (p=reject)", True),
            ("mx.example.com; dmarc = FAIL", True),
            ("mx.example.com; spf=fail; dmarc=pass", False),
            ("mx.example.com; dmarc=none", False),
        ):
            with self.subTest(results=results):
                message = email.message_from_string(f"Authentication-Results: {results}\n\nx")
                self.assertEqual(mail_guard.is_forged(message), forged)
        self.assertFalse(mail_guard.is_forged(email.message_from_string("Subject: x\n\nx")))

    def test_automatic_replies_without_a_header(self):
        for subject, references, reason in (
            ("Automatic reply: Lost key", "<1@example.org>", "autoreply"),
            ("Out of Office: Lost key", "<1@example.org>", "autoreply"),
            ("رد تلقائي: مفتاح", "<1@example.org>", "autoreply"),
            ("Re: Automatic reply: Lost key", "<1@example.org>", None),
            ("Automatic reply: how do I set one up?", "", None),
            ("Automatic reply does not work", "<1@example.org>", None),
        ):
            with self.subTest(subject=subject):
                message = EmailMessage()
                message["Subject"] = subject
                if references:
                    message["In-Reply-To"] = references
                self.assertEqual(mail_guard.machine_reason(message), reason)


SERVERS = ["mx.example.com"]


@tagged("post_install", "-at_install")
class TestAuthentication(BaseCase):
    """Who vouches for a sender: RFC 8601, of the servers that we trust and of the last hop only."""

    def vouched(self, *headers, sender="Amal <amal@help.example.com>"):
        text = "".join(f"{header}\n" for header in headers)
        message = email.message_from_string(f"{text}From: {sender}\nSubject: x\n\nbody")
        return mail_guard.is_authenticated(message, SERVERS)

    def test_what_is_believed(self):
        for result in (
            "dmarc=pass header.from=help.example.com",
            "dmarc=pass (p=NONE sp=QUARANTINE) header.from=HELP.example.com",
            "spf=pass smtp.mailfrom=x@y.example; dmarc=pass header.from=help.example.com",
            "dkim=pass header.d=help.example.com",
            "dkim=pass (2048-bit key; unprotected) header.d=example.com header.i=@example.com",
            'dkim=pass header.i="@help.example.com"',
            "auth=pass smtp.auth=amal@help.example.com",
        ):
            with self.subTest(result=result):
                for server in ("mx.example.com", "MX.example.com 1", "mx.example.com."):
                    self.assertTrue(self.vouched(f"Authentication-Results: {server}; {result}"))
                self.assertFalse(self.vouched(f"Authentication-Results: mx2.example.com; {result}"))

    def test_what_is_not(self):
        for result in (
            "none",
            "",
            "dmarc=fail header.from=help.example.com",
            "dmarc=none header.from=help.example.com; dkim=pass header.d=help.example.com",
            "dmarc=pass header.from=evil.example.net",
            "dmarc=pass header.from=help.example.com.evil.example.net",
            "dmarc=pass",
            "dkim=pass header.d=evil.example.net",
            "dkim=pass header.d=com",
            "dkim=pass header.d=elp.example.com",
            "dkim=fail header.d=help.example.com",
            "spf=pass smtp.mailfrom=amal@help.example.com",
            "auth=pass smtp.auth=other@help.example.com",
            "arc=pass; x-dmarc=pass header.from=help.example.com",
            "(dmarc=pass header.from=help.example.com)",
            "none (; dmarc=pass header.from=help.example.com)",
            'dkim=neutral reason="; dmarc=pass header.from=help.example.com"',
        ):
            with self.subTest(result=result):
                self.assertFalse(self.vouched(f"Authentication-Results: mx.example.com; {result}"))

    def test_what_came_with_the_mail_is_not(self):
        own = "Authentication-Results: mx.example.com; dmarc=fail header.from=help.example.com"
        forged = "Authentication-Results: mx.example.com; dmarc=pass header.from=help.example.com"
        received = "Received: from evil.example.net by mx.example.com; today"
        self.assertFalse(self.vouched(own, received, forged))
        self.assertFalse(self.vouched(received, own, "Received: by evil", forged))
        self.assertFalse(self.vouched(own, forged), "one failure is enough")
        self.assertTrue(self.vouched(received, forged), "as Gmail writes it")

    def test_two_senders_are_none(self):
        header = "Authentication-Results: mx.example.com; dmarc=pass header.from=help.example.com"
        for sender in (
            "a@help.example.com, b@evil.example.net",
            "a@help.example.com\nFrom: b@evil.example.net",
            "",
            '"amal@help.example.com" <>',
            "nobody",
        ):
            with self.subTest(sender=sender):
                self.assertFalse(self.vouched(header, sender=sender))

    def test_lists_of_servers(self):
        self.assertEqual(
            mail_guard.read_servers(" MX.example.com,mx2.example.com; mx3.example.com.\n"),
            ["mx.example.com", "mx2.example.com", "mx3.example.com"],
        )
        self.assertEqual(mail_guard.read_servers(False), [])
        for wrong in ("mx_example", "a@example.com", "مثال"):
            with self.assertRaises(ValueError):
                mail_guard.read_servers(wrong)

    @given(st.text(max_size=400), st.text(max_size=60))
    def test_nothing_breaks_it(self, results, sender):
        message = email.message.Message()
        message["Authentication-Results"] = f"mx.example.com; {results}"
        message["From"] = sender
        try:
            str(message.get("From"))
        except ValueError:
            return
        self.assertIn(mail_guard.is_authenticated(message, SERVERS), (True, False))


@tagged("post_install", "-at_install")
class TestReport(BaseCase):
    def test_reports_are_read(self):
        for action, kind in (
            ("failed", "failed"),
            ("delayed", "delayed"),
            ("relayed", "delivered"),
            ("", "failed"),
        ):
            message = email.message_from_string(
                'Content-Type: multipart/report; boundary="b"\n\n'
                "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
                f"Final-Recipient: rfc822; NOUR@example.org\nAction: {action}\n"
                "Diagnostic-Code: smtp; 550\n  no such user\n\n--b--\n"
            )
            report = mail_guard.read_report(message)
            self.assertEqual(report.kind, kind)
            self.assertEqual(report.recipients, ("nour@example.org",))
            self.assertEqual(report.reason, "smtp; 550 no such user")

    def test_other_mails_are_none(self):
        message = email.message_from_string("From: nour@example.org\n\nAction: failed")
        self.assertIsNone(mail_guard.read_report(message))

    @given(st.binary(max_size=600))
    def test_nothing_breaks_it(self, noise):
        for kind in ("delivery-status", "disposition-notification", "rfc822"):
            raw = b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/'
            message = email.message_from_bytes(raw + kind.encode() + b"\n\n" + noise)
            mail_guard.read_report(message)
            mail_guard.machine_reason(message)

    def test_quoted_ids(self):
        text = "…\nMessage-ID: <a@b.example>\n> message-id: <c@d.example>\nMessage-Id: nothing"
        self.assertEqual(mail_guard.find_quoted_ids(text), ["<a@b.example>", "<c@d.example>"])
