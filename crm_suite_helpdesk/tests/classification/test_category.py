from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCategory(HelpdeskCommon):
    """What tickets are about: a tree, and words that they share."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Category = cls.env["crm.ticket.category"]
        cls.goods = Category.create({"name": "Goods"})
        cls.delivery = Category.create({"name": "Delivery", "parent_id": cls.goods.id})
        cls.damage = Category.create({"name": "Damage", "parent_id": cls.delivery.id})

    def test_full_names(self):
        self.assertEqual(self.damage.display_name, "Goods / Delivery / Damage")
        self.goods.name = "Wares"
        self.assertEqual(self.damage.complete_name, "Wares / Delivery / Damage")

    def test_full_names_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.goods.with_context(lang="ar_001").name = "بضائع"
        self.delivery.with_context(lang="ar_001").name = "توصيل"
        delivery = self.delivery.with_context(lang="ar_001")
        self.assertEqual(delivery.display_name, "بضائع / توصيل")
        self.assertEqual(self.delivery.display_name, "Goods / Delivery")

    def test_found_as_they_are_shown(self):
        Category = self.env["crm.ticket.category"]
        for text, found in (
            ("dam", self.damage),
            ("Goods / Deliv", self.delivery),
            ("delivery / damage", self.damage),
            ("goods / delivery / damage", self.damage),
            ("other / damage", Category),
        ):
            with self.subTest(text=text):
                ids = [category_id for category_id, _name in Category.name_search(text)]
                self.assertEqual(
                    Category.browse(ids) & (self.goods | self.delivery | self.damage), found
                )

    def test_parents_before_their_children(self):
        other = self.env["crm.ticket.category"].create({"name": "Another", "sequence": 10})
        tree = self.goods | self.delivery | self.damage | other
        self.assertEqual(
            self.env["crm.ticket.category"].search([("id", "in", tree.ids)]).mapped("name"),
            ["Goods", "Delivery", "Damage", "Another"],
        )
        other.sequence = 1
        self.goods.sequence = 2
        self.assertEqual(
            self.env["crm.ticket.category"].search([("id", "in", tree.ids)]).mapped("name"),
            ["Another", "Goods", "Delivery", "Damage"],
        )

    def test_no_circles(self):
        with self.assertRaises(UserError):
            self.goods.parent_id = self.damage

    def test_tickets_are_found_below(self):
        ticket = self.create_ticket(category_id=self.damage.id)
        found = self.env["crm.ticket"].search([("category_id", "child_of", self.goods.id)])
        self.assertEqual(found, ticket)
        self.assertEqual(self.goods.ticket_count, 1)
        self.assertEqual(self.damage.ticket_count, 1)
        action = self.delivery.action_open_tickets()
        self.assertEqual(self.env["crm.ticket"].search(action["domain"]), ticket)

    def test_teams_have_their_own(self):
        other = self.env["crm.ticket.team"].create({"name": "Other", "sequence": 99})
        self.damage.team_ids = other
        with self.assertRaises(ValidationError):
            self.create_ticket(category_id=self.damage.id)
        ticket = self.create_ticket(category_id=self.damage.id, team_id=other.id)
        ticket.team_id = self.team
        self.assertEqual(ticket.category_id, self.damage, "what it is about does not change")
        with self.assertRaises(UserError):
            other.unlink()

    def test_what_is_used_is_not_deleted(self):
        ticket = self.create_ticket(category_id=self.damage.id)
        with self.assertRaises(UserError):
            self.damage.unlink()
        self.damage.active = False
        self.assertEqual(ticket.category_id, self.damage)

    def test_rights(self):
        tag = self.env["crm.ticket.tag"].create({"name": "warranty"})
        tier = self.env["crm.customer.tier"].create({"name": "Platinum"})
        for record in (self.damage, tag, tier):
            with self.subTest(model=record._name):
                record.with_user(self.agent).read(["name"])
                with self.assertRaises(AccessError):
                    record.with_user(self.agent).write({"name": "mine"})
                with self.assertRaises(AccessError):
                    record.with_user(self.agent).unlink()
                with self.assertRaises(AccessError):
                    record.with_user(self.customer_user).read(["name"])
                record.with_user(self.manager).write({"name": "ours"})
        with self.assertRaises(AccessError):
            self.damage.with_user(self.employee).read(["name"])
        self.env["crm.ticket.tag"].with_user(self.agent).create({"name": "made while working"})
        for model in ("crm.ticket.category", "crm.customer.tier"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.agent).create({"name": "x"})

    def test_categories_of_another_company_are_theirs(self):
        other = self.env["res.company"].create({"name": "Sister"})
        team = self.env["crm.ticket.team"].create({"name": "Theirs", "company_id": other.id})
        self.damage.team_ids = team
        Category = self.env["crm.ticket.category"].with_user(self.agent)
        self.assertFalse(Category.search([("id", "=", self.damage.id)]))
        abroad = new_test_user(
            self.env,
            "hd_abroad",
            "crm_suite_helpdesk.group_agent",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Category = self.env["crm.ticket.category"].with_user(abroad)
        self.assertTrue(Category.search([("id", "=", self.damage.id)]))

    def test_changes_are_in_the_history(self):
        ticket = self.create_ticket()
        self.env.flush_all()
        self.cr.precommit.run()
        tag = self.env["crm.ticket.tag"].create({"name": "warranty"})
        ticket.write({"category_id": self.damage.id, "tag_ids": [Command.link(tag.id)]})
        self.env.flush_all()
        self.cr.precommit.run()
        values = ticket.message_ids.tracking_value_ids
        self.assertIn("Goods / Delivery / Damage", values.mapped("new_value_char"))
        self.assertIn("warranty", values.mapped("new_value_char"))

    def test_the_stages_of_a_team(self):
        Stage = self.env["crm.ticket.stage"]
        action = self.team.action_new_stage()
        own = Stage.with_context(**action["context"]).create({"name": "At the lab", "type": "open"})
        self.assertEqual(own.team_ids, self.team)
        self.assertIn(own, self.team.available_stage_ids)
        self.assertIn(self.stages["waiting_third"], self.team.available_stage_ids)
        other = self.env["crm.ticket.team"].create({"name": "Other", "sequence": 99})
        self.assertNotIn(own, other.available_stage_ids)
        with self.assertRaises(AccessError):
            Stage.with_user(self.agent).with_context(**action["context"]).create({"name": "x"})
