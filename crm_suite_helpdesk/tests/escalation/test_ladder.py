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
