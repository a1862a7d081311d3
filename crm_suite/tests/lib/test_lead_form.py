from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.lead_form import (
    LIMITS,
    Token,
    clean,
    find_error,
    parse_origins,
    parse_page,
    read_token,
    sign,
)

KEY = "0" * 32


@tagged("post_install", "-at_install")
class TestLeadFormLib(BaseCase):
    def test_values(self):
        for name, value, required, error in (
            ("contact_name", "", True, "required"),
            ("contact_name", "", False, None),
            ("contact_name", "ن" * 101, False, "long"),
            ("email_from", "nour@example.org", True, None),
            ("email_from", "nour@مثال.example", True, None),
            ("email_from", "nour@example", True, "email"),
            ("email_from", "a@example.org, b@example.org", True, "email"),
            ("email_from", "nour@example.org\nBcc: x@example.org", True, "email"),
            ("phone", "+966 55 555 0102", True, None),
            ("phone", "(030) 123-45.67", True, None),
            ("phone", "12345", True, "phone"),
            ("phone", "call me", True, "phone"),
            ("phone", "+12345678901234567890", True, "phone"),
        ):
            with self.subTest(name=name, value=value):
                self.assertEqual(find_error(name, value, required), error)

    def test_arabic_digits_become_latin_ones(self):
        self.assertEqual(clean("phone", "\u200e٠٥٥ ٥٥٥ ٠١٠٢\u200f"), "055 555 0102")

    @given(st.sampled_from(sorted(LIMITS)), st.text())
    def test_cleaning_is_done_once(self, name, value):
        cleaned = clean(name, value)
        self.assertEqual(clean(name, cleaned), cleaned)
        self.assertNotIn("\x00", cleaned)
        if name != "description":
            self.assertNotIn("\n", cleaned)

    @given(st.integers(1, 10**9), st.integers(0, 10**10), st.integers(-5, 60 * 3600))
    def test_tokens(self, form_id, issued, age):
        token = Token(form_id, issued, KEY)
        text = sign("secret", token)
        read, problem = read_token("secret", text, form_id, issued + age)
        self.assertEqual(read, token)
        expected = "fast" if age < 2 else "expired" if age > 12 * 3600 else None
        self.assertEqual(problem, expected)
        self.assertEqual(read_token("secret", text, form_id + 1, issued)[0], None)
        self.assertEqual(read_token("other", text, form_id, issued)[0], None)

    @given(st.text())
    def test_no_text_is_a_token(self, text):
        self.assertEqual(read_token("secret", text, 1, 100), (None, "invalid"))

    def test_origins(self):
        self.assertEqual(
            parse_origins("https://www.example.com/\nhttp://localhost:8080 https://*.example.org"),
            ["https://www.example.com", "http://localhost:8080", "https://*.example.org"],
        )
        self.assertTrue(parse_origins("https://شركة.example.com")[0].startswith("https://xn--"))
        for text in (
            "www.example.com",
            "ftp://example.com",
            "https://example.com/page",
            "https://user@example.com",
            "https://exa;mple.com",
            "https://",
            "https://example.com:99999",
            "*",
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_origins(text)

    @given(
        st.text(), st.sampled_from(["", "https://", "http://example.com", "https://شركة.example/"])
    )
    def test_pages_fit_into_headers(self, text, start):
        try:
            page = parse_page(start + text)
        except ValueError:
            return
        for value in page:
            self.assertTrue(value.isascii() and value.isprintable(), value)
            self.assertRegex(value, r"^https?://[a-z0-9.-]+")
            self.assertNotIn(" ", value)
        self.assertNotRegex(page.origin, "[;,'\"@]")
