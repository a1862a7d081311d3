from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestGuide(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.ticket.guide"].search([]).action_archive()
        Category = cls.env["crm.ticket.category"]
        cls.delivery = Category.create({"name": "Delivery"})
        cls.late = Category.create({"name": "Late", "parent_id": cls.delivery.id})
        cls.guide = cls.create_guide(
            name="Late deliveries",
            category_ids=cls.late.ids,
            tone="<p>Say sorry first.</p>",
            answer_hours=4,
            step_ids=[
                Command.create({"name": "Ask the carrier"}),
                Command.create({"name": "Call"}),
            ],
            authority_ids=[
                Command.create({"name": "Refund", "limit_kind": "amount", "limit_value": 50}),
                Command.create({"name": "Replacement", "decider": "leader"}),
            ],
        )
        cls.ticket = cls.create_ticket(category_id=cls.late.id)

    @classmethod
    def create_guide(cls, **values):
        return cls.env["crm.ticket.guide"].create({"name": "Guide", **values})

    def told(self, user=None):
        return self.ticket.with_user(user or self.agent).get_guide()

    def test_what_the_agent_is_told(self):
        told = self.told()
        guide = told["guides"][0]
        self.assertEqual(guide["name"], "Late deliveries")
        self.assertIn("Say sorry first.", guide["tone"])
        self.assertEqual([step["name"] for step in guide["steps"]], ["Ask the carrier", "Call"])
        refund, replacement = guide["authorities"]
        self.assertEqual(refund["decider"], "agent")
        self.assertIn("50", refund["limit"])
        self.assertEqual(refund["beyond"], "The team leader")
        self.assertEqual((replacement["decider"], replacement["limit"]), ("leader", ""))
        self.assertEqual(
            told["answers"],
            [
                {"metric": "first_response", "label": "First response", "hours": 2},
                {"metric": "resolution", "label": "Resolution", "hours": 8},
            ],
        )
        self.assertFalse(told["canEdit"])
        self.assertTrue(self.told(self.manager)["canEdit"])

    def test_the_most_specific_comes_first(self):
        general = self.create_guide(name="For all", sequence=0)
        parent = self.create_guide(name="Delivery", category_ids=self.delivery.ids, sequence=1)
        self.create_guide(name="Other category", category_ids=self.delivery.copy().ids)
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        self.create_guide(name="Other team", team_ids=other.ids)
        names = [guide["name"] for guide in self.told()["guides"]]
        self.assertEqual(names, [self.guide.name, parent.name, general.name])

    def test_steps_are_ticked(self):
        step = self.guide.step_ids[0]
        ticket = self.ticket.with_user(self.agent)
        self.assertEqual(ticket.tick_guide_step(step.id, True), "Amal Agent")
        # A second time, by somebody else, nothing changes
        self.assertEqual(
            self.ticket.with_user(self.manager).tick_guide_step(step.id, True), "Amal Agent"
        )
        row = self.told()["guides"][0]["steps"][0]
        self.assertEqual((row["done"], row["by"]), (True, "Amal Agent"))
        ticket.tick_guide_step(step.id, False)
        self.assertFalse(self.told()["guides"][0]["steps"][0]["done"])

    def test_only_steps_of_this_ticket(self):
        other = self.create_guide(
            category_ids=self.delivery.copy().ids, step_ids=[Command.create({"name": "Elsewhere"})]
        )
        for step_id in (other.step_ids.id, 0, 10**9):
            with self.assertRaises(UserError):
                self.ticket.with_user(self.agent).tick_guide_step(step_id, True)

    def test_who_may(self):
        for user in (self.outsider, self.employee, self.customer_user, self.stranger_user):
            with self.assertRaises(AccessError):
                self.told(user)
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).tick_guide_step(self.guide.step_ids[0].id, True)
        with self.assertRaises(AccessError):
            self.guide.with_user(self.agent).name = "Mine"
        with self.assertRaises(AccessError):
            self.env["crm.ticket.guide.tick"].with_user(self.agent).create(
                {"ticket_id": self.ticket.id, "step_id": self.guide.step_ids[0].id}
            )

    def test_companies(self):
        company = self.env["res.company"].create({"name": "Other company"})
        with self.assertRaises(UserError):
            self.create_guide(company_id=company.id, team_ids=self.team.ids)
        self.guide.company_id = company
        self.assertEqual(self.told()["guides"], [])
        with self.assertRaises(AccessError):
            self.guide.authority_ids.with_user(self.agent).read(["name"])
        with self.assertRaises(AccessError):
            self.guide.step_ids.with_user(self.agent).read(["name"])

    def test_who_decides(self):
        refund, replacement = self.guide.authority_ids
        self.assertEqual(refund._get_decider(50), "agent")
        self.assertEqual(refund._get_decider(50.01), "leader")
        self.assertEqual(replacement._get_decider(0), "leader")
        refund.write({"limit_kind": "days", "limit_value": 1.5})
        self.assertEqual(refund._format_value(1.5), "1.50 days")
        refund.limit_kind = "percent"
        self.assertEqual(refund._format_value(10), "10%")
