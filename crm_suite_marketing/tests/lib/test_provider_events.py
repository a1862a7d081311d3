import json
import unittest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ...lib import provider_events as lib

NOW = datetime(2026, 3, 1, 12)
GOOD = {"id": "7", "event": "opened", "message": "<a@b>"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["id", "event", "message", "at", "url", "ip", "text", "status", "x"])


class TestProviderEvents(unittest.TestCase):
    @given(st.lists(st.dictionaries(NAMES, VALUES | st.sampled_from(sorted(lib.KINDS)))))
    def test_strangers_write_anything(self, events):
        read, others = lib.read_events(json.dumps({"events": events}).encode(), NOW)
        self.assertEqual(len(read) + others, len(events))
        for event in read:
            self.assertIn(event.kind, lib.KINDS.values())
            self.assertTrue(NOW - lib.OLDEST <= event.at <= NOW)
            for text in (event.message, event.url, event.ip, *event.facts.values()):
                self.assertTrue(text.isprintable())
                text.encode()

    @given(st.binary())
    def test_bodies(self, body):
        try:
            posted = json.loads(body)
            expected = isinstance(posted, dict) and isinstance(posted.get("events"), list)
        except (ValueError, RecursionError):
            expected = False
        try:
            lib.read_events(body, NOW)
            self.assertTrue(expected)
        except lib.BadEventsError as error:
            self.assertFalse(expected)
            self.assertIn(error.args[0], ("json", "events", "many"))

    def test_times(self):
        for value, expected in (
            ((NOW - datetime(1970, 1, 1)).total_seconds() - 60, NOW - timedelta(minutes=1)),
            ((NOW - datetime(1970, 1, 1)).total_seconds() + 60, NOW),
            (0, NOW),
            (10**30, NOW),
            (float("nan"), NOW),
            (True, NOW),
            ("yesterday", NOW),
            (None, NOW),
        ):
            self.assertEqual(lib.read_event(GOOD | {"at": value}, NOW).at, expected, value)

    def test_numbers_are_texts(self):
        one, other = (lib.read_event(GOOD | {"id": number}, NOW) for number in (7, "7"))
        self.assertEqual(one.digest, other.digest)
        self.assertIsNone(lib.read_event(GOOD | {"id": "7" * 201}, NOW))
        self.assertIsNone(lib.read_event(GOOD | {"id": True}, NOW))

    def test_too_many(self):
        with self.assertRaises(lib.BadEventsError):
            lib.read_events(json.dumps({"events": [GOOD] * (lib.MOST_EVENTS + 1)}).encode(), NOW)
