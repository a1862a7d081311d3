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
        good = ["2026-01-01T10:00:00", "mail", 5]
        self.assertTrue(TimelinePosition.parse(good))
        for index, values in enumerate(
            [
                ["", "yesterday", 5, None, "2026-01-01T10:00:00+02:00", ["x"]],
                [5, None, ["mail"]],
                [0, -1, "5", True, 2**31, 1.5, None],
            ]
        ):
            for value in values:
                cursor = [*good[:index], value, *good[index + 1 :]]
                with self.subTest(cursor), self.assertRaises(ValueError):
                    TimelinePosition.parse(cursor)
        for cursor in ("x", 5, {}, good[:2], [*good, 1], [good]):
            with self.subTest(cursor), self.assertRaises(ValueError):
                TimelinePosition.parse(cursor)

    @given(positions, positions, st.sampled_from(["interaction", "mail", "", "zebra", "تذكرة"]))
    def test_a_source_is_asked_for_what_comes_after(self, position, event, source):
        """The bound of each source is the order of the whole timeline."""
        before, before_id = position.get_bound(source)
        self.assertEqual(
            (event.date, event.res_id) < (before, before_id),
            (event.date, source, event.res_id) < (position.date, position.source, position.res_id)
            and not (event.date == position.date and event.res_id == before_id),
        )
