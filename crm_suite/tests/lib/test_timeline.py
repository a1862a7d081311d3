from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.timeline import TimelinePosition

EPOCH = datetime(1970, 1, 1)
positions = st.builds(
    TimelinePosition,
    date=st.integers(0, 10**17).map(lambda microseconds: EPOCH + timedelta(0, 0, microseconds)),
    source=st.sampled_from(["interaction", "mail", "", "تذكرة"]),
    res_id=st.integers(1, 2**31 - 1),
    ties=st.integers(1, 2**31 - 1),
)


@tagged("post_install", "-at_install")
class TestTimelinePosition(BaseCase):
    @given(positions)
    def test_cursor_comes_back_as_it_went(self, position):
        self.assertEqual(TimelinePosition.parse(position.dump()), position)

    def test_no_cursor(self):
        self.assertIsNone(TimelinePosition.parse(None))
        self.assertIsNone(TimelinePosition.parse(False))

    def test_hostile_cursors(self):
        good = ["2026-01-01T10:00:00", "mail", 5, 1]
        self.assertTrue(TimelinePosition.parse(good))
        for index, values in enumerate(
            [
                ["", "yesterday", 5, None, "2026-01-01T10:00:00+02:00", ["x"]],
                [5, None, ["mail"]],
                [0, -1, "5", True, 2**31, 1.5, None],
                [0, -1, "1", True, 2**40, None],
            ]
        ):
            for value in values:
                cursor = [*good[:index], value, *good[index + 1 :]]
                with self.subTest(cursor), self.assertRaises(ValueError):
                    TimelinePosition.parse(cursor)
        for cursor in ("x", 5, {}, good[:3], [*good, 1], [good]):
            with self.subTest(cursor), self.assertRaises(ValueError):
                TimelinePosition.parse(cursor)

    @given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
    def test_ties_count_the_events_of_the_last_date(self, minutes):
        minutes.sort(reverse=True)
        position = None
        for number, minute in enumerate(minutes, start=1):
            position = TimelinePosition.after(
                position, datetime(2026, 1, 1, 10, minute), "mail", number
            )
        self.assertEqual(position.ties, minutes.count(minutes[-1]))
