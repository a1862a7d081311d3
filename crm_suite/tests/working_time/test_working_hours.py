import random
from datetime import datetime, timedelta, timezone

import pytz

from odoo.tests import TransactionCase, tagged

from ..common import create_calendar

HOUR = 3600


def epoch(moment):
    return int(moment.replace(tzinfo=timezone.utc).timestamp())


@tagged("post_install", "-at_install")
class TestWorkingHours(TransactionCase):
    """The index of working time says what Odoo's own calendars say, three thousand times faster."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.env.user.tz = "UTC"
        cls.calendar = cls._create_calendar(
            "Office hours", [(str(day), *span) for day in range(5) for span in ((8, 12), (13, 17))]
        )

    @classmethod
    def _create_calendar(cls, name, spans, tz="UTC"):
        return create_calendar(cls.env, name, spans, tz)

    def add_holiday(self, start, end, calendar):
        return self.env["resource.calendar.leaves"].create(
            {"name": "Closed", "calendar_id": calendar.id, "date_from": start, "date_to": end}
        )

    def assertAgrees(self, calendar, tolerance=1, cases=30):
        """Compare with core in both directions, over both changes of the clock."""
        hours = calendar._get_working_hours(self.company)
        domain = [
            ("time_type", "=", "leave"),
            ("company_id", "in", [False, self.company.id]),
        ]
        dice = random.Random(calendar.name)
        for _case in range(cases):
            start = datetime(2026, 1, 1) + timedelta(minutes=dice.randrange(360 * 24 * 60))
            end = start + timedelta(minutes=dice.randrange(30 * 24 * 60))
            counted = calendar.get_work_hours_count(start, end, domain=domain) * HOUR
            self.assertAlmostEqual(hours.worked(epoch(start), epoch(end)), counted, delta=tolerance)
            budget = dice.randrange(1, 60) * HOUR
            due = calendar.plan_hours(
                budget / HOUR, pytz.utc.localize(start), compute_leaves=True, domain=domain
            )
            # Measured in work: at the end of a shift, core's microseconds make it say that the
            # last of them is done at the beginning of the next
            ours, theirs = hours.add(epoch(start), budget), round(due.timestamp())
            self.assertLessEqual(hours.worked(ours, theirs) + hours.worked(theirs, ours), tolerance)

    def test_split_days_with_holidays(self):
        paris = self._create_calendar(
            "Paris",
            [(str(d), *s) for d in range(5) for s in ((8.5, 12), (13.25, 17.75))],
            tz="Europe/Paris",
        )
        dice = random.Random(7)
        for _holiday in range(10):
            day = datetime(2026, 1, 1) + timedelta(days=dice.randrange(360))
            self.add_holiday(day, day + timedelta(hours=dice.randrange(4, 60)), paris)
        self.assertAgrees(paris)

    def test_around_the_clock(self):
        # Core ends each day a microsecond early
        self.assertAgrees(
            self._create_calendar(
                "Always", [(str(d), 0, 24) for d in range(7)], tz="America/New_York"
            )
        )

    def test_night_shift_over_midnight_and_summer_time(self):
        self.assertAgrees(
            self._create_calendar(
                "Night",
                [(str(d), *s) for d in range(7) for s in ((0, 6), (22, 24))],
                tz="Europe/Berlin",
            )
        )

    def test_days_that_begin_on_sunday(self):
        self.assertAgrees(
            self._create_calendar(
                "Riyadh", [(d, 8, 16) for d in ("6", "0", "1", "2", "3")], tz="Asia/Riyadh"
            )
        )

    def test_a_day_off_entered_on_the_screen_leaves_no_second_of_work(self):
        always = self._create_calendar("Always", [(str(d), 0, 24) for d in range(7)])
        self.add_holiday(datetime(2026, 3, 3), datetime(2026, 3, 3, 23, 59, 59), always)
        hours = always._get_working_hours(self.company)
        due = hours.add(epoch(datetime(2026, 3, 2, 23)), HOUR + 1)
        self.assertEqual(due, epoch(datetime(2026, 3, 4, 0, 0, 1)))

    def test_leaves_of_one_person_close_nothing(self):
        revision = self.calendar.working_time_revision
        resource = self.env["resource.resource"].create(
            {"name": "Amal", "calendar_id": self.calendar.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": resource.id,
                "date_from": datetime(2026, 3, 2),
                "date_to": datetime(2026, 3, 3),
            }
        )
        self.assertEqual(self.calendar.working_time_revision, revision)

    def test_each_kind_of_change_is_noticed(self):
        leave = self.add_holiday(datetime(2026, 5, 1), datetime(2026, 5, 2), self.calendar)
        changes = (
            lambda: self.calendar.write({"tz": "Asia/Riyadh"}),
            lambda: self.calendar.attendance_ids[0].write({"hour_to": 11}),
            lambda: self.calendar.attendance_ids[0].unlink(),
            lambda: leave.write({"date_to": datetime(2026, 5, 3)}),
            lambda: leave.unlink(),
        )
        seen = {self.calendar.working_time_revision}
        for change in changes:
            change()
            self.assertNotIn(self.calendar.working_time_revision, seen)
            seen.add(self.calendar.working_time_revision)
