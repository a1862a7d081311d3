from datetime import datetime

from odoo.tests import tagged

from .common import EscalationCommon

TUESDAY = datetime(2026, 3, 3, 9)


@tagged("post_install", "-at_install")
class TestLateServer(EscalationCommon):
    """A server that comes late says what is, not what was; and nobody drowns."""

    def test_only_the_highest_step_of_each_clock(self):
        self.set_rules(
            {"kind": "share", "share": 75},
            {"kind": "after"},
            {"kind": "after", "delay": 1, "to_leader": True},
            {"kind": "after", "delay": 40},
        )
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(TUESDAY)
        self.assertSteps(ticket, ["01:00 after the deadline"])
        self.assertEqual(
            self.steps(ticket, "overtaken"), ["At 75 % of the time", "At the deadline"]
        )
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 11), "the deadline")
        event = ticket.sla_event_ids.filtered(lambda e: e.state == "done")
        self.assertEqual(event.due_at, datetime(2026, 3, 2, 12))
        self.assertEqual(event.late_s, 21 * 3600)
        self.assertEqual(len(self.messages(self.agent)), 1)

    def test_repetitions_that_were_missed_come_once(self):
        self.set_rules({"kind": "after", "every": 1, "times": 0})
        ticket = self.create_ticket()
        self.tick_at(TUESDAY)
        self.assertSteps(ticket, ["05:00 after the deadline"])
        self.tick_at(hours=1, minutes=1)
        self.assertEqual(len(ticket.sla_event_ids), 2)

    def test_one_message_for_all_that_is_late(self):
        self.set_rules({"kind": "after", "to_leader": True})
        tickets = self.env["crm.ticket"]
        for number in range(3):
            tickets += self.create_ticket(name=f"Fire {number}", user_id=self.agent.id)
        self.tick_at(TUESDAY)
        for user in (self.agent, self.manager):
            message = self.messages(user)
            self.assertEqual(len(message), 1)
            self.assertTrue(all(ticket.name in message.body for ticket in tickets))
            self.assertIn("3", message.subject)
            self.assertEqual(self.inbox(user), 1)
        self.assertTrue(all(tickets.sla_event_ids.notice_ids.mapped("is_digest")))

    def test_it_says_how_many_promises_are_late(self):
        self.set_rules({"kind": "after", "metric": False})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.travel(days=30)
        self.tick_at()
        message = self.messages(self.agent)
        self.assertEqual(len(ticket.sla_event_ids), 2)
        self.assertIn("2", message.subject)
        self.assertIn(f"res_id={ticket.id}", message.body)

    def test_what_is_in_time_comes_one_by_one(self):
        self.set_rules({"kind": "after"})
        for _number in range(3):
            self.create_ticket(user_id=self.agent.id)
        self.tick_at(datetime(2026, 3, 2, 11, 1))
        self.assertEqual(len(self.messages(self.agent)), 3)

    def test_a_crowd_is_told_of_together_even_in_time(self):
        self.set_rules({"kind": "after"})
        for _number in range(12):
            self.create_ticket(user_id=self.agent.id)
        self.tick_at(datetime(2026, 3, 2, 11, 1))
        self.assertEqual(len(self.messages(self.agent)), 1)

    def test_run_again_nothing_happens(self):
        self.set_rules({"kind": "after", "to_leader": True})
        ticket = self.create_ticket()
        self.tick_at(TUESDAY)
        self.tick_at()
        self.tick_at(minutes=5)
        self.assertEqual(len(ticket.sla_event_ids), 1)
        self.assertEqual(len(self.messages(self.manager)), 1)
        self.assertFalse(self.clock(ticket, "first_response").next_event_at)

    def test_who_was_archived_meanwhile_is_not_written_to(self):
        self.set_rules({"kind": "after"})
        self.create_ticket(user_id=self.agent.id)
        self.travel(TUESDAY)
        self.env["crm.sla.clock"]._tick_batch()
        self.agent.active = False
        self.run_cron("crm.sla.notice", "_send_waiting")
        notice = self.env["crm.sla.notice"].search([("user_id", "=", self.agent.id)])
        self.assertTrue(notice.sent_at)
        self.assertFalse(notice.message_id)

    def test_closed_tickets_call_nobody(self):
        self.set_rules({"kind": "after"})
        answered = self.create_ticket(user_id=self.agent.id)
        cancelled = self.create_ticket(user_id=self.agent.id)
        self.travel(TUESDAY)
        self.reply(answered)
        self.move(cancelled, "cancelled")
        self.tick_at()
        self.assertFalse((answered | cancelled).sla_event_ids)
        self.assertTrue(self.clock(answered, "first_response").breached_at)
