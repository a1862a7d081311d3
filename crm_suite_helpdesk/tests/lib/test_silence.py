from datetime import date, datetime, timedelta

import pytz
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite.lib.working_time import AlwaysOpen, WorkingTime

from ...lib import silence
from ...lib.silence import CLOSE, REMIND, WARN
from .test_snooze import PARIS, RIYADH, SUNDAY_TO_THURSDAY, at, open_on

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
UTC = pytz.utc
NOBODY = WorkingTime(())


@tagged("post_install", "-at_install")
class TestSilence(TransactionCase):
    def test_the_same_time_of_the_next_working_day(self):
        hours = open_on(UTC, MONDAY_TO_FRIDAY)
        friday = at(UTC, date(2026, 3, 6), 14, 30)
        monday = at(UTC, date(2026, 3, 9), 14, 30)
        self.assertEqual(silence.after_days(hours, UTC, friday, 1), monday)
        self.assertEqual(silence.after_days(hours, UTC, friday, 3), monday + 2 * 86400)

    def test_what_was_said_at_night_counts_from_the_next_opening(self):
        hours = open_on(UTC, MONDAY_TO_FRIDAY)
        night = at(UTC, date(2026, 3, 4), 23)
        early = at(UTC, date(2026, 3, 4), 3)
        self.assertEqual(silence.after_days(hours, UTC, night, 1), at(UTC, date(2026, 3, 6), 8))
        self.assertEqual(silence.after_days(hours, UTC, early, 1), at(UTC, date(2026, 3, 5), 8))

    def test_a_week_from_sunday_to_thursday(self):
        hours = open_on(RIYADH, SUNDAY_TO_THURSDAY)
        thursday = at(RIYADH, date(2026, 3, 5), 9)
        self.assertEqual(
            silence.after_days(hours, RIYADH, thursday, 1), at(RIYADH, date(2026, 3, 8), 9)
        )

    def test_holidays_are_no_working_days(self):
        hours = open_on(UTC, MONDAY_TO_FRIDAY, holidays=[date(2026, 3, 3), date(2026, 3, 4)])
        monday = at(UTC, date(2026, 3, 2), 9)
        self.assertEqual(silence.after_days(hours, UTC, monday, 1), at(UTC, date(2026, 3, 5), 9))

    def test_a_day_is_a_day_when_the_clocks_change(self):
        before = at(PARIS, date(2026, 3, 28), 14)
        after = silence.after_days(AlwaysOpen(), PARIS, before, 1)
        self.assertEqual(after, at(PARIS, date(2026, 3, 29), 14))
        self.assertEqual(after - before, 23 * 3600)

    def test_nobody_works(self):
        self.assertIsNone(silence.after_days(NOBODY, UTC, 1_800_000_000, 1))
        self.assertIsNone(silence.next_opening(NOBODY, 1_800_000_000))

    def test_the_next_opening(self):
        hours = open_on(UTC, MONDAY_TO_FRIDAY)
        friday = date(2026, 3, 6)
        for moment, opening in (
            (at(UTC, friday, 12), at(UTC, friday, 12)),
            (at(UTC, friday, 8), at(UTC, friday, 8)),
            (at(UTC, friday, 7), at(UTC, friday, 8)),
            (at(UTC, friday, 17), at(UTC, date(2026, 3, 9), 8)),
            (at(UTC, friday, 17) - 1, at(UTC, friday, 17) - 1),
        ):
            self.assertEqual(silence.next_opening(hours, moment), opening)

    @given(
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(0, 23),
        st.integers(1, 9),
        st.integers(0, 10 * 86400),
        st.integers(1, 6),
        st.sampled_from([UTC, RIYADH, PARIS]),
    )
    def test_against_counting_days_one_by_one(self, weekdays, first, span, offset, days, zone):
        last = min(24, first + span)
        hours = open_on(zone, weekdays, first, 23 if last == 24 else last)
        if last == 24:
            last = 23
        if last <= first:
            return
        start = at(zone, date(2026, 2, 17), 0) + offset
        expected = self.count_days(zone, weekdays, first, last, start, days)
        self.assertEqual(silence.after_days(hours, zone, start, days), expected)

    def count_days(self, zone, weekdays, first, last, start, days):
        local = datetime.fromtimestamp(start, zone)
        day = local.date()
        while days:
            day += timedelta(days=1)
            days -= day.weekday() in weekdays
        moment = int(zone.localize(datetime.combine(day, local.time())).timestamp())
        while True:
            opening, closing = at(zone, day, first), at(zone, day, last)
            if day.weekday() in weekdays and moment < closing:
                return max(moment, opening)
            day += timedelta(days=1)

    def test_a_warning_comes_before_the_end(self):
        due = {REMIND: 10, WARN: 20, CLOSE: None}
        self.assertIsNone(silence.next_step(due, None, 9))
        self.assertEqual(silence.next_step(due, None, 10), REMIND)
        self.assertIsNone(silence.next_step(due, REMIND, 19))
        self.assertEqual(silence.next_step(due, REMIND, 20), WARN)
        self.assertEqual(silence.next_step(due, None, 99), WARN, "no reminder any more")
        self.assertIsNone(silence.next_step({**due, CLOSE: 40}, WARN, 39))
        self.assertEqual(silence.next_step({**due, CLOSE: 40}, WARN, 40), CLOSE)
        self.assertNotEqual(silence.next_step({**due, CLOSE: 5}, None, 99), CLOSE)
        self.assertIsNone(silence.next_step({}, None, 99))
