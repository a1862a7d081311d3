from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch

from ..common import HOUR, MONDAY, HelpdeskCommon

MINUTE = timedelta(minutes=1)
EVENTS = [
    "new",
    "open",
    "waiting_customer",
    "waiting_third",
    "solved",
    "spam",
    "urgent",
    "calm",
    "day_team",
    "night_team",
    "reply",
    "customer_writes",
    "hold",
    "release",
    "holiday",
    "merge",
    "unmerge",
    "older",
    "no_older",
]
LIVES = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.sampled_from([0, 0, 1, 7, 60, 200, 480, 1441])),
    min_size=1,
    max_size=9,
)
DONE, VOID = ("solved", "closed"), ("cancelled", "spam")


class SlowTicket:
    """The resolution of a ticket, counted minute by minute: what the engine has to agree with."""

    def __init__(self, now):
        self.now, self.stage, self.priority, self.team = now, "new", "1", "day"
        self.is_held = self.is_merged = False
        self.closed_days, self.elapsed, self.added = set(), 0, 0
        self.is_breached = self.is_ended = False
        self.frozen = None

    @property
    def budget(self):
        return (4 if self.priority == "3" else 8) * 60

    def is_open(self, minute):
        if minute.date() in self.closed_days:
            return False
        if self.team == "night":
            return minute.hour < 6
        return minute.weekday() < 5 and minute.hour in (8, 9, 10, 11, 13, 14, 15, 16)

    @property
    def is_running(self):
        if self.stage in DONE + VOID:
            return False
        return self.stage != "waiting_customer" and not self.is_held

    def travel(self, minutes):
        for _minute in range(minutes):
            if self.is_running:
                # Still running in the minute after the one in which the budget was spent
                if self.elapsed >= self.budget:
                    self.is_breached = True
                if self.is_open(self.now):
                    self.elapsed += 1
            self.now += MINUTE

    def change(self, **values):
        was_over, was_done = self.stage in DONE + VOID, self.stage in DONE
        was_ended = self.is_ended
        for name, value in values.items():
            setattr(self, name, value)
        if self.stage in DONE:
            self.is_held = False
        # What ended stays as it ended, whatever becomes of the ticket
        self.is_ended = self.stage in DONE or (self.stage in VOID and (was_done or self.is_ended))
        is_over = self.stage in DONE + VOID
        if was_over and (not is_over or (self.is_ended and not was_ended)):
            self.is_breached = self.elapsed > self.budget  # another cycle, with what was counted
        if not is_over and self.elapsed > self.budget:
            self.is_breached = True

    def merge(self):
        """What happens from here on is forgotten, unless the merge is undone."""
        self.is_merged = True
        self.frozen = (self.elapsed, self.is_breached)

    def get_outcome(self):
        elapsed, breached = self.frozen or (self.elapsed, self.is_breached)
        if self.is_merged and self.stage not in DONE + VOID:
            return "cancelled", elapsed, breached
        if self.is_ended:
            return "stopped", elapsed, breached
        if self.stage in VOID:
            return "cancelled", elapsed, breached
        return "running" if self.is_running else "paused", elapsed, breached


@tagged("post_install", "-at_install")
class TestRandomLives(HelpdeskCommon):
    """Whatever happens to a ticket, in whatever order: its clock is the sum of its ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        night = cls._create_calendar("Night", [(str(day), 0, 6) for day in range(7)])
        cls.night_team = cls.env["crm.ticket.team"].create(
            {"name": "Night", "calendar_id": night.id}
        )
        cls.stages["waiting_third"] = cls.stages.get("waiting_third") or cls.env[
            "crm.ticket.stage"
        ].create({"name": "Supplier", "type": "waiting_third"})

    def happen(self, ticket, slow, event):
        if event in ("merge", "unmerge"):
            self.merge(ticket, slow, event)
        elif event == "holiday":
            self.close_tomorrow(slow)
        elif event == "reply":
            self.reply(ticket, self.manager)
        elif not slow.is_merged:  # nobody works on a ticket that goes on in another one
            self.work(ticket, slow, event)

    def merge(self, ticket, slow, event):
        if event == "merge" and not slow.is_merged:
            ticket.sudo().merged_into_id = self.survivor
            slow.merge()
        elif event == "unmerge":
            ticket.sudo().merged_into_id = False
            slow.is_merged, slow.frozen = False, None

    def work(self, ticket, slow, event):
        if event in self.stages:
            self.move(ticket, event)
            slow.change(stage=event)
        elif event in ("urgent", "calm"):
            ticket.priority = "3" if event == "urgent" else "1"
            slow.change(priority=ticket.priority)
        elif event in ("day_team", "night_team"):
            ticket.team_id = self.night_team if event == "night_team" else self.team
            slow.change(team=event.partition("_")[0])
        elif event == "customer_writes":
            self.customer_writes(ticket)
            if slow.stage in ("waiting_customer", "solved"):
                slow.change(stage="open")
        elif slow.stage in DONE + VOID:
            return
        elif event == "hold":
            ticket.with_user(self.manager)._sla_hold("Stock-taking")
            slow.change(is_held=True)
        elif event == "release":
            ticket.with_user(self.manager)._sla_release()
            slow.change(is_held=False)
        else:
            self.take_start(ticket, slow, event)

    def close_tomorrow(self, slow):
        day = (slow.now + timedelta(days=1)).date()
        if day not in slow.closed_days:
            start = datetime.combine(day, datetime.min.time())
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Closed",
                    "calendar_id": False,
                    "date_from": start,
                    "date_to": start + timedelta(hours=23, minutes=59, seconds=59),
                }
            )
            self.run_cron("crm.sla.clock", "_cron_follow_calendars")
            slow.closed_days.add(day)

    def take_start(self, ticket, slow, event):
        """The start of an older ticket holds, in the hours of the team that has the ticket."""
        older = MONDAY - timedelta(days=3, hours=2)
        ticket._sla_take_start(older if event == "older" else ticket.opened_at)
        added, minute = 0, older
        while event == "older" and minute < MONDAY:
            added += slow.is_open(minute)
            minute += MINUTE
        broken_before = slow.is_breached
        slow.elapsed += added - slow.added
        if event == "no_older" and slow.added and slow.elapsed <= slow.budget:
            slow.is_breached = broken_before and self.broken_alone
        slow.added = added
        slow.change()
        if event == "older":
            self.broken_alone = broken_before

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(LIVES)
    def test_random_lives_equal_their_ledger(self, life):
        with self.env.cr.savepoint() as point:
            self.env.cr._now = MONDAY
            self.env.invalidate_all()
            self.live(life)
            point.rollback()
        self.env.invalidate_all(flush=False)

    def live(self, life):
        self.broken_alone = False
        self.survivor = self.create_ticket(name="Survivor")
        ticket, slow = self.create_ticket(), SlowTicket(MONDAY)
        for event, minutes in life:
            self.travel(minutes=minutes)
            slow.travel(minutes)
            self.happen(ticket, slow, event)
            self.check(ticket, slow)
        self.travel(minutes=30)
        slow.travel(30)
        self.check(ticket, slow)
        self.check_rebuild(ticket)

    def check(self, ticket, slow):
        clock = self.clock(ticket, "resolution")
        state, elapsed, breached = slow.get_outcome()
        self.assertEqual(clock.state, state)
        self.assertEqual(round(clock.elapsed * HOUR), elapsed * 60)
        due = clock.state == "running" and clock.deadline and clock.deadline < slow.now
        self.assertEqual(bool(clock.breached_at or due), breached)
        for row, (values, whole) in ticket.sla_clock_ids._replay().items():
            self.assertTrue(whole, "the ledger has no holes")
            self.assertFalse(row._compare(values))
        if clock.state == "running" and not breached:
            ahead = clock._get_hours().worked(epoch(slow.now), epoch(clock.deadline))
            self.assertEqual(ahead, (slow.budget - elapsed) * 60)

    def check_rebuild(self, ticket):
        """A row that was spoilt is made again from the ledger as it was."""
        clocks = ticket.sla_clock_ids
        names = ["elapsed_s", "deadline", "breached_at", "state_since", "result", "stopped_at"]
        before = clocks.read(names)
        facts = ticket.read(["sla_deadline", "sla_breached", "sla_phase"])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_sla_clock SET elapsed_s = elapsed_s + 7, deadline = %s,"
                " stopped_at = %s, state_since = started_at WHERE ticket_id = %s",
                MONDAY,
                MONDAY,
                ticket.id,
            )
        )
        self.env.invalidate_all()
        self.env["crm.sla.clock"]._rebuild(clocks.ids)
        self.env.invalidate_all()
        self.assertEqual(clocks.read(names), before)
        self.assertEqual(ticket.read(["sla_deadline", "sla_breached", "sla_phase"]), facts)
