from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaMatching(HelpdeskCommon):
    """Each condition of a policy by itself, and policies side by side."""

    def promise(self, **values):
        return self.env["crm.sla.policy"].create(
            {
                "name": "Special",
                "sequence": -1,
                "target_ids": [Command.create({"metric": "resolution", "budget_s": HOUR})],
                **values,
            }
        )

    def assertCovers(self, policy, covered, other=None):
        ticket = self.create_ticket(**covered)
        self.assertEqual(self.clock(ticket, "resolution").policy_id, policy)
        ticket = self.create_ticket(**(other or {}))
        self.assertEqual(self.clock(ticket, "resolution").policy_id, self.policy)
        return ticket

    def test_tiers(self):
        tier = self.env["crm.customer.tier"].create({"name": "Platinum"})
        policy = self.promise(tier_ids=[Command.set(tier.ids)])
        ticket = self.create_ticket()
        self.assertEqual(self.clock(ticket, "resolution").policy_id, self.policy)
        self.customer_company.customer_tier_id = tier
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.policy_id, clock.budget_s), (policy, HOUR), "open tickets follow")
        self.assertCovers(policy, {}, {"partner_id": self.stranger_user.partner_id.id})

    def test_categories_with_those_below(self):
        parent = self.env["crm.ticket.category"].create({"name": "Hardware"})
        child = self.env["crm.ticket.category"].create({"name": "Printer", "parent_id": parent.id})
        policy = self.promise(category_ids=[Command.set(parent.ids)])
        ticket = self.assertCovers(policy, {"category_id": child.id})
        ticket.category_id = parent
        self.assertEqual(self.clock(ticket, "resolution").policy_id, policy)

    def test_tags_any_or_all(self):
        one, two = self.env["crm.ticket.tag"].create([{"name": "One"}, {"name": "Two"}])
        policy = self.promise(tag_ids=[Command.set((one | two).ids)])
        self.assertCovers(policy, {"tag_ids": [Command.set(one.ids)]})
        policy.tag_match = "all"
        both = {"tag_ids": [Command.set((one | two).ids)]}
        self.assertCovers(policy, both, {"tag_ids": [Command.set(one.ids)]})

    def test_products_and_their_categories(self):
        parent = self.env["product.category"].create({"name": "Machines"})
        child = self.env["product.category"].create({"name": "Mills", "parent_id": parent.id})
        product, other = self.env["product.product"].create(
            [{"name": "Mill", "categ_id": child.id}, {"name": "Spoon"}]
        )
        policy = self.promise(product_ids=[Command.set(product.ids)])
        self.assertCovers(policy, {"product_id": product.id}, {"product_id": other.id})
        policy.write(
            {"product_ids": [Command.clear()], "product_categ_ids": [Command.set(parent.ids)]}
        )
        self.assertCovers(policy, {"product_id": product.id}, {"product_id": other.id})

    def test_orders(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        policy = self.promise(order_ids=[Command.set(order.ids)])
        ticket = self.assertCovers(policy, {"sale_order_id": order.id})
        ticket.sale_order_id = order
        self.assertEqual(self.clock(ticket, "resolution").policy_id, policy)

    def test_days(self):
        policy = self.promise(date_from=MONDAY.date(), date_to=MONDAY.date())
        self.assertEqual(self.clock(self.create_ticket(), "resolution").policy_id, policy)
        ticket = self.create_ticket()
        self.travel(days=1)
        ticket.priority = "2"
        self.assertEqual(self.clock(ticket, "resolution").policy_id, policy, "opened in time")
        self.assertEqual(self.clock(self.create_ticket(), "resolution").policy_id, self.policy)
        policy.date_to = date(2026, 3, 2) + timedelta(days=1)
        self.assertEqual(self.clock(self.create_ticket(), "resolution").policy_id, policy)

    def test_further_conditions_and_the_fields_they_look_at(self):
        policy = self.promise(domain="[('name', 'ilike', 'outage')]")
        ticket = self.assertCovers(policy, {"name": "Total outage"})
        ticket.name = "Outage"
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.policy_id, clock.since_cause), (policy, "ticket"))

    def test_a_policy_besides_the_others(self):
        policy = self.promise(stack="add", sequence=99)
        ticket = self.create_ticket()
        clocks = ticket.sla_clock_ids.filtered(lambda c: c.metric == "resolution")
        self.assertEqual(clocks.policy_id, policy | self.policy)
        self.assertEqual(sorted(clocks.mapped("slot")), [0, policy.id])
        self.travel(hours=2)
        self.move(ticket, "solved")
        results = {clock.policy_id: clock.result for clock in clocks}
        self.assertEqual(results, {policy: "missed", self.policy: "met"})
        self.move(ticket, "open")
        self.assertEqual(len(ticket.sla_clock_ids.filtered(lambda c: c.cycle == 2)), 2)

    def test_pickup(self):
        self.policy.target_ids = [Command.create({"metric": "pickup", "budget_s": HOUR})]
        ticket = self.create_ticket(user_id=False)
        clock = self.clock(ticket, "pickup")
        self.assertEqual(clock.state, "running")
        self.travel(minutes=30)
        ticket.user_id = self.agent
        self.assertEqual((clock.result, clock.elapsed_s), ("met", HOUR // 2))
        ticket.user_id = False
        again = self.clock(ticket, "pickup")
        self.assertEqual((again.cycle, again.carried_s, again.state), (2, 0, "running"))

    def test_customers_who_become_one(self):
        twin = self.env["res.partner"].create({"name": "Date Palm", "is_company": True})
        policy = self.promise(partner_ids=[Command.set(twin.ids)])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin | self.customer_company).ids, self.customer_company)
        self.assertEqual(policy.partner_ids, self.customer_company)
        self.assertEqual(self.clock(self.create_ticket(), "resolution").policy_id, policy)
