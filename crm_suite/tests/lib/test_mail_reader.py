import email
import email.policy

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import mail_reader


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.SMTP)


def nested(depth):
    raw = b"From: Nour <nour@example.org>\nTo: help@example.com\n"
    raw += b"Subject: =?utf-8?B?2YXYsdit2KjYpw==?=\n"
    for level in range(depth):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    return raw + b"Content-Type: text/plain\n\nhello\n"


@tagged("post_install", "-at_install")
class TestMailReader(BaseCase):
    def test_honest_nesting_passes(self):
        self.assertFalse(mail_reader.is_too_deep(nested(1)))
        self.assertFalse(mail_reader.is_too_deep(nested(mail_reader.MAX_DEPTH)))

    def test_bottomless_nesting_does_not(self):
        self.assertTrue(mail_reader.is_too_deep(nested(mail_reader.MAX_DEPTH + 1)))
        self.assertTrue(mail_reader.is_too_deep(nested(1500)))

    def test_many_parts_beside_each_other_are_not_deep(self):
        parts = b"".join(
            b'--b\nContent-Type: multipart/mixed; boundary="i"\n\n--i\n\nx\n--i--\n'
            for _ in range(200)
        )
        self.assertFalse(
            mail_reader.is_too_deep(b'Content-Type: multipart/mixed; boundary="b"\n\n' + parts)
        )

    def test_wrapping_keeps_headers_and_the_original(self):
        raw = nested(1500)
        wrapped = parse(mail_reader.wrap_raw(raw))
        self.assertEqual(wrapped["Subject"], "مرحبا")
        self.assertEqual(wrapped["From"], "Nour <nour@example.org>")
        body, attachment = wrapped.iter_parts()
        self.assertIn(mail_reader.UNREADABLE, body.get_content())
        self.assertEqual(attachment.get_content(), raw)

    @given(st.binary(max_size=400))
    def test_wrapping_never_fails(self, noise):
        raw = b"From: a@example.org\nSubject: " + noise
        for wrapped in (mail_reader.wrap_raw(raw), bytes(mail_reader.wrap_message(parse(raw)))):
            parts = [part.get_content_type() for part in parse(wrapped).walk()]
            self.assertEqual(parts[:2], ["multipart/mixed", "text/plain"])

    def test_unknown_charsets_are_read_as_what_they_are(self):
        for payload, text in (("héllo".encode(), "héllo"), (b"h\xe9llo", "héllo")):
            message = parse(b"Content-Type: text/plain; charset=foo-bar\n\n" + payload)
            self.assertTrue(mail_reader.mend_charsets(message))
            self.assertEqual(message.get_content().strip(), text)

    def test_known_charsets_are_left_alone(self):
        message = parse("Content-Type: text/plain; charset=windows-1256\n\nس".encode("cp1256"))
        self.assertFalse(mail_reader.mend_charsets(message))
        self.assertEqual(message.get_content().strip(), "س")

    def test_what_cannot_be_stored_is_stripped(self):
        self.assertEqual(mail_reader.strip_nul("a\x00b\udcff"), "ab?")
        self.assertEqual(mail_reader.strip_nul(b"a\x00"), b"a\x00")
        self.assertIsNone(mail_reader.strip_nul(None))
