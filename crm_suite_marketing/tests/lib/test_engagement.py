from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import engagement as lib

START = datetime(2026, 3, 1)
KINDS = (
    "delivered",
    "open",
    "click",
    "reply",
    "auto_reply",
    "bounce_hard",
    "bounce_soft",
    "complaint",
    "unsubscribe",
)
EVENTS = st.lists(
    st.builds(
        lib.Event,
        st.sampled_from(KINDS),
        st.integers(0, 50).map(lambda hours: START + timedelta(hours=hours)),
        st.sampled_from(["human", "bot", "unknown"]),
    ),
    max_size=15,
)


def look_slowly(events, count_bots):
    """The same, one question at a time."""

    def dates(kind, bots=count_bots):
        return [one.date for one in events if one.kind == kind and (bots or one.actor != "bot")]

    def first(*kinds):
        return min((one.date for one in events if one.kind in kinds), default=None)

    def bots(kind):
        return sum(one.kind == kind and one.actor == "bot" for one in events)

    kinds = {one.kind for one in events}
    bounce = next((one for one in ("bounce_hard", "bounce_soft") if one in kinds), None)
    return lib.Outcome(
        open_count=len(dates("open")),
        first_open=min(dates("open"), default=None),
        last_open=max(dates("open"), default=None),
        click_count=len(dates("click")),
        first_click=min(dates("click"), default=None),
        last_click=max(dates("click"), default=None),
        bot_open_count=bots("open"),
        bot_click_count=bots("click"),
        reply_date=first("reply"),
        auto_reply_date=first("auto_reply"),
        bounce_date=first("bounce_hard", "bounce_soft"),
        bounce_class=bounce,
        complaint_date=first("complaint"),
        unsubscribe_date=first("unsubscribe"),
    )


@tagged("post_install", "-at_install")
class TestProjection(BaseCase):
    """What events come to, in whatever order they are told."""

    @given(EVENTS, st.booleans(), st.randoms())
    def test_any_order_comes_to_the_same(self, events, count_bots, random):
        expected = look_slowly(events, count_bots)
        random.shuffle(events)
        self.assertEqual(lib.project(events, count_bots), expected)

    @given(EVENTS, EVENTS)
    def test_the_status_only_rises(self, events, more):
        before = lib.get_status(lib.project(events), "sent")
        after = lib.get_status(lib.project(events + more), "sent")
        self.assertGreaterEqual(lib.RANKS[after], lib.RANKS[before])

    def test_status(self):
        def status(*kinds, actor="human"):
            events = [lib.Event(kind, START, actor) for kind in kinds]
            return lib.get_status(lib.project(events), "sent")

        self.assertEqual(status(), "sent")
        self.assertEqual(status("open", actor="bot"), "sent")
        self.assertEqual(status("auto_reply"), "sent")
        self.assertEqual(status("complaint", "unsubscribe"), "sent")
        self.assertEqual(status("bounce_soft"), "bounce")
        self.assertEqual(status("click", "bounce_hard"), "open")
        self.assertEqual(status("reply", "open", "bounce_hard"), "reply")

    def test_programs_only(self):
        bot, person = lib.Event("open", START, "bot"), lib.Event("click", START, "human")
        self.assertTrue(lib.project([bot]).is_bot_only)
        self.assertFalse(lib.project([bot, person]).is_bot_only)
        self.assertFalse(lib.project([]).is_bot_only)


@tagged("post_install", "-at_install")
class TestSoftBounces(BaseCase):
    def is_worn_out(self, *days, last_sign=None, limit=3):
        bounces = [START + timedelta(days=day) for day in days]
        sign = None if last_sign is None else START + timedelta(days=last_sign)
        return lib.is_worn_out(bounces, sign, START + timedelta(days=28), limit, 4)

    def test_days_count(self):
        self.assertTrue(self.is_worn_out(1, 2, 3))
        self.assertFalse(self.is_worn_out(1, 2))
        self.assertFalse(self.is_worn_out(3, 3, 3, 3))

    def test_they_lapse(self):
        self.assertFalse(self.is_worn_out(-2, -1, 0, 1, 2))
        self.assertFalse(self.is_worn_out(1, 2, 3, last_sign=4))
        self.assertTrue(self.is_worn_out(1, 2, 3, last_sign=0))
        self.assertFalse(self.is_worn_out(1, 2, 3, limit=0))
