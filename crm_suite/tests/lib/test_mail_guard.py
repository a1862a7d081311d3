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
