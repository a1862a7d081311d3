from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestEdgeCases(HelpdeskCommon):
    """The edge cases of a service level, one test a row: what happens to the ticket."""

    def test_priority_tags_or_customer_changed_midway(self):
        tag = self.env["crm.ticket.tag"].create({"name": "Outage"})
        fast = self.policy.copy({"name": "Fast", "sequence": -1, "tag_ids": [Command.set(tag.ids)]})
        fast.target_ids.filtered(lambda t: t.metric == "resolution").budget_s = 3 * HOUR
        ticket = self.create_ticket()
        self.travel(hours=2)
        ticket.tag_ids = tag
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.policy_id, clock.budget_s), (fast, 3 * HOUR))
        self.assertEqual((clock.started_at, clock.elapsed_s), (MONDAY, 2 * HOUR))
        self.assertEqual(clock.deadline, datetime(2026, 3, 2, 12), "an hour is left")
        self.assertEqual(clock.segment_ids.cause, "tag")
        self.travel(datetime(2026, 3, 2, 15))
        ticket.tag_ids = False
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 12), "never silently undone")
        self.assertEqual(clock.budget_s, 8 * HOUR)
        self.travel(MONDAY)
        spent = self.create_ticket()
        self.travel(hours=7)
        spent.tag_ids = tag
        clock = self.clock(spent, "resolution")
        self.assertEqual(clock.breached_at, self.env["crm.ticket"]._now(), "not in the past")
        self.assertEqual(clock.since_cause, "tag")

    def test_policy_edited(self):
        ticket = self.create_ticket()
        first = self.policy.revision_id
        self.policy.write(
            {
                "target_ids": [
                    Command.update(target.id, {"budget_s": target.budget_s // 2})
                    for target in self.policy.target_ids
                ]
            }
        )
        second = self.policy.revision_id
        self.assertEqual((first.number, second.number), (1, 2), "one change, one revision")
        self.assertIn("Resolution", second.summary)
        self.travel(hours=1)
        ticket.priority = "3"
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.revision_id, clock.budget_s), (first, 4 * HOUR), "stays on its own")
        self.assertEqual(self.clock(self.create_ticket(), "resolution").budget_s, 4 * HOUR)
        self.policy._apply_latest(ticket)
        self.assertEqual((clock.revision_id, clock.budget_s), (second, 2 * HOUR))
        self.assertEqual(clock.segment_ids.mapped("cause"), ["priority"])
        self.travel(hours=1)
        self.move(ticket, "solved")
        self.assertEqual(clock.result, "met", "two hours, to the second")

    def test_policy_archived(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.policy.action_archive()
        clocks = ticket.sla_clock_ids
        self.assertEqual(set(clocks.mapped("state")), {"cancelled"})
        self.assertFalse(any(clocks.mapped("next_event_at")), "nothing is due any more")
        self.assertFalse(any(clocks.mapped("deadline")))
        self.assertEqual(set(clocks.segment_ids.mapped("cause")), {"policy"})

    def test_waiting_and_back_in_the_same_second_or_at_night(self):
        ticket = self.create_ticket()
        clock = self.clock(ticket, "resolution")
        for _times in range(3):
            self.move(ticket, "waiting_customer")
            self.move(ticket, "open")
        self.assertFalse(clock.segment_ids, "no time, no entry")
        self.travel(datetime(2026, 3, 2, 18))
        self.move(ticket, "waiting_customer")
        self.travel(datetime(2026, 3, 3, 7))
        self.move(ticket, "open")
        self.assertEqual(clock.elapsed_s, 7 * HOUR)
        self.assertEqual(clock.deadline, datetime(2026, 3, 3, 9), "as if it had not been paused")

    def test_closed_directly_from_waiting(self):
        ticket = self.create_ticket()
        self.travel(hours=3)
        self.move(ticket, "waiting_customer")
        self.travel(days=200)
        self.move(ticket, "closed")
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.result, clock.elapsed_s), ("met", 3 * HOUR))

    def test_breach_instant(self):
        in_time, late = self.create_ticket(), self.create_ticket()
        self.travel(datetime(2026, 3, 3, 9))
        self.move(in_time, "solved")
        self.assertEqual(self.clock(in_time, "resolution").result, "met", "at the deadline itself")
        self.travel(seconds=1)
        self.move(late, "solved")
        clock = self.clock(late, "resolution")
        self.assertEqual(clock.result, "missed")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 3, 9), "whenever it is noticed")
        self.assertEqual(clock.overrun_s, 1)

    def test_reopen(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(hours=2)
        self.move(ticket, "solved")
        self.travel(days=1)
        self.move(ticket, "open")
        first, second = ticket.sla_clock_ids.filtered(lambda c: c.metric == "resolution").sorted(
            "cycle"
        )
        self.assertEqual((first.result, first.elapsed_s), ("met", 2 * HOUR), "kept for reports")
        self.assertEqual((second.cycle, second.elapsed_s), (2, 2 * HOUR), "the time closed is out")
        self.assertEqual(self.clock(ticket, "first_response").cycle, 1)
        self.assertEqual(ticket.reopen_count, 1)

    def test_reopen_as_a_new_cycle(self):
        self.policy.on_reopen = "new_cycle"
        ticket = self.create_ticket()
        self.travel(hours=2)
        self.move(ticket, "solved")
        self.move(ticket, "open")
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.cycle, clock.carried_s, clock.elapsed_s), (2, 0, 0))

    def test_reopen_after_the_window_opens_a_follow_up(self):
        self.policy.reopen_days = 7
        ticket = self.create_ticket()
        self.move(ticket, "closed")
        self.travel(days=7)
        self.customer_writes(ticket)
        self.assertEqual(ticket.stage_type, "open", "on the last day it is reopened")
        self.move(ticket, "closed")
        self.travel(days=7, seconds=1)
        self.customer_writes(ticket)
        self.assertEqual(ticket.stage_type, "closed")
        follow_up = ticket.link_ids.other_id
        self.assertEqual((len(follow_up), follow_up.stage_type), (1, "new"))
        self.assertTrue(self.clock(follow_up, "first_response").deadline)

    def test_cancelled_spam_or_merged(self):
        survivor = self.create_ticket()
        for make in (
            lambda t: self.move(t, "cancelled"),
            lambda t: self.move(t, "spam"),
            lambda t: t.sudo().write({"merged_into_id": survivor.id}),
        ):
            self.travel(MONDAY)
            ticket = self.create_ticket()
            self.travel(hours=1)
            make(ticket)
            clock = self.clock(ticket, "resolution")
            self.assertEqual((clock.state, clock.result), ("cancelled", False))
            self.assertFalse(clock.next_event_at)
            rate = self.env["crm.sla.clock"]._read_group(
                [("ticket_id", "=", ticket.id)], aggregates=["met_rate:avg", "__count"]
            )
            self.assertFalse(rate[0][0], "in no percentage")

    def test_merge_and_undo(self):
        ticket, undisturbed = self.create_ticket(), self.create_ticket()
        survivor = self.create_ticket()
        self.travel(hours=1)
        before = self.clock(survivor, "resolution").read(["deadline", "elapsed_s", "state"])
        ticket.sudo().merged_into_id = survivor
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.state, clock.segment_ids.cause), ("cancelled", "merge"))
        self.assertEqual(
            self.clock(survivor, "resolution").read(["deadline", "elapsed_s", "state"]), before
        )
        self.travel(days=1)
        ticket.sudo().merged_into_id = False
        expected = self.clock(undisturbed, "resolution")
        self.assertEqual(clock.state, "running")
        self.assertEqual(clock.deadline, expected.deadline)
        self.assertEqual(clock.elapsed, expected.elapsed, "what went by counts, as it would have")
        self.assertEqual(clock.segment_ids.mapped("cause"), ["merge", "unmerge"])
        self.move(ticket, "solved")
        self.assertEqual(clock.breached_at, expected.deadline)

    def test_merge_takes_the_oldest_start(self):
        self.travel(datetime(2026, 2, 27, 15))
        older = self.create_ticket()
        self.travel(MONDAY)
        survivor = self.create_ticket()
        clock = self.clock(survivor, "resolution")
        before = clock.deadline
        survivor._sla_take_start(older.opened_at)
        self.assertEqual(clock.elapsed_s, 3 * HOUR, "Friday from three to five, Monday from eight")
        self.assertEqual(clock.deadline, datetime(2026, 3, 2, 15))
        self.assertEqual(clock.segment_ids.mapped("state"), ["adjusted"])
        survivor._sla_take_start(survivor.opened_at)
        self.assertEqual((clock.elapsed_s, clock.deadline), (0, before))

    def test_team_moved(self):
        night = self._create_calendar("Night", [(str(day), 0, 6) for day in range(7)])
        team = self.env["crm.ticket.team"].create({"name": "Night", "calendar_id": night.id})
        self.policy.target_ids = [Command.create({"metric": "team_time", "budget_s": 5 * HOUR})]
        ticket = self.create_ticket()
        self.travel(hours=2)
        ticket.team_id = team
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.segment_ids.calendar_id, clock.calendar_id), (self.calendar, night))
        self.assertEqual(clock.elapsed_s, 2 * HOUR, "the clock of the customer keeps it")
        first, second = ticket.sla_clock_ids.filtered(lambda c: c.metric == "team_time").sorted()
        self.assertEqual((first.of_team_id, first.result), (self.team, "met"))
        self.assertEqual((first.elapsed_s, second.elapsed_s), (2 * HOUR, 0))
        self.assertEqual((second.of_team_id, second.state), (team, "running"))
        self.travel(datetime(2026, 3, 3, 9))
        ticket.team_id = self.team
        again = self.clock(ticket, "team_time")
        self.assertEqual((second.result, second.overrun_s), ("missed", HOUR))
        self.assertEqual((again.of_team_id, again.cycle, again.carried_s), (self.team, 2, 2 * HOUR))

    def test_next_response_and_thanks(self):
        self.policy.target_ids = [Command.create({"metric": "next_response", "budget_s": HOUR})]
        ticket = self.create_ticket()
        self.assertFalse(self.clock(ticket, "next_response"), "the first response goes first")
        self.reply(ticket)
        self.travel(hours=1)
        self.customer_writes(ticket)
        asked = self.env["crm.ticket"]._now()
        self.travel(minutes=30)
        self.customer_writes(ticket)
        clock = self.clock(ticket, "next_response")
        self.assertEqual((clock.started_at, ticket.unanswered_since), (asked, asked))
        self.assertEqual(clock.deadline, datetime(2026, 3, 2, 11))
        self.reply(ticket)
        self.assertEqual((clock.result, clock.elapsed_s), ("met", HOUR // 2))
        self.customer_writes(ticket)
        self.move(ticket, "solved")
        self.assertEqual(self.clock(ticket, "next_response").state, "stopped", "by solving it")
        self.assertFalse(ticket.unanswered_since)
        self.customer_writes(ticket)
        thanks = self.clock(ticket, "next_response")
        self.assertEqual((thanks.cycle, thanks.state), (3, "running"))
        ticket.with_user(self.agent).action_no_reply_needed()
        self.assertEqual((thanks.state, thanks.result), ("stopped", "met"))
        self.travel(hours=5)
        self.move(ticket, "waiting_customer")
        self.assertEqual(self.clock(ticket, "next_response"), thanks, "nobody waits")

    def test_agent_creates_the_ticket_for_the_customer(self):
        values = {"name": "He called", "team_id": self.team.id, "partner_id": self.customer.id}
        written = self.env["crm.ticket"].with_user(self.agent).create(values)
        self.reply(written)
        clock = self.clock(written, "first_response")
        self.assertEqual((clock.result, clock.elapsed_s), ("met", 0))
        silent = self.env["crm.ticket"].with_user(self.agent).create(values)
        clock = self.clock(silent, "first_response")
        self.assertEqual((clock.state, clock.started_at), ("running", MONDAY))

    def test_a_condition_that_cannot_work_is_refused(self):
        for domain in ("[('nothing', '=', 1)]", "1 + 1", "[('name'", "__import__('os')"):
            with self.assertRaises(ValidationError):
                self.policy.domain = domain
