from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..common import HOUR, MONDAY, HelpdeskCommon

FRIDAY = datetime(2026, 3, 6)
STAMPS = {"id", "write_uid", "write_date", "create_uid", "create_date"}


@tagged("post_install", "-at_install")
class TestRecount(HelpdeskCommon):
    """Changed hours move the deadlines of all running clocks, at once and as one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_calendar = cls._create_calendar(
            "Late hours", [(str(day), 12, 20) for day in range(6)], "Asia/Riyadh"
        )
        cls.late_team = cls.team.copy({"name": "Late", "calendar_id": cls.other_calendar.id})
        cls.late_team.alias_name = False
        cls.policy.rule_ids = [
            Command.create({"kind": "share", "share": 50}),
            Command.create({"kind": "after", "delay": 2, "every": 3, "times": 0}),
        ]
        cls.always = cls.env["crm.sla.policy"].create(
            {
                "name": "Around the clock besides",
                "mode": "always",
                "stack": "add",
                "target_ids": [Command.create({"metric": "resolution", "budget_s": 9 * HOUR})],
            }
        )

    def clock(self, ticket, metric):
        clocks = super().clock(ticket, metric)
        own = ticket.sla_clock_ids.filtered(
            lambda c: c.metric == metric and c.policy_id != self.always
        )
        return own.sorted("cycle")[-1:] or clocks

    def draw_lives(self):
        """Tickets in all states: paused, answered, reopened, late and just begun."""
        tickets = self.env["crm.ticket"]
        for number in range(14):
            team = (self.team, self.late_team)[number % 2]
            tickets += self.create_ticket(team_id=team.id, priority=str(number % 4))
            self.travel(minutes=47)
            if number % 3 == 0:
                self.reply(tickets[-1])
            if number % 4 == 1:
                self.move(tickets[-1], "waiting_customer")
        self.travel(hours=20)
        for ticket in tickets[1::4]:
            self.move(ticket, "open")
        for ticket in tickets[2::5]:
            self.move(ticket, "solved")
        return tickets + self.create_ticket()

    def read_all(self, tickets):
        """Every column of the clocks, ledgers and tickets, but who wrote them when."""
        self.env.flush_all()
        rows = []
        for model, records in (
            ("crm.sla.clock", tickets.sla_clock_ids),
            ("crm.sla.segment", tickets.sla_clock_ids.segment_ids),
            ("crm.ticket", tickets),
        ):
            columns = [
                name
                for name, field in self.env[model]._fields.items()
                if field.store and field.column_type and name not in STAMPS
            ]
            self.env.cr.execute(
                f"SELECT {', '.join(columns)} FROM {self.env[model]._table} WHERE id IN %s",
                [tuple(records.ids)],
            )
            rows.append(sorted(map(str, self.env.cr.dictfetchall())))
        return rows

    def test_as_the_engine_does_it_one_by_one(self):
        tickets = self.draw_lives()
        for calendar in (self.calendar, self.other_calendar):
            self.add_day_off(self.env.cr.now() + timedelta(days=1), calendar)
        before = self.read_all(tickets)
        with self.env.cr.savepoint() as savepoint:
            clocks = tickets.sla_clock_ids.filtered(
                lambda c: c.state == "running" and c.calendar_id
            )
            clocks._apply("recount", "calendar")
            expected = self.read_all(tickets)
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.read_all(tickets), before)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.maxDiff = None
        for mine, engine in zip(self.read_all(tickets), expected, strict=True):
            self.assertEqual(sorted(set(mine) - set(engine)), sorted(set(engine) - set(mine)))
            self.assertEqual(len(mine), len(engine))
        self.assertNotEqual(before, expected)

    def test_writes_whatever_follows_from_a_clock(self):
        """Who stores something else that follows from a clock has to come here as well."""
        Clock, Ticket = self.env["crm.sla.clock"], self.env["crm.ticket"]
        written = (
            "deadline",
            "risk_at",
            "breached_at",
            "elapsed_s",
            "state_since",
            "next_event_at",
        )
        facts = {"sla_phase", "sla_deadline", "sla_next_metric", "sla_risk_at", "sla_breached"}
        following = {
            (field.model_name, field.name)
            for name in written
            for field in self.registry.get_dependent_fields(Clock._fields[name])
            if field.store
        }
        self.assertLessEqual(following, {("crm.ticket", name) for name in facts})
        following = {
            field.name
            for name in facts
            for field in self.registry.get_dependent_fields(Ticket._fields[name])
            if field.store
        }
        self.assertFalse(following)

    def test_many_batches(self):
        tickets = self.draw_lives()
        self.add_day_off(self.env.cr.now() + timedelta(days=1), self.calendar)
        with patch("odoo.addons.crm_suite_helpdesk.models.recount.crm_sla_clock.BATCH", 3):
            self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        running = tickets.sla_clock_ids.filtered(
            lambda c: c.state == "running" and c.calendar_id == self.calendar
        )
        self.assertTrue(running)
        self.assertEqual(set(running.mapped("calendar_rev")), {self.calendar.working_time_revision})
        entries = running.segment_ids.filtered(lambda s: s.cause == "calendar")
        self.assertEqual(len(entries), len(running.filtered("segment_ids")), "one entry each")

    def test_warnings_move_with_the_deadline(self):
        ticket = self.create_ticket()
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.next_event_at, datetime(2026, 3, 2, 14), "half of eight hours")
        self.travel(hours=1)
        self.add_day_off(datetime(2026, 3, 2, 13), self.calendar, hours=4)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.assertEqual(clock.next_event_at, datetime(2026, 3, 3, 9))
        self.assertEqual(clock.deadline, datetime(2026, 3, 3, 14))

    def test_a_day_off_in_the_past_leaves_the_ledger_as_it_is(self):
        ticket = self.create_ticket()
        self.travel(hours=2)
        self.move(ticket, "waiting_customer")
        self.travel(FRIDAY + timedelta(hours=10))
        self.move(ticket, "open")
        entries = self.clock(ticket, "resolution").segment_ids
        before = entries.mapped("worked_s")
        self.add_day_off(MONDAY, self.calendar)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.assertEqual(entries.mapped("worked_s"), before)
        self.assertEqual(self.clock(ticket, "resolution").elapsed_s, 2 * HOUR)

    def test_a_breach_that_nobody_noticed_yet_is_kept(self):
        ticket = self.create_ticket()
        self.travel(hours=5)
        self.add_day_off(MONDAY, self.calendar)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 11))
        self.assertTrue(ticket.sla_breached)

    def test_who_works_on_a_ticket_before_the_job_meets_the_new_hours(self):
        solved, noticed, late = self.create_ticket(), self.create_ticket(), self.create_ticket()
        self.travel(hours=1)
        self.add_day_off(datetime(2026, 3, 3), self.calendar)
        self.travel(datetime(2026, 3, 4, 8, 30))
        self.run_cron("crm.sla.clock", "_cron_tick")
        self.move(solved, "solved")
        clock = self.clock(solved, "resolution")
        self.assertEqual((clock.elapsed_s, clock.result), (27000, "met"), "half an hour was left")
        self.assertFalse(self.clock(noticed, "resolution").breached_at)
        self.travel(minutes=31)
        self.run_cron("crm.sla.clock", "_cron_tick")
        self.move(late, "solved")
        for ticket in (noticed, late):
            breached_at = self.clock(ticket, "resolution").breached_at
            self.assertEqual(breached_at, datetime(2026, 3, 4, 9), "by the hours as they are")

    def test_hours_that_are_added_break_nothing_in_the_past(self):
        self.add_day_off(MONDAY, self.calendar, hours=3)
        ticket = self.create_ticket()
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.deadline, datetime(2026, 3, 2, 15))
        self.travel(hours=5)
        self.calendar.leave_ids.unlink()
        changed = self.env["crm.ticket"]._now()
        self.travel(minutes=10)
        self.reply(ticket)
        self.assertEqual((clock.result, clock.breached_at), ("missed", changed))

    def add_day_off(self, day, calendar, hours=24):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "date_from": day,
                "date_to": day + timedelta(hours=hours, seconds=-1),
            }
        )
