import email

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
