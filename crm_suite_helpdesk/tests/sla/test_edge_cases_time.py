from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_suite.lib.working_time import epoch

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestEdgeCasesTime(HelpdeskCommon):
    """The edge cases of a service level, one test a row: what happens to the time."""

    def close(self, first, last, calendar=None, company=None):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": (calendar or self.calendar).id,
                "company_id": (company or self.company).id,
                "date_from": first,
                "date_to": last,
            }
        )

    def promise(self, **values):
        """A policy with one resolution of ten hours that goes before the others."""
        return self.env["crm.sla.policy"].create(
            {
                "name": "Ten hours",
                "sequence": -1,
                "target_ids": [Command.create({"metric": "resolution", "budget_s": 10 * HOUR})],
                **values,
            }
        )

    def test_holiday_added_for_tomorrow(self):
        ticket, paused = self.create_ticket(), self.create_ticket()
        self.move(paused, "waiting_customer")
        self.travel(hours=2)
        self.close(datetime(2026, 3, 3), datetime(2026, 3, 3, 23, 59, 59))
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.deadline, datetime(2026, 3, 4, 9))
        self.assertEqual(clock.segment_ids.mapped("cause"), ["calendar"])
        self.assertEqual(clock.calendar_rev, self.calendar.working_time_revision)
        self.move(paused, "open")
        self.assertEqual(
            self.clock(paused, "resolution").deadline, datetime(2026, 3, 4, 11), "when it runs"
        )

    def test_holiday_added_for_the_past(self):
        ticket = self.create_ticket()
        self.travel(datetime(2026, 3, 4, 8))
        self.move(ticket, "waiting_customer")
        self.run_cron("crm.sla.clock", "_cron_tick")
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.elapsed_s, clock.breached_at), (15 * HOUR, datetime(2026, 3, 3, 9)))
        segment, revision = clock.segment_ids, self.calendar.working_time_revision
        self.close(datetime(2026, 3, 3), datetime(2026, 3, 3, 23, 59, 59))
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.assertEqual((segment.worked_s, segment.calendar_rev), (15 * HOUR, revision))
        changed = clock.with_user(self.manager)._recount_history("Tuesday was a holiday")
        self.assertEqual(changed, clock)
        self.assertEqual(clock.elapsed_s, 7 * HOUR)
        added = clock.segment_ids - segment
        self.assertEqual((added.state, added.worked_s), ("adjusted", -8 * HOUR))
        self.assertEqual((added.cause, added.note), ("recount", "Tuesday was a holiday"))
        self.assertEqual(added.user_id, self.manager)
        self.assertTrue(clock.forgiven_at, "it would not have been broken")
        self.assertIn("Tuesday was a holiday", ticket.message_ids[1].body)
        self.assertFalse(
            clock.with_user(self.manager)._recount_history("Again"), "what is right stays"
        )

    def test_daylight_saving_around_the_clock_night_shifts_and_two_weeks(self):
        cases = (
            # In Berlin, the 29th of March has 23 hours and the 25th of October 25
            ("24/7", None, datetime(2026, 3, 28, 20), datetime(2026, 3, 29, 6)),
            ("night", "night", datetime(2026, 3, 28, 21), datetime(2026, 3, 29, 23)),
            ("night", "night", datetime(2026, 10, 24, 20), datetime(2026, 10, 25, 22)),
            ("two weeks", "two_weeks", datetime(2026, 3, 2, 6), datetime(2026, 3, 17, 9)),
        )
        calendars = {
            "night": self._create_calendar(
                "Night",
                [(str(day), *span) for day in range(7) for span in ((0, 6), (22, 24))],
                tz="Europe/Berlin",
            ),
            "two_weeks": self.create_two_weeks(),
        }
        for name, calendar, start, due in cases:
            with self.subTest(name=name, start=start):
                policy = self.promise(
                    mode="working" if calendar else "always",
                    calendar_id=calendar and calendars[calendar].id,
                )
                self.travel(start)
                clock = self.clock(self.create_ticket(), "resolution")
                self.assertEqual((clock.policy_id, clock.deadline), (policy, due))
                worked = clock._get_hours().worked(epoch(start), epoch(due))
                self.assertEqual(worked, 10 * HOUR)
                policy.active = False

    def create_two_weeks(self):
        """Eight hours on Tuesdays of one week, none in the other."""
        calendar = self.env["resource.calendar"].create(
            {"name": "Two weeks", "tz": "UTC", "company_id": self.company.id, "attendance_ids": []}
        )
        calendar.attendance_ids.unlink()
        week_type = self.env["resource.calendar.attendance"].get_week_type(MONDAY.date())
        calendar.two_weeks_calendar = True
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Tuesday",
                    "dayofweek": "1",
                    "hour_from": 7,
                    "hour_to": 15,
                    "day_period": "morning",
                    "week_type": str(week_type),
                }
            )
        ]
        return calendar

    def test_calendar_empty_flexible_archived_or_of_another_company(self):
        other_company = self.env["res.company"].create({"name": "Sister"})
        empty = self._create_calendar("Empty", [])
        flexible = self._create_calendar("Flexible", [("0", 8, 12)], schedule_type="flexible")
        for calendar in (empty, flexible):
            with self.assertRaises(ValidationError):
                self.promise(calendar_id=calendar.id)
            with self.assertRaises(ValidationError):
                self.team.calendar_id = calendar
        foreign = self._create_calendar("Foreign", [("0", 8, 12)], company_id=other_company.id)
        with self.assertRaises(Exception) as caught:
            self.promise(calendar_id=foreign.id)
        self.assertIn("Foreign", str(caught.exception))
        night = self._create_calendar("Night", [(str(day), 0, 6) for day in range(7)])
        policy = self.promise(calendar_id=night.id)
        self.assertEqual(self.clock(self.create_ticket(), "resolution").calendar_id, night)
        night.active = False
        ticket = self.create_ticket()
        self.assertEqual(self.clock(ticket, "resolution").calendar_id, self.calendar)
        self.assertTrue(ticket.activity_ids, "somebody is told")
        self.assertIn("Night", policy.hours_warning)
        self.assertFalse(self.create_ticket().activity_ids, "once")
        night.active = True
        night.attendance_ids.unlink()
        self.company.resource_calendar_id = False
        clock = self.clock(self.create_ticket(), "resolution")
        self.assertEqual((clock.mode, clock.calendar_id), ("always", night.browse()))
        self.assertEqual(clock.deadline, MONDAY + timedelta(hours=10))

    def test_budget_beyond_the_horizon(self):
        rare = self._create_calendar("Rare", [("0", 8, 8.25)])
        self.promise(
            calendar_id=rare.id,
            target_ids=[Command.create({"metric": "resolution", "budget_s": 10**6})],
        )
        ticket = self.create_ticket()
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.state, clock.deadline), ("running", False))
        self.assertFalse(clock.next_event_at)
        self.assertIn("working hours", ticket.activity_ids.note)
        self.travel(days=400)
        self.move(ticket, "solved")
        self.assertEqual(clock.result, "met")

    def test_server_down_over_the_deadline(self):
        ticket = self.create_ticket()
        self.travel(days=3)
        self.assertEqual(ticket.sla_state, "overdue", "true without any job")
        self.run_cron("crm.sla.clock", "_cron_tick")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 3, 9), "and not when it is noticed")

    def test_clocks_of_the_machines_do_not_matter(self):
        ticket = self.create_ticket()
        with (
            patch("time.time", return_value=0),
            patch("odoo.fields.Datetime.now", return_value=datetime(2040, 1, 1)),
        ):
            self.travel(hours=1)
            self.reply(ticket)
            self.move(ticket, "waiting_customer")
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.stopped_at, datetime(2026, 3, 2, 10), "that of the database does")
        self.assertEqual(ticket.first_response_at, datetime(2026, 3, 2, 10))
