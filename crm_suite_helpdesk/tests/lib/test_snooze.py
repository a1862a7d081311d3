from datetime import date, datetime, timedelta

import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite.lib.working_time import AlwaysOpen, WorkingTime

from ...lib import snooze

RIYADH, PARIS = pytz.timezone("Asia/Riyadh"), pytz.timezone("Europe/Paris")
SUNDAY_TO_THURSDAY = (6, 0, 1, 2, 3)


def open_on(zone, weekdays, first=8, last=17, holidays=()):
    """Four weeks around the first of March 2026, worked on some weekdays."""
    days = [date(2026, 2, 16) + timedelta(days=n) for n in range(60)]
    return WorkingTime(
        (at(zone, day, first), at(zone, day, last))
        for day in days
        if day.weekday() in weekdays and day not in holidays
    )


def at(zone, day, hour, minute=0):
    moment = datetime(day.year, day.month, day.day, hour, minute)
    return int(zone.localize(moment).timestamp())


@tagged("post_install", "-at_install")
class TestSnoozeMornings(TransactionCase):
    """When a ticket comes back that was put aside."""

    def test_tomorrow_on_a_thursday_is_a_day_off(self):
        hours = open_on(RIYADH, SUNDAY_TO_THURSDAY)
        now = at(RIYADH, date(2026, 3, 5), 15)
        self.assertEqual(snooze.tomorrow(hours, RIYADH, now), at(RIYADH, date(2026, 3, 6), 8))
        sunday = at(RIYADH, date(2026, 3, 8), 8)
        self.assertEqual(snooze.next_working_day(hours, RIYADH, now), sunday)
        self.assertEqual(snooze.next_week(hours, RIYADH, now, 6), sunday)

    def test_holidays_are_no_mornings(self):
        hours = open_on(PARIS, range(5), 9, holidays=(date(2026, 3, 9), date(2026, 3, 10)))
        now = at(PARIS, date(2026, 3, 5), 15)
        wednesday = at(PARIS, date(2026, 3, 11), 9)
        self.assertEqual(snooze.next_week(hours, PARIS, now, 0), wednesday)
        friday = at(PARIS, date(2026, 3, 6), 9)
        self.assertEqual(snooze.next_working_day(hours, PARIS, now), friday)

    def test_next_week_is_never_today(self):
        hours = open_on(PARIS, range(5))
        now = at(PARIS, date(2026, 3, 2), 7)
        self.assertEqual(snooze.next_week(hours, PARIS, now, 0), at(PARIS, date(2026, 3, 9), 8))

    def test_mornings_are_mornings_where_nothing_closes(self):
        now = at(PARIS, date(2026, 3, 28), 23)  # the night in which clocks go forward
        morning = at(PARIS, date(2026, 3, 29), 8)
        self.assertEqual(snooze.tomorrow(AlwaysOpen(), PARIS, now), morning)
        self.assertEqual(snooze.next_working_day(AlwaysOpen(), PARIS, now), morning)

    def test_a_night_shift_begins_at_night(self):
        hours = open_on(PARIS, range(7), 0, 6)
        now = at(PARIS, date(2026, 3, 4), 3)
        midnight = at(PARIS, date(2026, 3, 5), 0)
        self.assertEqual(snooze.next_working_day(hours, PARIS, now), midnight)

    def test_nobody_works_any_more(self):
        now = at(PARIS, date(2026, 3, 4), 12)
        morning = at(PARIS, date(2026, 3, 5), 8)
        self.assertEqual(snooze.next_working_day(WorkingTime([]), PARIS, now), morning)

    def test_weeks_begin_after_the_days_off(self):
        for workdays, expected in (
            (range(5), 0),
            (SUNDAY_TO_THURSDAY, 6),
            ((5, 6, 0, 1, 2, 3), 5),
            ((0, 2, 4), 0),
            ((3,), 3),
            (range(7), 4),
            ((), 4),
        ):
            with self.subTest(workdays=tuple(workdays)):
                self.assertEqual(snooze.get_first_weekday(workdays, 4), expected)

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        weekdays=st.sets(st.integers(0, 6), min_size=1),
        minutes=st.integers(0, 20 * 24 * 60),
        zone=st.sampled_from((RIYADH, PARIS, pytz.timezone("America/New_York"))),
        first=st.integers(5, 12),
    )
    def test_comes_back_when_work_begins(self, weekdays, minutes, zone, first):
        hours = open_on(zone, weekdays, first)
        now = at(zone, date(2026, 2, 18), 0) + minutes * 60
        today = snooze.local_day(zone, now)
        beginning = snooze.get_first_weekday(weekdays, 0)
        for moment, is_day in (
            (snooze.next_working_day(hours, zone, now), lambda day: True),
            (
                snooze.next_week(hours, zone, now, beginning),
                lambda day: day >= self._week_after(today, beginning),
            ),
        ):
            # the slow way: day after day until one is worked
            day = today + timedelta(days=1)
            while day.weekday() not in weekdays or not is_day(day):
                day += timedelta(days=1)
            self.assertEqual(moment, at(zone, day, first))

    def _week_after(self, today, beginning):
        day = today + timedelta(days=1)
        while day.weekday() != beginning:
            day += timedelta(days=1)
        return day
