import random
from datetime import datetime, timedelta

import pytz

from odoo.tests import tagged

from ...models.sla.crm_sla_clock import _epoch, _moment
from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaCalendar(HelpdeskCommon):
    """The index of working time says what Odoo's own calendars say, three thousand times faster."""

    def add_holiday(self, start, end, calendar=None, company=None):
        Leave = self.env["resource.calendar.leaves"].with_company(company or self.company)
        return Leave.create(
            {
                "name": "Closed",
                "calendar_id": calendar.id if calendar else False,
                "date_from": start,
                "date_to": end,
            }
        )

    def assertAgrees(self, calendar, tolerance=1, cases=30):
        """Compare with core in both directions, over both changes of the clock."""
        hours = calendar._get_working_hours_for_sla(self.company)
        domain = [
            ("time_type", "=", "leave"),
            ("company_id", "in", [False, self.company.id]),
        ]
        dice = random.Random(calendar.name)
        for _case in range(cases):
            start = datetime(2026, 1, 1) + timedelta(minutes=dice.randrange(360 * 24 * 60))
            end = start + timedelta(minutes=dice.randrange(30 * 24 * 60))
            counted = calendar.get_work_hours_count(start, end, domain=domain) * HOUR
            self.assertAlmostEqual(
                hours.worked(_epoch(start), _epoch(end)), counted, delta=tolerance
            )
            budget = dice.randrange(1, 60) * HOUR
            due = calendar.plan_hours(
                budget / HOUR, pytz.utc.localize(start), compute_leaves=True, domain=domain
            )
            # Measured in work: at the end of a shift, core's microseconds make it say that the
            # last of them is done at the beginning of the next
            ours, theirs = hours.add(_epoch(start), budget), round(due.timestamp())
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
        hours = always._get_working_hours_for_sla(self.company)
        due = _moment(hours.add(_epoch(datetime(2026, 3, 2, 23)), HOUR + 1))
        self.assertEqual(due, datetime(2026, 3, 4, 0, 0, 1))

    def test_holidays_of_another_company_are_not_ours(self):
        other = self.env["res.company"].create({"name": "Sister"})
        before = self.create_ticket().sla_deadline
        self.add_holiday(datetime(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59), company=other)
        self.assertEqual(self.create_ticket().sla_deadline, before)
        self.add_holiday(datetime(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59))
        self.assertGreater(self.create_ticket().sla_deadline, before, "while our own is")

    def test_leaves_of_one_person_close_nothing(self):
        revision = self.calendar.sla_revision
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
        self.assertEqual(self.calendar.sla_revision, revision)

    def test_changed_hours_move_the_deadlines_of_open_tickets(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        trigger_count = self.count_triggers()
        self.add_holiday(datetime(2026, 3, 3), datetime(2026, 3, 3, 23, 59, 59), self.calendar)
        self.assertGreater(self.count_triggers(), trigger_count)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.deadline, datetime(2026, 3, 4, 9), "Tuesday is off")
        self.assertEqual(clock.elapsed_s, HOUR)
        self.assertEqual(clock.segment_ids.mapped("cause"), ["calendar"])

    def test_each_kind_of_change_is_noticed(self):
        leave = self.add_holiday(datetime(2026, 5, 1), datetime(2026, 5, 2))
        changes = (
            lambda: self.calendar.write({"tz": "Asia/Riyadh"}),
            lambda: self.calendar.attendance_ids[0].write({"hour_to": 11}),
            lambda: self.calendar.attendance_ids[0].unlink(),
            lambda: leave.write({"date_to": datetime(2026, 5, 3)}),
            lambda: leave.unlink(),
        )
        seen = {self.calendar.sla_revision}
        for change in changes:
            change()
            self.assertNotIn(self.calendar.sla_revision, seen)
            seen.add(self.calendar.sla_revision)

    def count_triggers(self):
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_sla_calendar")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
