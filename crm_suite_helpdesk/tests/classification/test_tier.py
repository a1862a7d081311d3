from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTier(HelpdeskCommon):
    """How much a customer may expect is seen on each of his tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vip, cls.basic = cls.env["crm.customer.tier"].create(
            [{"name": "Royal", "is_vip": True}, {"name": "Common"}]
        )

    def test_the_company_has_it_for_its_people(self):
        ticket = self.create_ticket()
        self.assertFalse(ticket.is_vip)
        self.customer_company.customer_tier_id = self.vip
        self.assertEqual(ticket.customer_tier_id, self.vip)
        self.assertTrue(ticket.is_vip)
        self.assertEqual(self.customer.customer_tier_id, self.vip)
        later = self.create_ticket(partner_id=self.colleague_user.partner_id.id)
        self.assertEqual(later.customer_tier_id, self.vip)
        ticket.partner_id = self.stranger_user.partner_id
        self.assertFalse(ticket.customer_tier_id)
        found = self.env["crm.ticket"].search([("is_vip", "=", True)])
        self.assertIn(later, found)
        self.assertNotIn(ticket, found)
        self.assertEqual(self.vip.partner_count, 1)

    def test_a_new_contact_has_that_of_his_company(self):
        self.customer_company.customer_tier_id = self.vip
        person = self.env["res.partner"].create(
            {"name": "New", "parent_id": self.customer_company.id}
        )
        self.assertEqual(person.customer_tier_id, self.vip)

    def test_the_promise_follows_the_tier(self):
        policies = self.env["crm.sla.policy"]
        if "tier_ids" not in policies._fields:
            return
        policies.create(
            {
                "name": "Royal promise",
                "sequence": -1,
                "tier_ids": self.vip.ids,
                "target_ids": [
                    (0, 0, {"metric": "resolution", "priority": False, "budget_s": 3600})
                ],
            }
        )
        ticket = self.create_ticket()
        closed = self.create_ticket()
        self.move(closed, "closed")
        calm = self.clock(ticket, "resolution").budget_s
        self.customer_company.customer_tier_id = self.vip
        self.assertEqual(self.clock(ticket, "resolution").budget_s, 3600)
        self.assertEqual(self.clock(closed, "resolution").budget_s, calm, "what is over is over")
        self.customer_company.customer_tier_id = False
        self.assertEqual(self.clock(ticket, "resolution").budget_s, calm)

    def test_nobody_enters_it_on_the_ticket(self):
        ticket = self.create_ticket()
        with self.assertRaises(AccessError):
            ticket.with_user(self.manager).write({"customer_tier_id": self.vip.id})
        ticket = (
            self.env["crm.ticket"]
            .with_user(self.agent)
            .with_context(default_customer_tier_id=self.vip.id)
            .create({"name": "x", "team_id": self.team.id})
        )
        self.assertFalse(ticket.customer_tier_id)

    def test_customers_do_not_read_what_they_are_to_us(self):
        self.customer_company.customer_tier_id = self.basic
        with self.assertRaises(AccessError):
            self.customer.with_user(self.customer_user).read(["customer_tier_id"])
        ticket = self.create_ticket().with_user(self.customer_user)
        for name in ("customer_tier_id", "is_vip", "category_id", "tag_ids", "properties"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                ticket.read([name])

    def test_a_customer_changes_his_address_as_before(self):
        self.customer_company.customer_tier_id = self.basic
        self.customer.with_user(self.customer_user).sudo().write({"city": "Jeddah"})
        self.assertEqual(self.customer.customer_tier_id, self.basic)

    def test_other_open_tickets_of_the_customer(self):
        ticket, same = self.create_ticket(), self.create_ticket()
        colleague = self.create_ticket(partner_id=self.colleague_user.partner_id.id)
        self.create_ticket(partner_id=self.stranger_user.partner_id.id)
        self.move(self.create_ticket(), "closed")
        self.assertEqual(ticket.sibling_ticket_count, 2)
        found = self.env["crm.ticket"].search(ticket.action_open_siblings()["domain"])
        self.assertEqual(found, same | colleague)
        unknown = self.create_ticket(partner_id=False, email_from="who@example.org")
        self.create_ticket(partner_id=False, email_from="Who <WHO@example.org>")
        self.assertEqual(unknown.sibling_ticket_count, 1)
        self.assertEqual(self.create_ticket(partner_id=False).sibling_ticket_count, 0)
        self.assertEqual(ticket.with_user(self.agent).sibling_ticket_count, 2)
        self.assertFalse(
            ticket.with_user(self.agent)
            .env["crm.ticket"]
            .search_count([("id", "in", found.ids), ("team_id", "!=", self.team.id)])
        )

    def test_a_new_form_counts_them_too(self):
        self.create_ticket()
        form = Form(self.env["crm.ticket"].with_user(self.agent))
        form.partner_id = self.customer
        self.assertEqual(form.sibling_ticket_count, 1)
