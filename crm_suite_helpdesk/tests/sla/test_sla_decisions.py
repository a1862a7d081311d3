from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaDecisions(HelpdeskCommon):
    """Forgiving, changing and holding a promise: with a reason, by those who may."""

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()
        self.resolution = self.clock(self.ticket, "resolution").with_user(self.manager)

    def test_forgiving_a_miss(self):
        with self.assertRaisesRegex(UserError, "nothing to forgive"):
            self.resolution._forgive("Why not")
        self.travel(days=2)
        self.resolution._forgive("The customer agreed")
        self.assertEqual(self.resolution.breached_at, datetime(2026, 3, 3, 9), "the fact stays")
        self.move(self.ticket, "solved")
        self.assertEqual(self.resolution.result, "forgiven")
        self.assertEqual(self.resolution.forgiven_by_id, self.manager)
        self.assertIn("The customer agreed", "".join(self.ticket.message_ids.mapped("body")))
        rate = self.env["crm.sla.clock"]._read_group(
            [("id", "=", self.resolution.id)], aggregates=["met_rate:avg"]
        )
        self.assertFalse(rate[0][0], "neither met nor missed")
        self.resolution._unforgive("He did not, after all")
        self.assertEqual(self.resolution.result, "missed")

    def test_another_target_by_hand_stays(self):
        self.travel(hours=1)
        self.resolution._override(12 * HOUR, "Waits for a spare part")
        self.assertEqual(self.resolution.budget_s, 12 * HOUR)
        self.assertEqual(self.resolution.deadline, datetime(2026, 3, 3, 14))
        self.assertEqual(self.resolution.segment_ids.note, "Waits for a spare part")
        self.ticket.priority = "3"
        self.assertEqual(self.resolution.budget_s, 12 * HOUR)
        self.resolution._override(0, "It has come")
        self.assertEqual(self.resolution.budget_s, 4 * HOUR, "that of the policy again")

    def test_holding_by_hand(self):
        self.travel(hours=1)
        ticket = self.ticket.with_user(self.manager)
        ticket._sla_hold("Legal has to look at it")
        self.assertEqual(
            (self.resolution.state, self.resolution.pause_cause), ("paused", "internal")
        )
        self.travel(hours=5)
        self.move(self.ticket, "waiting_customer")
        self.assertEqual(self.resolution.pause_cause, "customer", "each cause on its own")
        self.travel(hours=1)
        self.move(self.ticket, "open")
        ticket._sla_release()
        self.assertEqual(self.resolution.state, "running")
        self.assertEqual(self.resolution.elapsed_s, HOUR)
        causes = self.resolution.segment_ids.mapped("pause_cause")
        self.assertEqual(causes, [False, "internal", "customer"])
        self.assertEqual(self.resolution.segment_ids[0].note, "Legal has to look at it")

    def test_agents_decide_nothing_and_nobody_without_a_reason(self):
        self.travel(days=2)
        own = self.resolution.with_user(self.agent)
        for decide in (
            lambda: own._forgive("Me"),
            lambda: own._override(10**6, "Me"),
            lambda: own._recount_history("Me"),
            lambda: self.ticket.with_user(self.agent)._sla_hold("Me"),
            lambda: self.ticket.with_user(self.outsider)._sla_hold("Me"),
        ):
            with self.assertRaises(AccessError):
                decide()
        with self.assertRaisesRegex(UserError, "reason"):
            self.resolution._forgive("  ")
        self.team.user_id = self.agent
        own._forgive("The leader of the team may")
        self.assertTrue(own.forgiven_at)

    def test_a_spoilt_row_is_found_and_made_again(self):
        self.travel(hours=1)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)
        self.move(self.ticket, "open")
        Clock = self.env["crm.sla.clock"]
        first = self.resolution.id - 1
        self.assertEqual(Clock._check_consistency(first, 1)[0], [])
        deadline = self.resolution.deadline
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_sla_clock SET elapsed_s = 0, deadline = %s, state = 'paused',"
                " next_event_at = NULL WHERE id = %s",
                MONDAY,
                self.resolution.id,
            )
        )
        self.env.invalidate_all()
        found, last = Clock._check_consistency(first, 1)
        self.assertEqual(last, self.resolution.id)
        names = {difference["field"] for difference in found}
        self.assertLessEqual({"elapsed_s", "deadline", "state", "next_event_at"}, names)
        with self.assertRaises(AccessError):
            Clock.with_user(self.manager)._check_consistency()
        Clock._rebuild(self.resolution.ids)
        self.assertEqual(Clock._check_consistency(first, 1)[0], [])
        self.assertEqual(self.resolution.deadline, deadline)
        self.assertEqual(self.ticket.sla_deadline, datetime(2026, 3, 2, 11))
