from datetime import datetime, timezone

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.working_time import AlwaysOpen, Horizon, WorkingTime

# a busy machine is no fault of the arithmetic
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)

INSTANT = st.integers(0, 200)
INTERVALS = st.lists(st.tuples(INSTANT, INSTANT), max_size=12)


def open_seconds(intervals):
    """Every second of work, one by one: slow and obviously right."""
    return {second for start, end in intervals for second in range(start, end)}


@tagged("post_install", "-at_install")
class TestWorkingTime(BaseCase):
    @patient
    @given(INTERVALS, INSTANT, INSTANT)
    def test_worked_counts_the_seconds_of_work(self, intervals, start, end):
        expected = sum(1 for second in open_seconds(intervals) if start <= second < end)
        self.assertEqual(WorkingTime(intervals).worked(start, end), expected)

    @patient
    @given(INTERVALS, INSTANT, st.integers(0, 60))
    def test_add_is_the_first_instant_by_which_the_work_is_done(self, intervals, start, seconds):
        ahead = sorted(second for second in open_seconds(intervals) if second >= start)
        if seconds == 0:
            expected = start
        else:
            expected = ahead[seconds - 1] + 1 if len(ahead) >= seconds else None
        self.assertEqual(WorkingTime(intervals).add(start, seconds), expected)

    @patient
    @given(INTERVALS, INSTANT, st.integers(1, 60))
    def test_add_and_worked_agree(self, intervals, start, seconds):
        hours = WorkingTime(intervals)
        due = hours.add(start, seconds)
        if due is not None:
            self.assertEqual(hours.worked(start, due), seconds)
            self.assertLess(hours.worked(start, due - 1), seconds)

    @patient
    @given(INTERVALS, st.tuples(INSTANT, INSTANT, INSTANT).map(sorted))
    def test_spans_add_up(self, intervals, instants):
        first, second, third = instants
        hours = WorkingTime(intervals)
        self.assertEqual(
            hours.worked(first, second) + hours.worked(second, third), hours.worked(first, third)
        )

    @patient
    @given(INTERVALS, INSTANT, INSTANT)
    def test_intervals_are_the_spans_of_work_in_between(self, intervals, start, end):
        found = WorkingTime(intervals).intervals(start, end)
        expected = {second for second in open_seconds(intervals) if start <= second < end}
        self.assertEqual(open_seconds(found), expected)
        self.assertEqual(sum(b - a for a, b in found), WorkingTime(intervals).worked(start, end))
        edges = [edge for span in found for edge in span]
        self.assertEqual(edges, sorted(set(edges)), "in order, without empty or touching spans")

    def test_touching_intervals_are_one(self):
        hours = WorkingTime([(10, 20), (20, 30)])
        self.assertEqual(hours.add(15, 10), 25)
        self.assertEqual(hours.add(10, 20), 30)

    def test_nothing_is_ever_due_without_work(self):
        self.assertIsNone(WorkingTime([]).add(0, 1))
        self.assertEqual(WorkingTime([]).worked(0, 100), 0)

    @patient
    @given(INSTANT, INSTANT)
    def test_always_open_counts_all_time(self, start, seconds):
        hours = AlwaysOpen()
        self.assertEqual(hours.worked(start, hours.add(start, seconds)), seconds)
        self.assertEqual(hours.worked(start + seconds, start), 0)
        expected = [(start, start + seconds)] if seconds else []
        self.assertEqual(hours.intervals(start, start + seconds), expected)
        self.assertEqual(hours.intervals(start + seconds, start), [])


@tagged("post_install", "-at_install")
class TestHorizon(BaseCase):
    YEAR = 366 * 86400

    def test_looks_further_until_the_work_is_done(self):
        asked = []

        def load(first, last):
            asked.append(last - first)
            # One second of work, five years ahead
            return WorkingTime([(5 * self.YEAR, 5 * self.YEAR + 1)] if last - first >= 5 else [])

        self.assertEqual(Horizon(load).add(0, 1), 5 * self.YEAR + 1)
        self.assertEqual(asked, [1, 2, 5])

    def test_gives_up_in_the_end(self):
        self.assertIsNone(Horizon(lambda first, last: WorkingTime([])).add(0, 1))

    def test_counts_over_years(self):
        def load(first, last):
            return WorkingTime([(0, 10), (3 * self.YEAR, 3 * self.YEAR + 10)])

        self.assertEqual(Horizon(load).worked(5, 4 * self.YEAR), 15)
        self.assertEqual(
            Horizon(load).intervals(5, 4 * self.YEAR),
            [(5, 10), (3 * self.YEAR, 3 * self.YEAR + 10)],
        )
        self.assertEqual(Horizon(load).intervals(5, 5), [])

    @patient
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["add", "worked", "intervals"]),
                st.integers(0, 20 * YEAR),
                st.integers(0, 3 * YEAR),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def test_what_it_keeps_changes_no_answer(self, questions):
        kept = Horizon(self.load_weeks)
        for name, instant, length in questions:
            other = length // 10 if name == "add" else instant + length
            fresh = Horizon(self.load_weeks)
            self.assertEqual(
                getattr(kept, name)(instant, other), getattr(fresh, name)(instant, other)
            )

    def load_weeks(self, first, last):
        """A week of work, then eleven without, as far as these years go."""
        begin, end = (
            int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp()) for year in (first, last + 1)
        )
        week = 7 * 86400
        return WorkingTime(
            (max(start, begin), min(start + week, end))
            for start in range(begin - begin % (12 * week), end, 12 * week)
        )
