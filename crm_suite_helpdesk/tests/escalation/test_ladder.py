from datetime import datetime

from odoo.tests import tagged

from .common import EscalationCommon


@tagged("post_install", "-at_install")
class TestLadder(EscalationCommon):
    """A clock climbs the ladder of its policy: each step once, when its time has come."""

    def test_warned_at_a_share_and_before_the_deadline(self):
        self.set_rules(
            {"kind": "share", "share": 50},
            {"kind": "before", "delay": 0.25},
        )
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(datetime(2026, 3, 2, 10, 0))
        self.assertFalse(ticket.sla_event_ids, "not before its time")
        self.tick_at(datetime(2026, 3, 2, 10, 1))
        self.assertSteps(ticket, ["At 50 % of the time"])
        self.tick_at(datetime(2026, 3, 2, 10, 30))
        self.assertSteps(ticket, ["At 50 % of the time"])
        self.tick_at(datetime(2026, 3, 2, 10, 46))
        self.assertSteps(ticket, ["At 50 % of the time", "00:15 before the deadline"])
        event = ticket.sla_event_ids[0]
        self.assertEqual(event.due_at, datetime(2026, 3, 2, 10, 45))
        self.assertEqual(event.late_s, 60)
        self.assertEqual(event.kind, "warning")
        self.assertEqual(self.inbox(self.agent), 2)

    def test_at_the_deadline_and_again_after_it(self):
        self.set_rules(
            {"kind": "after"},
            {"kind": "after", "delay": 1, "every": 1, "times": 2},
        )
        ticket = self.create_ticket()
        self.tick_at(datetime(2026, 3, 2, 11, 0))
        self.assertFalse(ticket.sla_event_ids, "the deadline itself is still in time")
        labels = ["At the deadline"]
        self.tick_at(datetime(2026, 3, 2, 11, 1))
        self.assertSteps(ticket, labels)
        for hour in (1, 2, 3):  # at twelve, and after lunch at two and at three
            self.tick_at(datetime(2026, 3, 2, (12, 14, 15)[hour - 1], 1))
            labels.append(f"0{hour}:00 after the deadline")
            self.assertSteps(ticket, labels)
        self.tick_at(datetime(2026, 3, 3, 15, 1))
        self.assertSteps(ticket, labels)
        events = ticket.sla_event_ids.sorted("id")
        self.assertEqual(set(events.mapped("kind")), {"breach"})
        self.assertEqual(events.mapped("occurrence"), [0, 0, 1, 2])

    def test_counted_in_working_hours(self):
        self.set_rules({"kind": "after", "delay": 2, "metric": "resolution"})
        ticket = self.create_ticket()
        self.tick_at(datetime(2026, 3, 3, 8, 59))
        self.assertFalse(ticket.sla_event_ids, "8 hours from Monday at nine are over on Tuesday")
        self.tick_at(datetime(2026, 3, 3, 11, 1))
        self.assertSteps(ticket, ["02:00 after the deadline"])
        self.assertEqual(ticket.sla_event_ids.due_at, datetime(2026, 3, 3, 11))

    def test_a_pause_stops_the_ladder(self):
        self.set_rules({"kind": "share", "share": 50, "metric": "resolution"})
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(ticket, "waiting_customer")
        self.assertFalse(self.clock(ticket, "resolution").next_event_at)
        self.tick_at(days=3)
        self.assertFalse(ticket.sla_event_ids)
        self.move(ticket, "open")
        self.tick_at(hours=3, minutes=1)
        self.assertFalse(ticket.sla_event_ids)
        self.tick_at(hours=1)
        self.assertSteps(ticket, ["At 50 % of the time"])

    def test_who_moves_a_late_ticket_to_waiting_does_not_escape(self):
        self.set_rules({"kind": "after", "metric": "resolution"})
        ticket = self.create_ticket()
        self.travel(datetime(2026, 3, 3, 9, 0, 30))
        self.move(ticket, "waiting_customer")
        self.tick_at(minutes=1)
        self.assertSteps(ticket, ["At the deadline"])

    def test_at_night_it_waits_for_the_morning(self):
        self.policy.mode = "always"
        self.set_rules(
            {"kind": "after", "only_working_hours": True, "metric": "resolution"},
            {"kind": "after", "metric": "first_response"},
        )
        self.travel(datetime(2026, 3, 2, 16))
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(datetime(2026, 3, 2, 18, 1))
        self.assertSteps(ticket, ["At the deadline"])
        self.tick_at(datetime(2026, 3, 3, 0, 1))
        self.assertEqual(len(ticket.sla_event_ids), 1, "no mail at midnight")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 3), "but the breach is recorded")
        self.assertEqual(clock.next_event_at, datetime(2026, 3, 3, 8))
        self.tick_at(datetime(2026, 3, 3, 8, 0, 1))
        event = ticket.sla_event_ids[0]
        self.assertEqual((event.metric, event.due_at), ("resolution", datetime(2026, 3, 3)))
        self.assertEqual(event.late_s, 8 * 3600 + 1)

    def test_a_late_server_does_not_write_at_night_either(self):
        self.set_rules({"kind": "after", "only_working_hours": True})
        ticket = self.create_ticket()
        self.tick_at(datetime(2026, 3, 2, 23))
        self.assertFalse(ticket.sla_event_ids)
        self.tick_at(datetime(2026, 3, 3, 8, 1))
        self.assertSteps(ticket, ["At the deadline"])

    def test_a_higher_priority_is_another_ladder(self):
        self.set_rules({"kind": "share", "share": 75}, {"kind": "after"})
        ticket = self.create_ticket()
        self.tick_at(minutes=91)
        self.assertSteps(ticket, ["At 75 % of the time"])
        ticket.priority = "3"
        self.tick_at(minutes=1)
        self.assertSteps(ticket, ["At 75 % of the time", "At the deadline"])

    def test_more_time_is_another_deadline_to_be_warned_of(self):
        self.set_rules({"kind": "share", "share": 75})
        ticket = self.create_ticket(priority="3")
        self.tick_at(minutes=46)
        ticket.priority = "1"
        self.tick_at(minutes=1)
        self.assertEqual(len(ticket.sla_event_ids), 1)
        self.tick_at(datetime(2026, 3, 2, 10, 31))
        self.assertSteps(ticket, ["At 75 % of the time"] * 2)

    def test_the_history_of_the_ticket_says_it(self):
        self.set_rules({"kind": "after", "raise_priority": True})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        note = ticket.message_ids.filtered(lambda m: "At the deadline" in m.body)
        self.assertTrue(note.is_internal)
        for text in ("First response", "Amal Agent", "High"):
            self.assertIn(text, note.body)

    def test_the_button_on_the_ticket(self):
        self.set_rules({"kind": "after"})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        own = ticket.with_user(self.agent)
        self.assertEqual(own.sla_event_count, 1)
        action = own.action_view_sla_events()
        self.assertEqual(own.env[action["res_model"]].search(action["domain"]).ticket_id, own)
        self.assertEqual(own.sla_event_ids.action_open_ticket()["res_id"], ticket.id)
