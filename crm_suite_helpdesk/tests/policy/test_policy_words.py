from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestPolicyWords(HelpdeskCommon):
    """What the screens of a policy say about it."""

    def words(self, user=None, **values):
        self.policy.write(values)
        self.env.flush_all()
        self.env.invalidate_all()
        return str(self.policy.with_user(user or self.manager).in_words)

    def test_a_policy_for_everybody(self):
        words = self.words()
        self.assertIn(f"every ticket of {self.company.name}", words)
        self.assertIn("first answers within 01:00 (Urgent) and 02:00 (all others)", words)
        self.assertIn("solved within 04:00 (Urgent) and 08:00 (all others)", words)
        self.assertIn("working hours of the team", words)
        self.assertRegex(words, "Resolution: .* waiting for the customer")

    def test_whom_it_covers(self):
        tier = self.env["crm.customer.tier"].create({"name": "Platinum"})
        tags = self.env["crm.ticket.tag"].create([{"name": "Fire"}, {"name": "Water"}])
        other = self.team.copy({"name": "Second Line", "alias_name": False})
        words = self.words(
            team_ids=[Command.set((self.team | other).ids)],
            partner_ids=[Command.set(self.customer_company.ids)],
            tier_ids=[Command.set(tier.ids)],
            tag_ids=[Command.set(tags.ids)],
            tag_match="all",
            date_from=date(2026, 1, 1),
        )
        for text in (
            "Second Line or Test Support",
            "Date Palm Ltd and their people",
            "the tier Platinum",
            "all of the tags Fire and Water",
            "01/01/2026 or later",
        ):
            self.assertIn(text, words)

    def test_orders_are_named_to_those_who_may_read_them(self):
        order = self.env["sale.order"].create({"partner_id": self.customer_company.id})
        words = self.words(order_ids=[Command.set(order.ids)])
        self.assertNotIn(order.name, words)
        self.assertIn("1 more", words)
        self.manager.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertIn(order.name, self.words())

    def test_its_form_opens_for_managers_without_sales(self):
        order = self.env["sale.order"].create({"partner_id": self.customer_company.id})
        self.policy.order_ids = order
        with Form(self.policy.with_user(self.manager)) as form:
            self.assertIn("1 more", form.in_words)
            form.name = "Renamed"
        self.assertEqual(self.policy.order_ids, order)

    def test_names_are_not_markup(self):
        self.team.name = "<b>Bold</b>"
        words = self.words(team_ids=[Command.set(self.team.ids)])
        self.assertIn("&lt;b&gt;", words)

    def test_other_rules(self):
        words = self.words(stack="add", on_reopen="new_cycle", reopen_days=14, mode="always")
        for text in ("besides the other policies", "from zero", "14 days", "day and night"):
            self.assertIn(text, words)

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.manager.lang = "ar_001"
        self.assertTrue(self.words())

    def test_agents_read_policies_and_change_none(self):
        self.assertTrue(self.words(self.agent))
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).name = "Mine"
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).action_apply_latest()

    def test_revisions_say_what_changed_and_who_stands_on_them(self):
        ticket = self.create_ticket()
        first = self.policy.revision_id
        target = self.policy.target_ids.filtered(lambda t: not t.priority)[0]
        with Form(self.policy.with_user(self.manager)) as form:
            index = self.policy.target_ids.ids.index(target.id)
            with form.target_ids.edit(index) as line:
                line.budget = 3
        later = self.policy.revision_id
        self.assertFalse(first.summary, "nothing changed against a revision before the first")
        self.assertEqual(later.number, first.number + 1)
        self.assertEqual(later.user_id, self.manager)
        self.assertIn("02:00 → 03:00", later.summary)
        self.assertIn("03:00", later.promises)
        self.assertEqual((first.ticket_count, later.ticket_count), (1, 0))
        self.assertEqual((first.is_present, later.is_present), (False, True))
        self.assertEqual((self.policy.ticket_count, self.policy.outdated_ticket_count), (1, 1))
        action = first.with_user(self.agent).action_open_tickets()
        self.assertEqual(self.env["crm.ticket"].search(action["domain"]), ticket)
        action = self.policy.action_open_outdated_tickets()
        self.assertEqual(self.env["crm.ticket"].search(action["domain"]), ticket)

    def test_figures_are_those_of_the_reader(self):
        self.create_ticket()
        outside = self.policy.with_user(self.outsider)
        self.assertEqual((outside.ticket_count, outside.revision_id.ticket_count), (0, 0))

    def test_the_example_for_important_customers_waits_to_be_activated(self):
        policy = self.env.ref("crm_suite_helpdesk.crm_sla_policy_vip")
        self.assertFalse(policy.active)
        self.assertTrue(policy.tier_ids.is_vip)
        policy.active = True
        self.customer_company.customer_tier_id = policy.tier_ids
        ticket = self.create_ticket(priority="3")
        self.assertEqual(self.clock(ticket, "first_response").policy_id, self.policy)
        policy.sequence = -1
        ticket = self.create_ticket(priority="3")
        clock = self.clock(ticket, "first_response")
        self.assertEqual((clock.policy_id, clock.budget_s), (policy, HOUR / 2))
