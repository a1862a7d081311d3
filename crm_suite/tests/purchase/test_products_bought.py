from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command

from .common import PurchaseCase


class TestProductsBought(PurchaseCase):
    """What a customer bought, when, how much, at what price, and when again."""

    def test_what_when_how_much(self):
        self._order([(self.desk, 2), (self.training, 1)], days_ago=30)
        self._order(
            [(self.desk, {"product_uom_qty": 3, "price_unit": 180, "discount": 10})],
            days_ago=10,
            partner=self.haddad,
        )
        row = self._bought()
        self.assertEqual(row.order_count, 2, "orders of all contacts of the customer")
        self.assertEqual(row.first_date, self.today - timedelta(days=30))
        self.assertEqual(row.last_date, self.today - timedelta(days=10))
        self.assertEqual(row.quantity, 5)
        self.assertEqual(row.amount, 2 * 200 + 3 * 162)
        self.assertAlmostEqual(row.average_price, 886 / 5)
        self.assertEqual(row.last_price, 162)
        self.assertAlmostEqual(row.discount, 100 * 54 / (400 + 540))
        self.assertEqual(row.margin, 886 - 5 * 120)
        self.assertAlmostEqual(row.margin_percent, 100 * 286 / 886)
        self.assertEqual(row.currency_id, self.company.currency_id)

    def test_next_purchase(self):
        self._order([(self.desk, 1)], days_ago=100)
        row = self._bought()
        self.assertFalse(row.next_date, "one purchase says nothing about the next")
        self._order([(self.desk, 1)], days_ago=100)
        self.assertFalse(self._bought().next_date, "nor do two on one day")
        self._order([(self.desk, 1)], days_ago=41)
        self._order([(self.desk, 1)], days_ago=20)
        row = self._bought()
        self.assertEqual((row.order_count, row.interval_days), (4, 40))
        self.assertEqual(row.next_date, self.today + timedelta(days=20))
        self.assertFalse(row.is_overdue)
        late = self._bought(product=self.training)
        self.assertFalse(late)
        self._order([(self.training, 1)], days_ago=90)
        self._order([(self.training, 1)], days_ago=60)
        late = self._bought(product=self.training)
        self.assertEqual(late.next_date, self.today - timedelta(days=30))
        self.assertTrue(late.is_overdue)
        found = self.env["crm.product.purchase"].search(
            [("is_overdue", "=", True), ("partner_id", "=", self.haddad.id)]
        )
        self.assertEqual(found.product_id, self.training)

    def test_expected_today_is_not_overdue(self):
        self._order([(self.desk, 1)], days_ago=20)
        self._order([(self.desk, 1)], days_ago=10)
        row = self._bought()
        self.assertEqual((row.next_date, row.is_overdue), (self.today, False))

    def test_unknown_cost_is_no_margin(self):
        self._order([(self.training, 2)])
        row = self._bought(product=self.training)
        self.assertFalse(row.is_cost_known)
        self.assertFalse(row.margin)
        self.assertFalse(row.margin_percent)
        self._order([(self.desk, 1)])
        [(margin, percent)] = self.env["crm.product.purchase"]._read_group(
            [("partner_id", "=", self.haddad.id)], [], ["margin:sum", "margin_percent:avg"]
        )
        self.assertEqual((margin, percent), (80, 40), "what has no cost has no part in it")

    def test_what_is_no_purchase(self):
        self._order([(self.desk, 5)], confirm=False)
        self._order([(self.desk, 7)])._action_cancel()
        self.assertFalse(self._bought())
        order = self._order([(self.desk, 1)])
        order.write(
            {
                "order_line": [
                    Command.create({"display_type": "line_section", "name": "Furniture"}),
                    Command.create({"display_type": "line_note", "name": "As discussed"}),
                    Command.create(
                        {
                            "is_downpayment": True,
                            "name": "Down payment",
                            "price_unit": 50,
                            "product_uom_qty": 0,
                        }
                    ),
                ]
            }
        )
        rows = self.env["crm.product.purchase.line"].search([("order_id", "=", order.id)])
        self.assertEqual(rows.mapped("quantity"), [1])

    def test_units(self):
        self._order(
            [(self.desk, {"product_uom_qty": 2, "product_uom_id": self.dozen.id, "price_unit": 60})]
        )
        row = self._bought()
        self.assertEqual((row.quantity, row.uom_id), (24, self.desk.uom_id))
        self.assertEqual((row.amount, row.last_price), (120, 5))
        self.assertEqual(row.margin, 120 - 24 * 120)

    def test_currency_of_the_order_day(self):
        Rate = self.env["res.currency.rate"]
        Rate.create(
            {
                "currency_id": self.foreign.id,
                "company_id": self.company.id,
                "name": self.today - timedelta(days=15),
                "rate": 4.0,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": self.foreign.id}
        )
        for days_ago in (30, 1):
            self._order(
                [(self.desk, {"product_uom_qty": 1, "price_unit": 400})],
                pricelist_id=pricelist.id,
                days_ago=days_ago,
            )
        row = self._bought()
        self.assertEqual(row.amount, 400 / 2 + 400 / 4)
        self.assertEqual(row.last_price, 100)
        self.assertEqual(row.margin, 300 - 2 * 120)

    def test_delivered_without_an_order(self):
        order = self._order([(self.desk, 1)])
        line = self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.training.id,
                "product_uom_qty": 0,
                "price_unit": 300,
                "tax_ids": [],
            }
        )
        self.training.invoice_policy = "delivery"
        line.qty_delivered = 2
        row = self._bought(product=self.training)
        self.assertEqual((row.quantity, row.amount, row.last_price), (2, 600, 300))

    def test_discount_line_is_not_bought(self):
        discount = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "standard_price": 0, "taxes_id": []}
        )
        order = self._order([(self.desk, 1), (discount, {"product_uom_qty": 1, "price_unit": -50})])
        self.assertFalse(self._bought(product=discount))
        rows = self.env["crm.product.purchase.line"].search([("order_id", "=", order.id)])
        self.assertEqual(sum(rows.mapped("amount")), order.amount_untaxed)
        self.assertEqual(sum(rows.mapped("margin")), 150 - 120)

    def test_combo_is_what_it_holds(self):
        combo = self.env["product.combo"].create(
            {
                "name": "Desk",
                "combo_item_ids": [Command.create({"product_id": self.desk.id})],
            }
        )
        offer = self.env["product.product"].create(
            {
                "name": "Office",
                "type": "combo",
                "list_price": 150,
                "combo_ids": [Command.set(combo.ids)],
                "taxes_id": [],
            }
        )
        order = self._order([(offer, 1)], confirm=False)
        self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.desk.id,
                "combo_item_id": combo.combo_item_ids.id,
                "linked_line_id": order.order_line.id,
                "tax_ids": [],
            }
        )
        order.action_confirm()
        self.assertFalse(self._bought(product=offer))
        self.assertEqual(self._bought().amount, order.amount_untaxed)

    # ------------------------------------------------------------
    # Returns
    # ------------------------------------------------------------

    def test_credit_note_takes_back(self):
        order = self._order([(self.desk, 10)])
        invoice = self._invoice_order(order)
        self._credit(invoice, quantity=3)
        row = self._bought()
        self.assertEqual((row.quantity, row.returned_quantity), (7, 3))
        self.assertEqual((row.amount, row.margin), (1400, 1400 - 7 * 120))
        self.assertEqual(row.average_price, 200)

    def test_all_returned_expects_nothing(self):
        for days_ago in (40, 20):
            self._credit(self._invoice_order(self._order([(self.desk, 1)], days_ago=days_ago)))
        row = self._bought()
        self.assertEqual((row.quantity, row.amount, row.order_count), (0, 0, 2))
        self.assertFalse(row.next_date)
        self.assertFalse(row.is_overdue)

    def test_credited_and_invoiced_again_is_no_return(self):
        order = self._order([(self.desk, 10)])
        self._credit(self._invoice_order(order))
        self.assertEqual(self._bought().quantity, 0)
        self._invoice_order(order)
        row = self._bought()
        self.assertEqual((row.quantity, row.amount, row.returned_quantity), (10, 2000, 0))

    def test_draft_credit_note_takes_nothing(self):
        order = self._order([(self.desk, 10)])
        refund = self._credit(self._invoice_order(order))
        refund.button_draft()
        self.assertEqual(self._bought().quantity, 10)
        refund.button_cancel()
        self.assertEqual(self._bought().quantity, 10)

    def test_credit_in_another_unit(self):
        order = self._order(
            [
                (
                    self.desk,
                    {"product_uom_qty": 2, "product_uom_id": self.dozen.id, "price_unit": 60},
                )
            ]
        )
        self._credit(self._invoice_order(order), quantity=1)
        row = self._bought()
        self.assertEqual((row.quantity, row.returned_quantity, row.amount), (12, 12, 60))

    def test_negative_quantity_is_a_return(self):
        self._order([(self.desk, 5)], days_ago=10)
        self._order([(self.desk, -2)], days_ago=2)
        row = self._bought()
        self.assertEqual((row.quantity, row.returned_quantity, row.amount), (3, 2, 600))
        self.assertEqual(row.last_date, self.today - timedelta(days=10))
        self.assertEqual(row.order_count, 1)

    def test_columns_are_filled_for_orders_from_before(self):
        order = self._order([(self.desk, 10)])
        self._credit(self._invoice_order(order), quantity=4)
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET returned_quantity = NULL")
        self.env.invalidate_all()
        self.assertEqual(self._bought().quantity, 10)
        self.env["sale.order.line"]._fill_returned()
        self.assertEqual(self._bought().quantity, 6)

    # ------------------------------------------------------------
    # Doors
    # ------------------------------------------------------------

    def test_opens_orders_invoices_and_lines(self):
        order = self._order([(self.desk, 1)], days_ago=3)
        self._order([(self.training, 1)])
        invoice = self._invoice_order(order)
        row = self._bought()
        for action, records in (
            (row.action_view_orders(), order),
            (row.action_view_invoices(), invoice),
            (row.action_view_lines(), None),
        ):
            found = self.env[action["res_model"]].search(action["domain"])
            if records is None:
                self.assertEqual(found.action_view_order()["res_id"], order.id)
            else:
                self.assertEqual(found, records)

    def test_counts_on_contact_product_and_opportunity(self):
        self._order([(self.desk, 1), (self.training, 1)])
        self._order([(self.desk, 1)], partner=self.badr, user=self.sami)
        self.env.flush_all()
        self.assertEqual(self.layla.with_user(self.alia).product_purchase_count, 2)
        self.assertEqual(self.haddad.with_user(self.alia).product_purchase_count, 2)
        self.assertEqual(self.desk.with_user(self.alia).buyer_count, 2)
        self.assertEqual(self.desk.product_tmpl_id.with_user(self.alia).buyer_count, 2)
        lead = self._create_opportunity()
        self.assertEqual(lead.with_user(self.alia).product_purchase_count, 2)
        action = self.desk.with_user(self.alia).action_view_buyers()
        found = self.env["crm.product.purchase"].with_user(self.alia).search(action["domain"])
        self.assertEqual(found.partner_id, self.haddad + self.badr)

    def test_buy_again_on_an_opportunity(self):
        self._order([(self.desk, 4)], days_ago=9)
        self._order([(self.desk, 7), (self.training, 1)])
        self.env.flush_all()
        lead = self._create_opportunity().with_user(self.omar)
        action = lead.action_view_product_purchases()
        rows = (
            self.env["crm.product.purchase"]
            .with_user(self.omar)
            .with_context(**action["context"])
            .search(action["domain"])
        )
        rows.action_add_to_opportunity()
        self.assertEqual(
            {line.product_id: line.quantity for line in lead.line_ids},
            {self.desk: 6, self.training: 1},
            "what he usually takes at a time",
        )
        with self.assertRaises(UserError):
            rows.with_context(purchase_lead_id=False).action_add_to_opportunity()
        self.training.sale_ok = False
        with self.assertRaises(UserError):
            rows.action_add_to_opportunity()
        self.assertEqual(len(lead.line_ids), 2)

    def test_merged_contacts_and_archived_products(self):
        twin = self.env["res.partner"].create({"name": "Haddad Trade", "is_company": True})
        self._order([(self.desk, 2)], partner=twin, days_ago=20)
        self._order([(self.desk, 3)])
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (twin | self.haddad).ids, dst_partner=self.haddad, extra_checks=False
        )
        self.desk.active = False
        row = self._bought()
        self.assertEqual((row.quantity, row.order_count), (5, 2))
        self.assertEqual(row.product_id.name, "Oak desk")
