from datetime import date, datetime, timedelta
from itertools import pairwise
from unittest import TestCase

import pytz
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_suite.lib.working_time import WorkingTime

from ...lib import desk

ZONES = st.sampled_from(["UTC", "Asia/Riyadh", "Europe/Paris", "America/New_York", "Asia/Kolkata"])
DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
QUARTERS = st.integers(0, 96).map(lambda quarter: quarter / 4)


class TestDesk(TestCase):
    """What a desk answers about its time, and what is made of it."""

    def test_weekends_of_countries(self):
        self.assertEqual(desk.weekend_of("SA"), "fri_sat")
        self.assertEqual(desk.weekend_of("EG"), "fri_sat")
        self.assertEqual(desk.weekend_of("AE"), "sat_sun")
        self.assertEqual(desk.weekend_of("FR"), "sat_sun")
        self.assertEqual(desk.weekend_of(None), "sat_sun")

    @given(st.sets(st.integers(0, 6)))
    def test_a_weekend_is_named_by_what_it_leaves(self, days):
        name = desk.weekend_named(days)
        self.assertEqual(name is None, set(range(7)) - days not in desk.WEEKENDS.values())
        if name:
            self.assertEqual(desk.WEEKENDS[name], set(range(7)) - days)

    def test_time_zones(self):
        self.assertEqual(desk.time_zone_of("SA", "Europe/Paris"), "Asia/Riyadh")
        self.assertEqual(desk.time_zone_of("US", "America/Chicago"), "America/Chicago")
        self.assertEqual(desk.time_zone_of(None, "Asia/Amman"), "Asia/Amman")

    @given(QUARTERS, QUARTERS, st.none() | st.tuples(QUARTERS, QUARTERS))
    def test_hours_without_fault_are_in_order_and_apart(self, opens, closes, rest):
        spans = desk.spans_of_day(opens, closes, rest)
        fine = all(0 <= start < end <= 24 for start, end in spans) and all(
            a[1] < b[0] for a, b in pairwise(spans)
        )
        self.assertEqual(desk.find_fault(opens, closes, rest) is None, fine)

    @given(st.sets(st.integers(0, 6), min_size=1), QUARTERS, QUARTERS, st.booleans())
    def test_a_simple_week_is_read_back(self, days, opens, closes, has_break):
        rest = (opens + 0.25, closes - 0.25) if has_break else None
        if desk.find_fault(opens, closes, rest):
            return
        spans = desk.spans_of_day(opens, closes, rest)
        week = [(day, *span) for day in days for span in spans]
        self.assertEqual(desk.read_week(week), (days, spans))

    def test_other_weeks_are_not_read(self):
        self.assertIsNone(desk.read_week([]))
        self.assertIsNone(desk.read_week([(0, 8, 12), (1, 8, 13)]))
        self.assertIsNone(desk.read_week([(0, 8, 10), (0, 11, 12), (0, 13, 15)]))
        self.assertIsNone(desk.read_week([(0, 8, 12), (0, 12, 15)]))

    @given(DATES, st.integers(0, 30), ZONES)
    def test_whole_days_are_read_back(self, first, length, tz):
        last = first + timedelta(length)
        begin, end = desk.day_limits(first, last, tz)
        self.assertEqual(desk.whole_days(begin, end, tz), (first, last))
        self.assertEqual(desk.whole_days(begin, end + timedelta(seconds=1), tz), (first, last))
        self.assertIsNone(desk.whole_days(begin + timedelta(hours=1), end, tz))

    @given(DATES, ZONES, st.sets(st.integers(0, 6), min_size=1))
    def test_days_of_work(self, first, tz, days):
        spans = [(8, 12), (13, 17.5)]
        off = (first + timedelta(3), first + timedelta(5))
        found = desk.intervals(days, spans, tz, first, 28, [off])
        zone = pytz.timezone(tz)
        for start, end in found:
            local = datetime.fromtimestamp(start, zone)
            self.assertIn(local.weekday(), days)
            self.assertIn(local.hour, (8, 13))
            self.assertFalse(off[0] <= local.date() <= off[1])
            self.assertIn(end - start, (4 * 3600, 4.5 * 3600))
        self.assertEqual(len(WorkingTime(found)._starts), len(found))

    def test_days_of_one_name_are_one_line(self):
        self.assertEqual(
            desk.bridge(
                [
                    (date(2026, 3, 21), "Eid"),
                    (date(2026, 3, 20), "Eid"),
                    (date(2026, 3, 22), "Other"),
                    (date(2026, 3, 24), "Other"),
                ]
            ),
            [
                (date(2026, 3, 20), date(2026, 3, 21), "Eid"),
                (date(2026, 3, 22), date(2026, 3, 22), "Other"),
                (date(2026, 3, 24), date(2026, 3, 24), "Other"),
            ],
        )
