from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..common import MONDAY
from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestRouting(AssignmentCommon):
    """Who fits: skills, languages, categories, tags, the customer's salesperson, the last agent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hardware, cls.billing = cls.env["crm.ticket.category"].create(
            [{"name": "Hardware"}, {"name": "Billing"}]
        )
        cls.printers = cls.env["crm.ticket.category"].create(
            {"name": "Printers", "parent_id": cls.hardware.id}
        )
        cls.urgent_tag = cls.env["crm.ticket.tag"].create({"name": "Needs a ladder"})
        cls.repair, cls.climbing = cls.env["crm.ticket.skill"].create(
            [
                {"name": "Repair", "category_ids": [Command.set(cls.hardware.ids)]},
                {"name": "Climbing", "tag_ids": [Command.set(cls.urgent_tag.ids)]},
            ]
        )
        cls.languages = {
            lang.code.partition("_")[0]: lang
            for lang in cls.env["res.lang"].search([("code", "in", ("ar_001", "en_US"))])
        }

    def give(self, **values):
        ticket = self.create_ticket(**values)
        self.assign()
        return ticket

    def test_a_category_asks_for_a_skill(self):
        self.agent_of(self.carla).skill_ids = self.repair
        for _number in range(3):
            self.assertEqual(self.give(category_id=self.printers.id).user_id, self.carla)
        ticket = self.give(category_id=self.billing.id)
        self.assertNotEqual(ticket.user_id, self.carla)
        ticket = self.give(category_id=self.printers.id)
        self.assertIn("Skills: Repair", self.tell(ticket))
        self.assertIn("Not Basim: lacks a skill (Repair)", self.tell(ticket))

    def test_a_tag_and_the_ticket_itself_ask_for_skills(self):
        (self.agent_of(self.carla) | self.agent_of(self.basim)).skill_ids = self.climbing
        self.agent_of(self.basim).skill_ids |= self.repair
        ticket = self.give(
            tag_ids=[Command.set(self.urgent_tag.ids)], skill_ids=[Command.set(self.repair.ids)]
        )
        self.assertEqual(ticket.user_id, self.basim)
        self.assertEqual(ticket.needed_skill_ids, self.repair | self.climbing)

    def test_a_skill_that_nobody_has(self):
        ticket = self.give(category_id=self.hardware.id)
        self.assertEqual(ticket.assignment_state, "nobody")
        self.team.assignment_fit = "prefer"
        self.assign()
        self.assertTrue(ticket.user_id)
        self.assertIn("although: lacks a skill (Repair)", self.tell(ticket))

    def test_another_category_is_another_chance(self):
        ticket = self.give(category_id=self.hardware.id)
        ticket.with_user(self.agent).category_id = self.billing
        self.assign()
        self.assertTrue(ticket.user_id)

    def test_the_language_of_the_customer(self):
        arabic, english = self.languages["ar"], self.languages["en"]
        self.agent_of(self.agent).language_ids = english
        self.agent_of(self.basim).language_ids = arabic
        self.agent_of(self.carla).accepts = False
        self.customer.lang = "ar_001"
        for _number in range(2):
            ticket = self.give()
            self.assertEqual(ticket.user_id, self.basim)
        self.assertIn("does not speak Arabic", self.tell(ticket))
        self.assertIn("Speaks Arabic", self.tell(ticket))
        self.customer.lang = "en_US"
        self.assertEqual(self.give().user_id, self.agent)

    def test_what_a_stranger_writes_tells_his_language(self):
        self.agent_of(self.agent).language_ids = self.languages["en"]
        self.agent_of(self.basim).language_ids = self.languages["ar"]
        self.agent_of(self.carla).accepts = False
        ticket = self.give(partner_id=False, name="الطابعة لا تعمل", description="<p>ساعدوني</p>")
        self.assertEqual(ticket.user_id, self.basim)

    def test_only_some_categories(self):
        self.agent_of(self.carla).category_ids = self.hardware
        (self.agent_of(self.agent) | self.agent_of(self.basim)).category_ids = self.billing
        self.repair.category_ids = [Command.clear()]
        self.assertEqual(self.give(category_id=self.printers.id).user_id, self.carla)
        self.assertEqual(self.give().assignment_state, "nobody")

    def test_only_some_tags(self):
        self.team.agent_ids.tag_ids = self.urgent_tag
        self.agent_of(self.carla).write({"tag_ids": [Command.clear()], "capacity": 1})
        self.climbing.tag_ids = [Command.clear()]
        self.assertEqual(self.give().user_id, self.carla)
        self.assertEqual(self.give().assignment_state, "nobody")
        self.assertTrue(self.give(tag_ids=[Command.set(self.urgent_tag.ids)]).user_id)

    def test_the_salesperson_of_the_customer(self):
        self.customer_company.user_id = self.carla
        self.create_ticket(user_id=self.carla.id)
        self.assertNotEqual(self.give().user_id, self.carla)
        self.team.assignment_keep_owner = True
        ticket = self.give()
        self.assertEqual(ticket.user_id, self.carla)
        self.assertIn("Is the salesperson of the customer", self.tell(ticket))
        self.agent_of(self.carla).accepts = False
        ticket = self.give()
        self.assertTrue(ticket.user_id)
        self.assertIn("Not Carla: takes no tickets at present", self.tell(ticket))

    def test_the_last_agent_of_a_customer(self):
        self.team.assignment_sticky_days = 30
        self.move(self.create_ticket(user_id=self.carla.id), "solved")
        for _number in range(3):
            self.create_ticket(user_id=self.carla.id, partner_id=False)
        ticket = self.give()
        self.assertEqual(ticket.user_id, self.carla)
        self.assertIn("Had the last ticket of this customer", self.tell(ticket))
        self.travel(MONDAY + timedelta(days=35))
        self.assertNotEqual(self.give().user_id, self.carla)

    def test_the_last_agent_of_a_stranger(self):
        self.team.assignment_sticky_days = 30
        values = {"partner_id": False, "email_from": "Stranger <stranger@example.org>"}
        for _number in range(2):
            self.move(self.create_ticket(user_id=self.carla.id, **values), "solved")
            self.create_ticket(user_id=self.carla.id, partner_id=self.stranger_user.partner_id.id)
        # a row is created in the present of the machine
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_ticket SET create_date = %s", [MONDAY])
        self.assertEqual(self.give(**values).user_id, self.carla)

    def test_the_agent_of_another_customer_or_team_does_not_count(self):
        self.team.assignment_sticky_days = 30
        other = self.env["crm.ticket.team"].create(
            {"name": "Other", "member_ids": [Command.set(self.carla.ids)]}
        )
        self.create_ticket(user_id=self.carla.id, team_id=other.id)
        self.create_ticket(user_id=self.carla.id, partner_id=self.stranger_user.partner_id.id)
        self.assertNotEqual(self.give().user_id, self.carla)
