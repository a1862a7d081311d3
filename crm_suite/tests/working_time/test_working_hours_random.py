from datetime import datetime, timedelta

import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ...lib.working_time import epoch
from ..common import create_calendar

HOUR = 3600
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Riyadh", "Australia/Lord_Howe"]
# Split days, night shifts over midnight, and days that are open around the clock
SHIFTS = st.sampled_from(
    [
        ((8, 12), (13, 17)),
        ((8.5, 12), (13.25, 17.75)),
        ((0, 6), (22, 24)),
        ((0, 24),),
        ((7, 9), (10, 12), (14, 20)),
    ]
)
# Around both changes of the clock of Berlin and New York, and over the turn of the year
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 6),
        datetime(2026, 3, 27),
        datetime(2026, 10, 23),
        datetime(2026, 10, 30),
        datetime(2026, 12, 29),
    ]
).flatmap(lambda day: st.integers(0, 4 * 24 * 60).map(lambda m: day + timedelta(minutes=m)))


@tagged("post_install", "-at_install")
class TestWorkingHoursRandom(TransactionCase):
    """Random calendars, asked in both directions: the index agrees with core's calendars."""

    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(
        zone=st.sampled_from(ZONES),
        days=st.sets(st.integers(0, 6), min_size=1),
        shifts=SHIFTS,
        is_two_weeks=st.booleans(),
        holidays=st.lists(st.integers(0, 360), max_size=4),
        start=STARTS,
        span=st.integers(0, 15 * 24 * 60),
        budget=st.integers(1, 40),
    )
    def test_agrees_with_core(
        self, zone, days, shifts, is_two_weeks, holidays, start, span, budget
    ):
        spans = [(str(day), *shift) for day in sorted(days) for shift in shifts]
        with self.env.cr.savepoint() as point:
            calendar = create_calendar(self.env, "Random", spans, zone)
            if is_two_weeks:
                self.make_two_weeks(calendar, spans)
            self.add_holidays(calendar, zone, holidays)
            self.compare(calendar, start, start + timedelta(minutes=span), budget)
            point.rollback()
        self.env.invalidate_all(flush=False)

    def make_two_weeks(self, calendar, spans):
        """The same shifts in one week, and only those of the first day in the other."""
        calendar.attendance_ids.unlink()
        calendar.two_weeks_calendar = True
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Shift",
                    "dayofweek": day,
                    "hour_from": first,
                    "hour_to": last,
                    "day_period": "morning" if first < 12 else "afternoon",
                    "week_type": week,
                }
            )
            for week in ("0", "1")
            for day, first, last in spans
            if week == "0" or day == spans[0][0]
        ]

    def add_holidays(self, calendar, zone, holidays):
        tz = pytz.timezone(zone)
        for number in set(holidays):
            day = tz.localize(datetime(2026, 1, 1) + timedelta(days=number))
            first = day.astimezone(pytz.utc).replace(tzinfo=None)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Closed",
                    "calendar_id": calendar.id,
                    "date_from": first,
                    "date_to": first + timedelta(hours=23, minutes=59, seconds=59),
                }
            )

    def compare(self, calendar, start, end, budget):
        company = self.env.company
        hours = calendar._get_working_hours(company)
        domain = [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
        counted = calendar.get_work_hours_count(start, end, domain=domain) * HOUR
        # Core leaves a second of work at the end of each day off, and a microsecond at midnight
        self.assertAlmostEqual(hours.worked(epoch(start), epoch(end)), counted, delta=5)
        due = calendar.plan_hours(
            budget, pytz.utc.localize(start), compute_leaves=True, domain=domain
        )
        ours = hours.add(epoch(start), budget * HOUR)
        self.assertEqual(hours.worked(epoch(start), ours), budget * HOUR, "exactly")
        self.assertLess(hours.worked(epoch(start), ours - 1), budget * HOUR)
        theirs = round(due.timestamp())
        self.assertLessEqual(hours.worked(ours, theirs) + hours.worked(theirs, ours), 5)
