from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.crm_suite.lib.working_time import epoch

from ..common import HOUR, MONDAY, HelpdeskCommon

NINE = epoch(MONDAY)


@tagged("post_install", "-at_install")
class TestDecisions(HelpdeskCommon):
    def decide(self, action, user=None, **values):
        """Fill in the dialog that an action opened, and confirm."""
        Decision = self.env["crm.sla.decision"].with_context(**action["context"])
        with Form(Decision.with_user(user or self.manager)) as form:
            for name, value in {"reason": "Agreed with the customer", **values}.items():
                form[name] = value
        return form.record.action_confirm()

    def missed(self):
        ticket = self.create_ticket()
        self.travel(hours=3)
        self.reply(ticket)
        return ticket, self.clock(ticket, "first_response")

    def test_forgive_and_take_back(self):
        ticket, clock = self.missed()
        self.assertEqual(clock.result, "missed")
        self.decide(clock.with_user(self.manager).action_forgive(), reason="Storm")
        self.assertEqual((clock.result, clock.forgiven_reason), ("forgiven", "Storm"))
        self.assertEqual(clock.forgiven_by_id, self.manager)
        self.assertIn("Storm", str(ticket.message_ids[0].body))
        self.decide(clock.with_user(self.manager).action_unforgive(), reason="No storm")
        self.assertEqual((clock.result, clock.forgiven_reason), ("missed", False))

    def test_many_are_forgiven_at_once(self):
        other = self.create_ticket()
        clocks = self.missed()[1] | self.clock(other, "first_response")
        action = clocks.with_user(self.manager).action_forgive()
        self.decide(action, reason="Power cut")
        self.assertTrue(all(clocks.mapped("forgiven_at")))

    def test_another_target_with_what_it_leads_to(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        clock = self.clock(ticket, "resolution")
        action = clock.with_user(self.manager).action_override()
        Decision = self.env["crm.sla.decision"].with_user(self.manager)
        with Form(Decision.with_context(**action["context"])) as form:
            self.assertEqual((form.present_budget, form.budget), (8, 8))
            form.budget = 2.5
            self.assertEqual(epoch(form.new_deadline), NINE + 2.5 * HOUR)
            self.assertFalse(form.is_spent)
            form.budget = 0.5
            self.assertTrue(form.is_spent)
            form.budget = 2.5
            form.reason = "In a hurry"
        form.record.action_confirm()
        self.assertEqual(epoch(clock.deadline), NINE + 2.5 * HOUR)
        ticket.priority = "0"
        self.assertEqual(clock.budget_s, 2.5 * HOUR, "it stays when the ticket changes")

    def test_back_to_the_target_of_the_policy(self):
        clock = self.clock(self.create_ticket(), "resolution")
        self.decide(clock.with_user(self.manager).action_override(), budget=2)
        self.assertTrue(clock.budget_overridden)
        self.decide(clock.with_user(self.manager).action_override(), takes_policy=True)
        self.assertEqual((clock.budget_s, clock.budget_overridden), (8 * HOUR, False))

    def test_hold_and_release(self):
        ticket = self.create_ticket()
        clock = self.clock(ticket, "resolution")
        self.decide(ticket.with_user(self.manager).action_hold_sla(), reason="Stocktaking")
        self.assertEqual((clock.state, clock.pause_cause), ("paused", "internal"))
        self.assertEqual(ticket.sla_hold_reason, "Stocktaking")
        live = ticket.with_user(self.agent).sla_live
        self.assertEqual(live["cause"], "internal")
        self.travel(hours=2)
        ticket.with_user(self.manager).action_release_sla()
        self.assertEqual((clock.state, ticket.sla_hold_reason), ("running", False))
        self.assertEqual(clock.elapsed_s, 0)

    def test_a_reason_is_needed(self):
        _ticket, clock = self.missed()
        action = clock.with_user(self.manager).action_forgive()
        with self.assertRaises(AssertionError):  # required on the form
            self.decide(action, reason=False)
        with self.assertRaises(UserError):
            self.decide(action, reason="   ")
        self.assertEqual(clock.result, "missed")

    def test_agents_decide_nothing(self):
        ticket, clock = self.missed()
        self.assertFalse(ticket.with_user(self.agent).sla_can_decide)
        self.assertTrue(ticket.with_user(self.manager).sla_can_decide)
        clock = clock.with_user(self.agent)
        other = self.clock(ticket, "resolution").with_user(self.agent)
        ticket = ticket.with_user(self.agent)
        for action in (clock.action_forgive(), other.action_override(), ticket.action_hold_sla()):
            with self.assertRaises(AccessError):
                self.decide(action, user=self.agent)
        with self.assertRaises(AccessError):
            ticket.action_release_sla()
        self.assertEqual(clock.result, "missed")

    def test_the_leader_of_the_team_decides(self):
        self.team.user_id = self.agent
        ticket, clock = self.missed()
        self.assertTrue(ticket.with_user(self.agent).sla_can_decide)
        self.decide(clock.with_user(self.agent).action_forgive(), user=self.agent)
        self.assertEqual(clock.result, "forgiven")
        override = self.clock(ticket, "resolution").with_user(self.agent).action_override()
        self.decide(override, user=self.agent, budget=20)
        self.assertEqual(self.clock(ticket, "resolution").budget_s, 20 * HOUR)

    def test_nobody_decides_through_the_dialog_on_what_he_may_not_read(self):
        _ticket, clock = self.missed()
        decision = self.env["crm.sla.decision"].with_user(self.outsider)
        with self.assertRaises(AccessError):
            decision.create(
                {"kind": "forgive", "clock_ids": [(6, 0, clock.ids)], "reason": "Because"}
            ).action_confirm()
        self.assertEqual(clock.result, "missed")

    def test_thanks_need_no_reply(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(minutes=10)
        self.customer_writes(ticket)
        self.assertTrue(ticket.unanswered_since)
        ticket.with_user(self.agent).action_no_reply_needed()
        self.assertFalse(ticket.unanswered_since)
        with self.assertRaises(AccessError):
            ticket.with_user(self.outsider).action_no_reply_needed()

    def test_a_target_has_a_length(self):
        clock = self.clock(self.create_ticket(), "resolution").with_user(self.manager)
        for budget in (1e7, float("inf"), float("nan")):
            values = {"kind": "override", "clock_ids": clock.ids, "reason": "x", "budget": budget}
            with self.subTest(budget=budget), self.assertRaises(ValidationError):
                self.env["crm.sla.decision"].with_user(self.manager).create(values)
            target = {"policy_id": self.policy.id, "metric": "pickup", "budget": budget}
            with self.subTest(budget=budget), self.assertRaises(ValidationError):
                self.env["crm.sla.target"].with_user(self.manager).create(target)
