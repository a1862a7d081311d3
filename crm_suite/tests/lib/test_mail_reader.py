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

    def test_thousands_of_parts_are_too_much(self):
        head = b'Content-Type: multipart/mixed; boundary="b"\n\n'
        self.assertFalse(mail_reader.is_too_deep(head + b"--b\n\nx\n" * mail_reader.MAX_PARTS))
        self.assertTrue(mail_reader.is_too_deep(head + b"--b\n\nx\n" * 2000))

    def test_a_mail_without_name_gets_the_same_one_each_time(self):
        raw = b"From: a@example.org\n\nx"
        names = set()
        for _time in range(2):
            message = parse(raw)
            mail_reader.ensure_id(message)
            names.add(message["Message-Id"])
        self.assertEqual(len(names), 1)
        other = parse(raw + b"y")
        mail_reader.ensure_id(other)
        self.assertNotIn(other["Message-Id"], names)
        named = parse(b"Message-Id: <one@example.org>\n\nx")
        mail_reader.ensure_id(named)
        self.assertEqual(named["Message-Id"], "<one@example.org>")

    def test_another_name(self):
        raw = b"Message-Id: <one@example.org>\r\nSubject: x\r\n\r\ny"
        renamed = parse(mail_reader.rename(raw))
        self.assertNotEqual(renamed["Message-Id"], "<one@example.org>")
        self.assertEqual(renamed["Subject"], "x")
        box = parse(mail_reader.rename(b"From x Mon\n" + raw))
        self.assertEqual(box["Subject"], "x")

    def test_our_own_address_is_found_among_thousands(self):
        others = b", ".join(b"p%d@example.org" % number for number in range(5000))
        message = parse(b"To: " + others + b", Us <us@own.example.com>\n\nx")
        self.assertTrue(mail_reader.has_many_recipients(message))
        mail_reader.limit_recipients(message, {"own.example.com"})
        self.assertIn("us@own.example.com", message["To"])
        self.assertFalse(message["To"].count("@") > mail_reader.MAX_RECIPIENTS + 1)

    def test_short_texts_are_left_alone(self):
        message = parse(b"Content-Type: text/plain\n\nhello")
        self.assertFalse(mail_reader.lighten(message))
        self.assertEqual(message.get_content().strip(), "hello")

    def test_long_texts_become_files(self):
        message = parse(b"Content-Type: text/plain\n\n" + b"word " * 100_000)
        ((name, content, cid),) = mail_reader.lighten(message)
        self.assertEqual((name, cid), ("text1.txt", None))
        self.assertEqual(len(content), 500_000)
        self.assertLessEqual(len(message.get_content()), mail_reader.MAX_TEXT + 1)
