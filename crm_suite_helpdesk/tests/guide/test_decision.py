from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestDecision(HelpdeskCommon):
    """What an agent may decide himself, and whom he asks about the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guide = cls.env["crm.ticket.guide"].create(
            {
                "name": "Deliveries",
                "authority_ids": [
                    Command.create({"name": "Refund", "limit_kind": "amount", "limit_value": 50}),
                    Command.create({"name": "Replacement", "decider": "leader"}),
                    Command.create({"name": "Contract", "decider": "manager"}),
                    Command.create({"name": "Gift", "decider": "nobody"}),
                ],
            }
        )
        cls.refund, cls.replacement, cls.contract, cls.gift = cls.guide.authority_ids
        cls.leader = cls.outsider
        cls.team.user_id = cls.leader
        cls.ticket = cls.create_ticket()

    def dialog(self, authority, user=None):
        Wizard = self.env["crm.ticket.decide"].with_user(user or self.agent)
        return Form(
            Wizard.with_context(default_ticket_id=self.ticket.id, default_authority_id=authority.id)
        )

    def decide(self, authority, value=0, reason=False, user=None):
        form = self.dialog(authority, user)
        if value:
            form.value = value
        form.reason = reason
        form.save().action_decide()
        return self.env["crm.ticket.decision"].search([("ticket_id", "=", self.ticket.id)], limit=1)

    def test_within_the_limit(self):
        form = self.dialog(self.refund)
        form.value = 50
        self.assertEqual((form.who, form.is_allowed), ("The agent", True))
        decision = self.decide(self.refund, 50)
        self.assertEqual((decision.state, decision.decided_by_id), ("decided", self.agent))
        self.assertIn("50", decision.amount)
        self.assertIn("Refund", self.ticket.message_ids[0].body)
        self.assertTrue(self.ticket.message_ids[0].subtype_id.internal)
        row = self.ticket.with_user(self.agent).get_guide()["decisions"][0]
        self.assertEqual((row["state"], row["by"]), ("decided", "Amal Agent"))

    def test_beyond_the_limit_the_leader_is_asked(self):
        with self.assertRaisesRegex(UserError, "why"):
            self.decide(self.refund, 50.01)
        decision = self.decide(self.refund, 51, "Third time")
        self.assertEqual((decision.state, decision.decider), ("asked", "leader"))
        self.assertEqual(self.ticket.activity_ids.user_id, self.leader)
        with self.assertRaises(AccessError):
            decision.with_user(self.agent).action_approve()
        decision.with_user(self.leader).action_approve()
        self.assertEqual((decision.state, decision.decided_by_id), ("approved", self.leader))
        self.assertFalse(self.ticket.activity_ids)
        note = self.ticket.message_ids[:3].filtered(lambda m: "Approved" in (m.body or ""))
        self.assertIn(self.agent.partner_id, note.partner_ids)
        self.assertFalse(self.ticket.first_response_at)
        with self.assertRaises(UserError):
            decision.with_user(self.leader).action_refuse()

    def test_only_a_manager_decides_what_is_his(self):
        decision = self.decide(self.contract, reason="He insists")
        with self.assertRaises(AccessError):
            decision.with_user(self.leader).action_refuse()
        decision.with_user(self.manager).action_refuse()
        self.assertEqual(decision.state, "refused")

    def test_what_nobody_does(self):
        with self.assertRaises(UserError):
            self.decide(self.gift, reason="Please")

    def test_nonsense(self):
        for value in (0, -5):
            with self.assertRaises(UserError):
                self.decide(self.refund, value)
        other = self.env["crm.ticket.guide"].create(
            {
                "name": "Elsewhere",
                "category_ids": self.env["crm.ticket.category"].create({"name": "C"}).ids,
                "authority_ids": [Command.create({"name": "Anything"})],
            }
        )
        with self.assertRaises(ValidationError):
            self.decide(other.authority_ids)

    def test_who_may(self):
        decision = self.decide(self.refund, 10)
        for user in (self.employee, self.customer_user, self.stranger_user):
            with self.assertRaises(AccessError):
                self.decide(self.refund, 10, user=user)
            with self.assertRaises(AccessError):
                decision.with_user(user).read(["name"])
        with self.assertRaises(AccessError):
            decision.with_user(self.agent).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.env["crm.ticket.decision"].with_user(self.manager).create(
                {"ticket_id": self.ticket.id, "name": "x", "state": "approved"}
            )
