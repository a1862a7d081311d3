from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestAlternative(CrmSuiteCase):
    """Several quotations on an opportunity: one counts, the others are kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._create_opportunity([(cls.desk, 3)])
        cls.lead.action_new_quotation()
        cls.first = cls.lead.order_ids.with_user(cls.omar)
        cls.second = cls._offer(cls.first, 5)

    @classmethod
    def _offer(cls, order, quantity):
        action = order.with_user(cls.omar).action_new_alternative()
        offer = cls.env["sale.order"].browse(action["res_id"]).with_user(cls.omar)
        offer.order_line.product_uom_qty = quantity
        return offer

    def _strip(self):
        self.lead.invalidate_recordset()
        lead = self.lead.with_user(self.omar)
        return lead.quoted_amount, lead.ordered_amount, lead.alternative_count

    def test_an_alternative_is_kept_and_does_not_count(self):
        self.assertEqual(self.second.chosen_order_id, self.first)
        self.assertEqual(self.second.opportunity_id, self.lead)
        self.assertEqual(self._strip(), (600.0, 0.0, 1))
        self.assertEqual(self.lead.expected_revenue, 600.0)
        action = self.lead.with_user(self.omar).action_view_quoted()
        self.assertEqual(self.first.search(action["domain"]), self.first)
        Order = self.env["sale.order"].with_user(self.omar)
        self.assertEqual(
            Order.search([("opportunity_id", "=", self.lead.id), ("chosen_order_id", "!=", False)]),
            self.second,
        )

    def test_duplicate_is_an_alternative_until_the_customer_has_ordered(self):
        third = self.second.copy()
        self.assertEqual(third.chosen_order_id, self.first)
        self.first.action_confirm()
        again = self.first.copy()
        self.assertFalse(again.chosen_order_id)
        self.assertEqual(again.opportunity_id, self.lead)
        self.second.action_cancel()
        self.assertFalse(self.second.copy().chosen_order_id)
        self.assertFalse(self.first.copy({"opportunity_id": False}).chosen_order_id)

    def test_a_cancelled_quotation_that_is_taken_up_again_does_not_count_twice(self):
        self.second.sudo().unlink()
        self.first.action_cancel()
        self.lead.action_new_quotation()
        third = self.lead.order_ids - self.first
        self.first.action_draft()
        self.assertEqual(self.first.chosen_order_id, third)
        self.assertEqual(self._strip(), (600.0, 0.0, 1))
        # nothing else holds the products: it counts
        third.action_cancel()
        self.assertFalse(self.first.chosen_order_id)
        self.first.action_cancel()
        self.first.action_draft()
        self.assertEqual(self._strip()[0], 600.0)

    def test_chosen_one_counts_and_offers_its_lines(self):
        third = self._offer(self.first, 1)
        self.assertFalse(self.second.can_update_opportunity)
        self.second.action_choose()
        self.assertFalse(self.second.chosen_order_id)
        self.assertEqual((self.first | third).chosen_order_id, self.second)
        self.assertEqual(self._strip(), (1000.0, 0.0, 2))
        self.assertTrue(self.second.can_update_opportunity)
        self.assertFalse(self.first.can_update_opportunity)
        with self.assertRaises(UserError):
            self.first.action_update_opportunity()
        self.second.action_update_opportunity()
        self.assertRecordValues(self.lead.line_ids, [{"quantity": 5.0, "order_id": self.second.id}])
        self.assertEqual(self.lead.expected_revenue, 1000.0)
        self.assertFalse(self.second.can_update_opportunity)

    def test_taking_over_the_chosen_one_drops_what_the_other_had(self):
        self.lead.line_ids = self._prepare_lines([(self.training, 1)])
        self.lead.line_ids[1].order_id = self.first
        self.second.action_choose()
        self.second.action_update_opportunity()
        self.assertEqual(self.lead.line_ids.product_id, self.desk)
        self.first.action_choose()
        self.first.action_update_opportunity()
        self.assertRecordValues(self.lead.line_ids, [{"quantity": 3.0}])

    def test_confirming_an_alternative_chooses_it(self):
        self.second.action_confirm()
        self.assertEqual(self._strip(), (1000.0, 1000.0, 1))
        self.assertRecordValues(self.first, [{"state": "draft", "chosen_order_id": self.second.id}])
        with self.assertRaisesRegex(UserError, "ordered already"):
            self.first.action_confirm()
        with self.assertRaisesRegex(UserError, "ordered already"):
            self.first.action_choose()
        self.assertEqual(self.first.state, "draft")
        # the customer wants both
        with Form(self.first, view="sale.view_order_form") as form:
            form.chosen_order_id = self.env["sale.order"]
        self.first.action_confirm()
        self.assertEqual(self._strip(), (1600.0, 1600.0, 0))

    def test_products_tell_the_quotation_that_counts(self):
        self.assertEqual(self.lead.line_ids.order_id, self.first)
        self.second.action_choose()
        self.assertEqual(self.lead.line_ids.order_id, self.second)
        self.first.action_confirm()
        self.assertEqual(self.lead.line_ids.order_id, self.first)

    def test_what_is_superseded_is_not_offered(self):
        self.second.action_confirm()
        lead = self.lead.with_user(self.omar)
        action = lead.action_new_order()
        self.assertEqual(action["params"]["next"]["res_id"], self.second.id)
        self.assertIn("ordered already", action["params"]["message"])
        # all is ordered: what comes next is blank
        self.assertFalse(lead.action_new_quotation().get("res_id"))
        self.assertEqual(self.first.chosen_order_state, "sale")
        for model, view in [
            ("sale.order", "sale.view_order_form"),
            ("crm.lead", "crm.crm_lead_view_form"),
        ]:
            arch = self.env[model].get_view(self.env.ref(view).id, "form")["arch"]
            button = etree.fromstring(arch).find(".//button[@name='action_choose']")
            self.assertIn("chosen_order_state == 'sale'", button.get("invisible"))

    def test_what_comes_back_does_not_count_twice(self):
        self.second.sudo().unlink()
        self.first.action_cancel()
        self.lead.with_user(self.omar).action_new_quotation()
        remade = self.lead.order_ids - self.first
        self.assertEqual(self._strip(), (600.0, 0.0, 0))
        self.first.action_draft()
        self.assertEqual(self.first.chosen_order_id, remade)
        self.assertEqual(self._strip(), (600.0, 0.0, 1))
        self.first.action_cancel()
        self.first.chosen_order_id = False
        remade.action_confirm()
        self.first.action_draft()
        self.assertEqual(self.first.chosen_order_id, remade)
        with self.assertRaisesRegex(UserError, "ordered already"):
            self.first.action_confirm()
        self.assertEqual(self._strip(), (600.0, 600.0, 1))

    def test_what_comes_back_together_counts_once(self):
        self.second.sudo().unlink()
        self.first.action_cancel()
        self.lead.with_user(self.omar).action_new_quotation()
        orders = self.lead.order_ids
        (orders - self.first).action_cancel()
        orders.action_draft()
        self.assertEqual(self._strip(), (600.0, 0.0, 1))

    def test_confirming_the_chosen_one_keeps_the_alternatives(self):
        self.first.action_confirm()
        self.assertRecordValues(self.second, [{"state": "draft", "chosen_order_id": self.first.id}])
        self.assertEqual(self._strip(), (600.0, 600.0, 1))

    def test_customer_cannot_accept_what_is_superseded(self):
        self.second.action_quotation_sent()
        self.second.require_signature = True
        self.assertTrue(self.second._has_to_be_signed())
        self.first.action_confirm()
        self.assertFalse(self.second._has_to_be_signed())
        self.assertFalse(self.second._has_to_be_paid())

    def test_something_counts_as_long_as_something_is_alive(self):
        third = self._offer(self.first, 1)
        self.first.action_cancel()
        self.assertFalse(third.chosen_order_id)
        self.assertEqual((self.first | self.second).chosen_order_id, third)
        self.assertEqual(self._strip(), (200.0, 0.0, 1))
        self.first.action_draft()
        self.assertEqual(self._strip(), (200.0, 0.0, 2))
        (self.first | self.second | third).action_cancel()
        self.assertEqual(self._strip(), (0.0, 0.0, 0))
        self.second.action_draft()
        self.assertFalse(self.second.chosen_order_id)
        self.assertEqual(self._strip(), (1000.0, 0.0, 0))
        with self.assertRaisesRegex(UserError, "cancelled"):
            third.action_choose()

    def test_deleting_the_chosen_one_lets_another_count(self):
        third = self._offer(self.first, 1)
        self.first.sudo().unlink()
        self.assertFalse(third.chosen_order_id)
        self.assertEqual(self.second.chosen_order_id, third)

    def test_what_moves_to_another_opportunity_is_no_alternative_there(self):
        third = self._offer(self.first, 1)
        other = self._create_opportunity(name="Other")
        self.first.opportunity_id = other
        self.assertFalse(self.first.chosen_order_id)
        self.assertFalse(third.chosen_order_id)
        self.assertEqual(self.second.chosen_order_id, third)
        self.second.opportunity_id = other
        self.assertFalse(self.second.chosen_order_id)

    def test_alternatives_outlive_their_opportunity(self):
        self.lead.unlink()
        self.assertEqual(self.second.chosen_order_id, self.first)
        self.second.action_confirm()
        self.assertEqual(self.first.chosen_order_id, self.second)

    def test_alternatives_stay_alternatives_when_opportunities_are_merged(self):
        other = self._create_opportunity(name="Other", probability=90)
        merged = (self.lead | other).merge_opportunity()
        self.assertEqual(merged, other)
        self.assertEqual((self.first | self.second).opportunity_id, merged)
        self.assertEqual(self.second.chosen_order_id, self.first)
        self.assertEqual(merged.quoted_amount, 600.0)

    def test_bad_links_are_refused(self):
        foreign = self.env["sale.order"].create({"partner_id": self.layla.id})
        third = self._offer(self.first, 1)
        for order, chosen in [
            (self.first, foreign),
            (self.first, self.first),
            (third, self.second),
            (self.first, third),
        ]:
            with self.assertRaises(ValidationError), self.cr.savepoint():
                order.chosen_order_id = chosen
        self.first.action_confirm()
        other = self.first.copy()
        with self.assertRaisesRegex(ValidationError, "ordered"), self.cr.savepoint():
            self.first.chosen_order_id = other
        self.first._action_cancel()
        lone = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "opportunity_id": self.lead.id, "user_id": self.omar.id}
        )
        third.chosen_order_id = lone
        self.assertEqual(third.alternative_ids, self.env["sale.order"])
        self.assertEqual((self.first | self.second | third).chosen_order_id, lone)

    def test_colleagues_quotation_steps_back_unseen(self):
        self.first.sudo().user_id = self.sami
        self.env.invalidate_all()
        self.assertFalse(self.first.search([("id", "=", self.first.id)]))
        self.second.action_choose()
        self.assertEqual(self.first.sudo().chosen_order_id, self.second)

    def test_one_reminder_for_all(self):
        orders = self.first | self.second
        orders.action_quotation_sent()
        orders.quotation_sent_at = fields.Datetime.now() - timedelta(days=9)
        self.assertRecordValues(orders, [{"is_unanswered": True}, {"is_unanswered": False}])

    def test_screens_show_it(self):
        Lead = self.lead.with_user(self.omar)
        with Form(Lead, view="crm.crm_lead_view_form") as form:
            self.assertEqual(len(form.order_ids), 2)
        for view_type in ("list", "kanban", "search", "form"):
            arch = self.env["sale.order"].with_user(self.omar).get_view(view_type=view_type)["arch"]
            if view_type != "search":
                self.assertIn("chosen_order_id", arch)
        self.assertTrue(self.lead.order_ids.order_line.filtered("product_id"))
        self.assertEqual(
            self.lead.line_ids.order_line_ids.order_id, self.first.sudo() | self.second.sudo()
        )
        self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
