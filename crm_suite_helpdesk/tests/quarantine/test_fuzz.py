import base64

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import QuarantineCommon

CHARSETS = st.sampled_from(
    [
        "utf-8",
        "us-ascii",
        "windows-1256",
        "iso-8859-6",
        "utf-16",
        "utf-7",
        "gb18030",
        "big5",
        "koi8-r",
        "shift_jis",
        "idna",
        "punycode",
        "rot13",
        "hex",
        "zlib",
        "undefined",
        "foo-bar",
        "utf-8\x00",
        "x'y",
    ]
)
ENCODINGS = st.sampled_from(
    ["7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-none", ""]
)
TYPES = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "text/calendar",
        "application/pdf",
        "image/svg+xml",
        "message/rfc822",
        "message/delivery-status",
        "text/rfc822-headers",
        "application/octet-stream",
        "text",
        "multipart/mixed",
        "multipart/alternative",
        "multipart/related",
        "multipart/report",
        "/",
        "*/*",
        "binary/octet-stream",
    ]
)
HEADERS = st.sampled_from(
    [
        "Date",
        "Cc",
        "Reply-To",
        "References",
        "In-Reply-To",
        "Return-Path",
        "Auto-Submitted",
        "Precedence",
        "List-Id",
        "Content-Disposition",
        "Content-Id",
        "Content-Type",
        "Mime-Version",
        "Resent-To",
        "Delivered-To",
        "X-Test",
        "Authentication-Results",
        "From",
        "Subject",
        "Message-Id",
        "To",
    ]
)
WORDS = st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
BYTES = st.binary(max_size=80)


def encoded_word(charset, encoding, raw):
    text = base64.b64encode(raw) if encoding == "B" else b"=".join(raw[i : i + 1] for i in range(9))
    return b"=?%s?%s?%s?=" % (charset.encode(), encoding.encode(), text)


VALUES = st.one_of(
    WORDS,
    BYTES,
    st.builds(encoded_word, CHARSETS, st.sampled_from("BQXbq"), BYTES),
    st.builds(lambda a, b: a + b"@" + b, WORDS, WORDS),
    st.builds(lambda a: b"<" + a + b">", BYTES),
    st.sampled_from([b"", b";", b"attachment; filename=", b"; charset=", b"a@example.org"]),
).map(lambda value: value.replace(b"\n", b" ").replace(b"\r", b" "))
BODIES = st.one_of(
    BYTES,
    WORDS,
    BYTES.map(base64.b64encode),
    st.builds(lambda t: b"<div " + t + b"><p>" + t, BYTES),
    st.sampled_from([b"", b".", b"..\r\n.", b"<![CDATA[", b"<?xml version='1'?><a/>", b"begin"]),
)


@st.composite
def parts(draw, depth=0):
    """One part of a mail, with parts of its own now and then."""
    kind = draw(TYPES)
    lines = [b"Content-Type: " + kind.encode()]
    if draw(st.booleans()):
        lines[0] += b"; charset=" + draw(CHARSETS).encode()
    if draw(st.booleans()):
        lines.append(b"Content-Transfer-Encoding: " + draw(ENCODINGS).encode())
    if draw(st.booleans()):
        lines.append(b"Content-Disposition: attachment; filename=" + draw(VALUES))
    lines += [
        b"%s: %s" % (name.encode(), value)
        for name, value in draw(st.lists(st.tuples(HEADERS, VALUES), max_size=2))
        if name not in ("Message-Id",)
    ]
    if kind.startswith("multipart") and depth < 4:
        boundary = b"b%d" % depth
        lines[0] += b"; boundary=" + boundary
        inner = draw(st.lists(parts(depth=depth + 1), max_size=3))
        body = b"".join(b"\r\n--" + boundary + b"\r\n" + part for part in inner)
        if draw(st.booleans()):
            body += b"\r\n--" + boundary + b"--"
    elif kind == "message/rfc822" and depth < 4:
        body = draw(parts(depth=depth + 1))
    else:
        body = draw(BODIES)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@st.composite
def letters(draw, address):
    headers = draw(st.lists(st.tuples(HEADERS, VALUES), max_size=5))
    head = [b"%s: %s" % (name.encode(), value) for name, value in headers]
    for name, value in (
        (b"To", address),
        (b"From", draw(st.one_of(VALUES, st.just(b"a@people.example.org")))),
        (b"Subject", draw(VALUES)),
    ):
        if draw(st.integers(0, 9)):
            head.insert(draw(st.integers(0, len(head))), name + b": " + value)
    raw = b"\r\n".join(head) + b"\r\n" + draw(parts())
    if draw(st.integers(0, 19)) == 0:
        raw = draw(st.binary(max_size=300))  # no mail at all
    return raw


@tagged("post_install", "-at_install")
class TestFuzz(QuarantineCommon):
    """Nothing that can be sent is lost, and nothing makes the gateway fail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("crm_suite_helpdesk.mail_ladder", "10:1000000")

    def test_any_mail_is_somewhere(self):
        address = self.address.encode()

        @settings(
            max_examples=120,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(letters(address))
        def check(raw):
            with (
                self.env.cr.savepoint() as savepoint,
                mute_logger("odoo.addons.mail.models.mail_thread"),
            ):
                found = self.process(raw)
                self.assertTrue(found, raw)
                if found._name == "crm.mail.quarantine":
                    self.assertNotEqual(found.reason, "error", f"{found.error}\n{raw}")
                savepoint.rollback()

        check()
