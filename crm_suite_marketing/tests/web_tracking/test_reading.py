import json
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import web_tracking as lib

NOW = datetime(2026, 3, 1, 12)
SITE, VISITOR, EVENT = "a" * 32, "b" * 32, "c" * 16
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def told(**values):
    return {"id": EVENT, "kind": "visit", "url": "https://a.example/", "at": ms(NOW), **values}


def ms(date):
    return int((date - datetime(1970, 1, 1)).total_seconds() * 1000)


def read(*events, **values):
    call = {"site": SITE, "visitor": VISITOR, "events": list(events), **values}
    return lib.read_call(json.dumps(call).encode(), NOW)


@tagged("post_install", "-at_install")
class TestReading(BaseCase):
    """What pages tell, and what is made of it, without a database."""

    @given(VALUES)
    def test_whatever_is_told_breaks_nothing(self, value):
        for body in (value, {"site": SITE, "visitor": VISITOR, "events": value}, {"site": value}):
            call = lib.read_call(json.dumps(body).encode(), NOW)
            self.assertFalse(call and call.events)

    @given(st.dictionaries(st.sampled_from(["id", "kind", "url", "at", "title", "form"]), VALUES))
    def test_whatever_an_event_holds(self, values):
        call = read({**told(), **values})
        for event in call.events:
            self.assertLessEqual(len(event.url), lib.MAX_URL)
            self.assertLessEqual(len(event.title), lib.MAX_TITLE)
            self.assertNotIn("\n", event.title)

    def test_bytes_that_are_no_text(self):
        for body in (b"", b"\xff\xfe", b"[" * 5000, b"null", b"{}", b"1e999"):
            self.assertIsNone(lib.read_call(body, NOW), body)

    def test_times(self):
        for moved, is_taken in (
            (timedelta(), True),
            (timedelta(hours=-23), True),
            (timedelta(hours=-25), False),
            (timedelta(minutes=4), True),
            (timedelta(minutes=6), False),
        ):
            events = read(told(at=ms(NOW + moved))).events
            self.assertEqual(len(events), is_taken, moved)
            for event in events:
                self.assertLessEqual(event.at, NOW)
        for wrong in (None, "now", True, -1, 10**20, 1.5):
            self.assertFalse(read(told(at=wrong)).events, wrong)

    def test_at_most_twenty_events_and_eight_kilobytes(self):
        events = [told(id=f"{number:016x}") for number in range(21)]
        self.assertEqual(len(read(*events[:20]).events), 20)
        self.assertIsNone(read(*events))
        self.assertIsNone(read(told(title="x" * 9000)))

    def test_one_event_told_twice_in_a_call_is_one(self):
        self.assertEqual(len(read(told(), told()).events), 1)

    def test_addresses_hold_nothing_personal(self):
        for url, kept in (
            (
                "https://Shop.example/a?utm_source=x&email=a@b.c#me",
                "https://shop.example/a?utm_source=x",
            ),
            ("https://user:secret@shop.example/a", "https://shop.example/a"),
            ("http://shop.example:8080", "http://shop.example:8080/"),
            ("https://متجر.example/", "https://xn--pgbep1f.example/"),
            ("javascript:alert(1)", ""),
            ("file:///etc/passwd", ""),
            ("https://", ""),
            ("https://shop.example:99999/", ""),
            ("https://shop.example/\u202egnp.exe", ""),
        ):
            self.assertEqual(lib.clean_url(url), kept, url)
        long = lib.clean_url("https://shop.example/" + "a" * 900 + "?utm_source=b")
        self.assertEqual(len(long), lib.MAX_URL)

    @given(st.text())
    def test_cleaning_an_address_again_changes_nothing(self, text):
        once = lib.clean_url(f"https://shop.example/{text}")
        self.assertEqual(lib.clean_url(once), once)
        self.assertNotIn("#", once)

    def test_which_origin_is_allowed(self):
        allowed = ["https://shop.example", "https://*.shop.example", "http://localhost:8069"]
        for origin, is_in in (
            ("https://shop.example", True),
            ("https://www.shop.example", True),
            ("https://a.b.shop.example", True),
            ("https://evilshop.example", False),
            ("https://shop.example.evil.com", False),
            ("http://shop.example", False),
            ("https://shop.example:444", False),
            ("http://localhost:8069", True),
            ("null", False),
            ("", False),
        ):
            found = lib.is_allowed(lib.get_origin(origin), allowed)
            self.assertEqual(found, is_in, origin)

    def test_a_parameter_more(self):
        for url, expected in (
            ("https://a.example/x", "https://a.example/x?cst=T"),
            ("https://a.example/x?b=1#c", "https://a.example/x?b=1&cst=T#c"),
            ("https://a.example/x?cst=old&b=%20", "https://a.example/x?b=%20&cst=T"),
        ):
            self.assertEqual(lib.add_parameter(url, "cst", "T"), expected)
