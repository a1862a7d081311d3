from ast import literal_eval

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestQuotation(CrmSuiteCase):
    def _quote(self, lead):
        action = lead.with_user(self.omar).action_sale_quotations_new()
        return self.env["sale.order"].browse(action.get("res_id"))

    def _order(self, lead):
        action = lead.with_user(self.omar).action_new_order()
        return self.env["sale.order"].browse(action.get("res_id"))

    def test_quotation_carries_everything(self):
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        source = self.env["utm.source"].create({"name": "Fair"})
        medium = self.env["utm.medium"].create({"name": "Booth"})
        tag = self.env["crm.tag"].create({"name": "Office"})
        term = self.env["account.payment.term"].create({"name": "In 7 days"})
        pricelist = self.env["product.pricelist"].create({"name": "Friends"})
        self.haddad.write(
            {
                "property_payment_term_id": term.id,
                "property_product_pricelist": pricelist.id,
            }
        )
        lead = self._create_opportunity(
            [(self.desk, 3), (self.training, 2)],
            campaign_id=campaign.id,
            source_id=source.id,
            medium_id=medium.id,
            tag_ids=[Command.link(tag.id)],
        )
        lead.line_ids[0].write({"discount": 5.0, "name": "Oak desk, dark", "price_unit": 190.0})
        order = self._quote(lead)
        self.assertRecordValues(
            order,
            [
                {
                    "opportunity_id": lead.id,
                    "partner_id": self.layla.id,
                    "campaign_id": campaign.id,
                    "source_id": source.id,
                    "medium_id": medium.id,
                    "payment_term_id": term.id,
                    "pricelist_id": pricelist.id,
                    "user_id": self.omar.id,
                    "team_id": self.north.id,
                    "tag_ids": tag.ids,
                    "state": "draft",
                }
            ],
        )
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.desk.id,
                    "name": "Oak desk, dark",
                    "product_uom_qty": 3.0,
                    "price_unit": 190.0,
                    "discount": 5.0,
                    "opportunity_line_id": lead.line_ids[0].id,
                },
                {
                    "product_id": self.training.id,
                    "name": "Training day",
                    "product_uom_qty": 2.0,
                    "price_unit": 500.0,
                    "discount": 0.0,
                    "opportunity_line_id": lead.line_ids[1].id,
                },
            ],
        )

    def test_nothing_is_carried_twice(self):
        lead = self._create_opportunity([(self.desk, 3)])
        first = self._quote(lead)
        self.assertEqual(len(first.order_line), 1)
        self.assertFalse(self._quote(lead))
        self.assertEqual(lead.order_ids, first)
        lead.line_ids = self._prepare_lines([(self.training, 1)])
        second = self._quote(lead)
        self.assertEqual(second.order_line.product_id, self.training)
        first.action_cancel()
        third = self._quote(lead)
        self.assertEqual(third.order_line.product_id, self.desk)

    def test_second_click_opens_the_quotation_of_the_first(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._quote(lead)
        for again in ("action_sale_quotations_new", "action_new_order"):
            action = getattr(lead.with_user(self.omar), again)()
            self.assertEqual(action["tag"], "display_notification")
            self.assertEqual(action["params"]["next"]["res_id"], order.id)
        other = order.copy()
        action = lead.with_user(self.omar).action_new_quotation()["params"]["next"]
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order | other)
        self.assertEqual(order.state, "draft")

    def test_new_order_carries_and_confirms(self):
        term = self.env["account.payment.term"].create({"name": "In 7 days"})
        source = self.env["utm.source"].create({"name": "Fair"})
        self.haddad.property_payment_term_id = term
        lead = self._create_opportunity([(self.desk, 3)], source_id=source.id)
        order = self._order(lead)
        self.assertRecordValues(
            order,
            [
                {
                    "state": "sale",
                    "opportunity_id": lead.id,
                    "payment_term_id": term.id,
                    "source_id": source.id,
                    "user_id": self.omar.id,
                    "amount_untaxed": 600.0,
                }
            ],
        )
        self.assertEqual(order.order_line.opportunity_line_id, lead.line_ids)
        again = lead.with_user(self.omar).action_new_order()
        self.assertIn("ordered already", again["params"]["message"])
        self.assertEqual(again["params"]["next"]["res_id"], order.id)
        self.assertFalse(self._quote(lead), "more may be quoted: on a blank quotation")
        self.assertEqual(lead.order_ids, order)

    def test_new_order_needs_products_and_asks_for_the_customer(self):
        with self.assertRaisesRegex(UserError, "products first"):
            self._create_opportunity().with_user(self.omar).action_new_order()
        lead = self._create_opportunity([(self.desk, 1)], partner_id=False).with_user(self.omar)
        action = lead.action_new_order()
        context = {**action["context"], "active_model": "crm.lead", "active_id": lead.id}
        wizard = self.env[action["res_model"]].with_user(self.omar).with_context(**context)
        with self.assertRaisesRegex(UserError, "customer"):
            wizard.create({"action": "nothing"}).action_apply()
        self.assertFalse(lead.order_ids)
        wizard.create({"action": "exist", "partner_id": self.layla.id}).action_apply()
        self.assertRecordValues(
            lead.order_ids, [{"state": "sale", "partner_id": self.layla.id, "amount_untaxed": 200}]
        )

    def test_very_long_subject(self):
        subject = "عرض " * 2500
        lead = self._create_opportunity([(self.desk, 1)], name=subject)
        order = self._order(lead)
        self.assertEqual(len(order.origin), 10000)
        self.assertEqual(order.state, "sale")

    def test_merged_opportunities_carry_each_product_once(self):
        first = self._create_opportunity([(self.desk, 1)])
        second = self._create_opportunity([(self.training, 1)], name="Trainings")
        order = self._quote(second)
        hidden = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "opportunity_id": second.id, "user_id": self.sami.id}
        )
        merged = (first | second).with_user(self.omar).merge_opportunity().sudo()
        self.assertEqual(merged.order_ids, order | hidden)
        rest = self._quote(merged)
        self.assertEqual(rest.order_line.product_id, self.desk)
        self.assertEqual(merged.quoted_amount, 700.0)

    def test_prices_are_converted(self):
        currency = self.env["res.currency"].create(
            {"name": "XTC", "symbol": "X", "rate_ids": [Command.create({"rate": 2.0})]}
        )
        self.haddad.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        order = self._quote(self._create_opportunity([(self.desk, 1)]))
        self.assertEqual(order.currency_id, currency)
        self.assertEqual(order.order_line.price_unit, 400.0)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.order_line.price_unit, 400.0)
        order.action_update_opportunity()
        self.assertEqual(order.opportunity_id.line_ids.price_unit, 200.0)
        self.assertEqual(order.opportunity_id.expected_revenue, 400.0)

    def test_opportunity_without_customer_asks_for_one(self):
        lead = self._create_opportunity([(self.desk, 1)], partner_id=False)
        action = lead.with_user(self.omar).action_sale_quotations_new()
        self.assertEqual(action["res_model"], "crm.quotation.partner")

    def test_quotation_without_products_is_not_sent_nor_confirmed(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "order_line": [Command.create({"display_type": "line_note", "name": "Soon"})],
            }
        )
        for attempt in (
            order.action_quotation_send,
            order.action_quotation_sent,
            order.action_confirm,
            lambda: order.write({"state": "sent"}),
            lambda: self._say(order.with_context(mark_so_as_sent=True), "Here it is"),
        ):
            with self.assertRaises(UserError) as caught:
                attempt()
            self.assertIn("no products", str(caught.exception))
        self.assertEqual(order.state, "draft")

    def test_changed_quotation_offers_to_update_the_opportunity(self):
        lead = self._create_opportunity([(self.desk, 3), (self.training, 2)])
        order = self._quote(lead).with_user(self.omar)
        self.assertFalse(order.can_update_opportunity)
        with Form(order, view="sale.view_order_form") as form:
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 5
            form.order_line.remove(1)
            with form.order_line.new() as line:
                line.product_id = self.training
                line.name = "Training on site"
                line.price_unit = 700.0
        self.assertTrue(order.can_update_opportunity)
        order.action_update_opportunity()
        self.assertRecordValues(
            lead.line_ids,
            [
                {"product_id": self.desk.id, "quantity": 5.0, "price_subtotal": 1000.0},
                {"product_id": self.training.id, "quantity": 1.0, "price_subtotal": 700.0},
            ],
        )
        self.assertEqual(lead.line_ids[1].name, "Training on site")
        self.assertEqual(lead.expected_revenue, 1700.0)
        self.assertFalse(order.can_update_opportunity)
        order.action_update_opportunity()
        self.assertEqual(len(lead.line_ids), 2)

    def test_update_leaves_products_of_other_quotations_alone(self):
        lead = self._create_opportunity([(self.desk, 3)])
        first = self._quote(lead)
        lead.line_ids = self._prepare_lines([(self.training, 1)])
        self._quote(lead)
        first.order_line.product_uom_qty = 1
        first.action_update_opportunity()
        self.assertEqual(lead.line_ids.product_id, self.desk | self.training)
        self.assertEqual(lead.line_ids[0].quantity, 1.0)

    def test_lines_of_nothing_and_credits_are_written_back(self):
        lead = self._create_opportunity([(self.desk, 3), (self.training, 1)])
        order = self._quote(lead)
        desk, training = order.order_line
        desk.product_uom_qty = 0
        training.copy({"order_id": order.id, "product_uom_qty": -1, "price_unit": 100.0})
        order.action_update_opportunity()
        self.assertRecordValues(
            lead.line_ids,
            [
                {"product_id": self.training.id, "quantity": 1.0, "price_subtotal": 500.0},
                {"product_id": self.training.id, "quantity": 1.0, "price_subtotal": -100.0},
            ],
        )
        self.assertFalse(order.can_update_opportunity)

    def test_order_of_a_colleagues_opportunity_opens_and_offers_nothing(self):
        lead = self._create_opportunity([(self.desk, 3)], user_id=self.sami.id)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": lead.id,
                "user_id": self.omar.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
        order = order.with_user(self.omar)
        self.assertFalse(order.can_update_opportunity)
        with Form(order, view="sale.view_order_form") as form:
            form.client_order_ref = "A1"
        with self.assertRaises(AccessError):
            order.action_update_opportunity()

    def test_quotation_of_an_opportunity_without_products_can_fill_it(self):
        lead = self._create_opportunity()
        self.assertFalse(self._quote(lead))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": lead.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
        self.assertTrue(order.can_update_opportunity)
        order.action_update_opportunity()
        self.assertEqual(lead.line_ids.product_id, self.desk)
        self.assertEqual(order.order_line.opportunity_line_id, lead.line_ids)

    def test_confirmation_does_not_override_followed_products(self):
        lead = self._create_opportunity([(self.desk, 1)])
        order = self._quote(lead)
        order.order_line.product_uom_qty = 10
        order.action_confirm()
        self.assertRecordValues(lead, [{"expected_revenue": 200.0, "revenue_manual": False}])

    def test_discount_of_a_product_is_seen_on_its_quotation(self):
        for feature in (False, True):
            group = self.env.ref("sale.group_discount_per_so_line")
            method = "_apply_group" if feature else "_remove_group"
            getattr(self.env.ref("base.group_user"), method)(group)
            arch = (
                self.env["sale.order"]
                .with_user(self.omar)
                .get_view(self.env.ref("sale.view_order_form").id, "form")["arch"]
            )
            nodes = etree.fromstring(arch).xpath(
                "//field[@name='order_line']/list/field[@name='discount']"
            )
            shown = [node.get("column_invisible") for node in nodes]
            self.assertEqual(shown, [None if feature else "not parent.opportunity_id"])

    def test_sent_date(self):
        order = self._quote(self._create_opportunity([(self.desk, 1)]))
        self.assertFalse(order.quotation_sent_at)
        order.action_quotation_sent()
        self.assertLessEqual(order.quotation_sent_at, fields.Datetime.now())
        order.action_cancel()
        order.action_draft()
        self.assertFalse(order.quotation_sent_at)

    def test_deals_outside_the_pipeline_are_found(self):
        inside = self._quote(self._create_opportunity([(self.desk, 1)]))
        outside = self.env["sale.order"].create({"partner_id": self.layla.id})
        view = self.env.ref("sale.view_sales_order_filter")
        arch = etree.fromstring(self.env["sale.order"].get_view(view.id, "search")["arch"])
        [node] = arch.xpath("//filter[@name='without_opportunity']")
        found = self.env["sale.order"].search(literal_eval(node.get("domain")))
        self.assertIn(outside, found)
        self.assertNotIn(inside, found)
