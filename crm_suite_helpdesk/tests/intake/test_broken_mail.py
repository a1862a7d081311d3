from random import Random
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.crm_suite.lib import mail_reader

from .test_mail_to_ticket import MailCommon


@tagged("post_install", "-at_install")
class TestBrokenMail(MailCommon):
    """Mails as no decent program writes them: each becomes a ticket and keeps what it brought."""

    def raw(self, *lines, sender=b"Nour <nour@unknown.example.org>"):
        type(self).mail_count += 1
        head = [
            b"To: " + self.address.encode(),
            b"Message-Id: <broken%d@example.org>" % self.mail_count,
        ]
        if sender is not None:
            head.append(b"From: " + sender)
        return self.receive(b"\r\n".join([*head, *lines]))

    def assertReadable(self, ticket, text=None):
        self.assertTrue(ticket)
        self.assertEqual(ticket.team_id, self.team)
        message = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(message), 1)
        if text:
            self.assertIn(text, message.body)
        return message

    def assertWrapped(self, ticket, original):
        message = self.assertReadable(ticket, mail_reader.UNREADABLE)
        self.assertEqual(message.attachment_ids.mapped("name"), ["original_email.eml"])
        self.assertIn(original, message.attachment_ids.raw)

    def test_unknown_charset(self):
        ticket = self.raw(
            b"Subject: x", b"Content-Type: text/plain; charset=foo-bar", b"", "héllo".encode()
        )
        self.assertReadable(ticket, "héllo")

    def test_unknown_charset_in_a_part(self):
        ticket = self.raw(
            b"Subject: x",
            b'Content-Type: multipart/mixed; boundary="b"',
            b"",
            b"--b",
            b"Content-Type: text/html; charset=x-unknown-9",
            b"",
            b"<p>h\xe9llo</p>",
            b"--b",
            b"Content-Type: text/plain; charset=nonsense; name=a.txt",
            b"Content-Disposition: attachment; filename=a.txt",
            b"",
            b"file",
            b"--b--",
        )
        message = self.assertReadable(ticket, "héllo")
        self.assertEqual(message.attachment_ids.mapped("name"), ["a.txt"])

    def test_nul_in_the_subject(self):
        ticket = self.raw(b"Subject: =?utf-8?B?YQBi?=", b"", b"body")
        self.assertReadable(ticket, "body")
        self.assertEqual(ticket.name, "ab")

    def test_nul_everywhere(self):
        ticket = self.raw(
            b"Subject: a\x00b",
            b'Content-Type: multipart/mixed; boundary="b"',
            b"",
            b"--b",
            b"Content-Type: text/plain; charset=utf-8",
            b"",
            b"bo\x00dy",
            b"--b",
            b"Content-Type: text/csv; charset=utf-8",
            b'Content-Disposition: attachment; filename="=?utf-8?B?YQBiLmNzdg==?="',
            b"",
            b"1\x002",
            b"--b--",
            sender=b"=?utf-8?B?TgBvdXI=?= <nour@unknown.example.org>",
        )
        self.assertReadable(ticket, "body")

    def test_no_sender(self):
        self.assertReadable(self.raw(b"Subject: x", b"", b"anonymous", sender=None), "anonymous")

    def test_a_sender_that_is_none(self):
        for sender in (b"<>", b"@", b"undisclosed recipients:;", b"\xff\xfe <\xff>", b'"a'):
            ticket = self.raw(b"Subject: x", b"", b"garbage", sender=sender)
            self.assertReadable(ticket, "garbage")

    def test_no_subject(self):
        self.assertEqual(self.raw(b"", b"body").name, "No subject")

    def test_a_subject_without_end(self):
        ticket = self.raw(b"Subject: " + b"x" * 50_000, b"", b"body")
        self.assertEqual(len(ticket.name), 255)

    def test_a_mail_without_bottom(self):
        depth = 1500
        lines = [b"Subject: deep"]
        for level in range(depth):
            lines += [
                b'Content-Type: multipart/mixed; boundary="b%d"' % level,
                b"",
                b"--b%d" % level,
            ]
        ticket = self.raw(*lines, b"Content-Type: text/plain", b"", b"the bottom")
        self.assertWrapped(ticket, b"the bottom")
        self.assertEqual(ticket.name, "deep")

    def test_boundaries_written_otherwise(self):
        for spelling in (b'boundary ="b%d"', b'boundary*0="b%d"', b"Boundary*=us-ascii''b%d"):
            lines = [b"Subject: deep"]
            for level in range(1500):
                lines += [
                    b"Content-Type: multipart/mixed; " + spelling % level,
                    b"",
                    b"--b%d" % level,
                ]
            ticket = self.raw(*lines, b"Content-Type: text/plain", b"", b"the bottom")
            self.assertWrapped(ticket, b"the bottom")

    def test_messages_of_another_kind(self):
        lines = [b"Subject: deep"]
        for _level in range(1500):
            lines += [b"Content-Type: message/global", b"", b"Subject: inner"]
        self.assertWrapped(self.raw(*lines, b"", b"the bottom"), b"the bottom")

    def test_a_sender_without_end(self):
        noise = self.noise(6000)
        for sender in (
            noise + b"@example.org",
            b"nour@" + noise + b".example.org",
            b"Nour <" + noise + b"@example.org>",
        ):
            ticket = self.raw(b"Subject: x", b"", b"body", sender=sender)
            self.assertReadable(ticket, "body")
            self.assertFalse(ticket.email_normalized)
            self.assertEqual(ticket.name, "x", "nothing was left out")
            self.assertTrue(ticket.sla_deadline)

    def test_a_message_id_without_end(self):
        raw = (
            b"From: nour@unknown.example.org\r\nTo: " + self.address.encode() + b"\r\n"
            b"Message-Id: <" + self.noise(9000) + b"@example.org>\r\nSubject: x\r\n\r\nbody"
        )
        ticket = self.receive(raw)
        self.assertReadable(ticket, "body")
        self.assertFalse(self.receive(raw), "the same mail once more is still known")

    def noise(self, length):
        """Letters that do not compress, so that no index takes them."""
        random = Random(7)
        return bytes(random.choice(b"abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))

    def test_forwards_of_forwards(self):
        lines = [b"Subject: forwarded"]
        for _level in range(300):
            lines += [b"Content-Type: message/rfc822", b"", b"Subject: inner"]
        self.assertWrapped(self.raw(*lines, b"", b"the bottom"), b"the bottom")

    def test_bad_transfer_encodings(self):
        for encoding in (b"base64", b"quoted-printable", b"uuencode", b"nonsense"):
            ticket = self.raw(
                b"Subject: x", b"Content-Transfer-Encoding: " + encoding, b"", b"=ZZ not \xff it"
            )
            self.assertReadable(ticket)

    def test_missing_boundaries_and_empty_bodies(self):
        for lines in (
            [b"Content-Type: multipart/mixed", b"", b"body"],
            [b"Content-Type: multipart/mixed; boundary=b", b"", b""],
            [b"Content-Type: text/html", b"", b""],
            [b"Content-Type: ", b"", b"body"],
            [b"Content-Type: image/png", b"", b"\x89PNG"],
            [b"Content-Type: message/rfc822", b"", b""],
        ):
            self.assertReadable(self.raw(b"Subject: x", *lines))

    def test_broken_dates_and_references(self):
        ticket = self.raw(
            b"Subject: x",
            b"Date: the day before yesterday",
            b"References: <<>> <" + b"a" * 5000 + b">",
            b"In-Reply-To: nobody",
            b"",
            b"body",
        )
        self.assertReadable(ticket, "body")

    def test_scripts_are_not_kept(self):
        ticket = self.raw(
            b"Subject: <script>alert(1)</script>",
            b"Content-Type: text/html; charset=utf-8",
            b"",
            b'<p onclick="evil()">text</p><script>alert(1)</script><img src=x onerror=alert(1)>',
        )
        message = self.assertReadable(ticket, "text")
        for html in (message.body, ticket.description):
            for evil in ("script", "onclick", "onerror"):
                self.assertNotIn(evil, html)
        self.assertEqual(ticket.name, "<script>alert(1)</script>", "text is text")

    def test_good_mails_of_other_models_are_left_alone(self):
        raw = (
            b"From: nour@unknown.example.org\nTo: nobody@example.com\nSubject: Lead\n"
            b"Message-Id: <lead@example.org>\n\nHello"
        )
        lead_id = self.env["mail.thread"].message_process("crm.lead", raw)
        self.assertEqual(self.env["crm.lead"].browse(lead_id).name, "Lead")

    def test_what_follows_from_a_mail_may_fail(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        ticket_class = self.registry["crm.ticket"]
        with (
            patch.object(ticket_class, "_reopen", side_effect=ValueError("broken")),
            patch.object(ticket_class, "_prepare_customer_message_values", side_effect=ValueError),
            mute_logger("odoo.addons.crm_suite_helpdesk.models.intake.crm_ticket"),
        ):
            self.answer(ticket, "Still there?")
        message = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertIn("Still there?", message.body)

    def test_a_ticket_that_can_be_reopened_for_ever(self):
        self.policy.reopen_days = 999_999_999
        ticket = self.create_ticket()
        self.reply(ticket)
        self.move(ticket, "closed")
        self.travel(days=400)
        self.answer(ticket, "It is back.")
        self.assertEqual(ticket.stage_type, "open")
        self.customer_writes(ticket)
