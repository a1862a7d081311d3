from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import CustomerPageCase


class TestCustomerPage(CustomerPageCase):
    def test_figures_with_trend(self):
        self._fill_metric()
        rows = {row["key"]: row for row in self._get_blocks()["figures"]["rows"]}
        self.assertEqual(list(rows), ["revenue", "orders", "expected", "churn", "value", "balance"])
        self.assertIn("5,500", rows["revenue"]["value"])
        self.assertNotIn("5,500.", rows["revenue"]["value"], "decimals of a large amount")
        self.assertEqual(rows["revenue"]["trend"], {"text": "+10 %", "direction": 1})
        self.assertEqual(rows["expected"]["note"], "3 days late")
        # its sign and symbol stay where they are in a sentence from right to left
        self.assertRegex(
            rows["value"]["note"], "^\N{FIRST STRONG ISOLATE}.+\N{POP DIRECTIONAL ISOLATE}"
        )
        self.assertEqual((rows["churn"]["value"], rows["churn"]["tone"]), ("70 %", "danger"))
        self.assertIn("14,000", rows["value"]["value"])
        self.assertEqual(rows["balance"]["tone"], "danger")

    def test_figures_open_what_they_count(self):
        self._fill_metric()
        figures = self._get_blocks()["figures"]
        metric = self.env["crm.customer.metric"].with_user(self.alia).browse(figures["metric_id"])
        actions = [row["action"] for row in figures["rows"] if row.get("action")]
        self.assertEqual(len(actions), 6)
        for name in actions:
            action = getattr(metric, name)()
            self.env[action["res_model"]].with_user(self.alia).search(action["domain"])

    def test_figures_open_as_many_orders_as_they_say(self):
        self._order(self.omar, confirm=True)
        self._order(self.sami, confirm=True)
        self._order(self.omar, partner=self.haddad, confirm=True).action_cancel()
        self._order(self.omar)
        self._invoice(self.omar, 450)
        # sudo: only the nightly pass writes figures
        self.env["crm.customer.metric"].sudo()._refresh()
        figures = self._get_blocks()["figures"]
        rows = {row["key"]: row for row in figures["rows"]}
        metric = self.env["crm.customer.metric"].with_user(self.alia).browse(figures["metric_id"])

        def find(key):
            action = getattr(metric, rows[key]["action"])()
            return self.env[action["res_model"]].with_user(self.alia).search(action["domain"])

        self.assertEqual(rows["orders"]["value"], "2")
        for key in ("orders", "churn", "expected"):
            if key in rows:
                self.assertEqual(len(find(key)), 2, key)
        self.assertIn("400", rows["revenue"]["value"])
        self.assertEqual(sum(find("revenue").mapped("amount_untaxed")), 400)
        self.assertIn("450", rows["balance"]["value"])
        self.assertEqual(len(find("balance")), 1)

    def test_a_part_that_fails_takes_no_other_with_it(self):
        self._fill_metric()
        pages = self.env.registry["crm.customer.page"]
        logger = "odoo.addons.crm_suite.models.customer_page.crm_customer_page"

        def fail(page, subject):
            raise ValueError("broken")

        def fail_in_the_database(page, subject):
            page.env.cr.execute("SELECT 1 / 0")

        for broken in (fail, fail_in_the_database):
            with (
                patch.object(pages, "_read_documents", broken),
                mute_logger("odoo.sql_db"),
                self.assertLogs(logger, "ERROR"),
            ):
                blocks = self._get_blocks()
            self.assertEqual(blocks["documents"], {"failed": True})
            self.assertEqual(len(blocks["figures"]["rows"]), 6)
            self.assertIn("rows", blocks["relations"])

    def test_a_collision_is_tried_again(self):
        """Of a transaction that the database gave up nothing can be shown."""

        def collide(page, subject):
            raise psycopg2.errors.SerializationFailure

        pages = self.env.registry["crm.customer.page"]
        with (
            patch.object(pages, "_read_documents", collide),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self._get_page()

    def test_latest(self):
        for number in range(7):
            self._create_opportunity(name=f"Page deal {number}")
        rows = self._get_blocks()["latest"]["rows"]
        self.assertEqual(len(rows), 5)
        shown = self.env["crm.timeline"].with_user(self.alia)
        self.assertEqual(
            [row["id"] for row in rows],
            [row["id"] for row in shown.get_page("res.partner", self.haddad.id)["rows"]][:5],
        )

    def test_trends(self):
        for recent, earlier, direction, text in [
            (50, 100, -1, "-50 %"),
            (100, 100, 0, "+0 %"),
            (10, 0, 1, "New"),
            (0, 100, -1, "-100 %"),
        ]:
            metric = self._fill_metric(recent_revenue=recent, earlier_revenue=earlier)
            trend = self._get_blocks()["figures"]["rows"][0]["trend"]
            self.assertEqual((trend["direction"], trend["text"]), (direction, text))
            metric.sudo().unlink()
        self._fill_metric(recent_revenue=0, earlier_revenue=0)
        self.assertNotIn("trend", self._get_blocks()["figures"]["rows"][0])

    def test_a_customer_without_anything(self):
        stranger = self.env["res.partner"].create({"name": "Nobody Ltd"})
        blocks = self._get_blocks(partner=stranger)
        self.assertEqual(blocks["figures"], {"rows": []})
        self.assertEqual(blocks["relations"]["rows"], [])
        self.assertEqual(blocks["profile"], {"interests": [], "rows": [], "warning": ""})
        self.assertEqual(set(self._count(partner=stranger).values()), {0})

    def test_open_documents(self):
        self._create_opportunity(expected_revenue=700)
        self._create_opportunity(expected_revenue=50, partner_id=self.haddad.id)
        self._order(self.omar)
        order = self._order(self.omar, 3, confirm=True)
        self._invoice(self.omar, 450)
        self._invoice(self.omar, 77, days_late=-10)
        tiles = self._get_tiles()
        counts = {key: tile["count"] for key, tile in tiles.items()}
        self.assertEqual(
            counts,
            {"opportunities": 2, "quotations": 1, "deliveries": 1, "to_invoice": 1, "overdue": 1},
        )
        self.assertIn("750", tiles["opportunities"]["amount"])
        self.assertIn("600", tiles["to_invoice"]["amount"])
        self.assertIn("450", tiles["overdue"]["amount"])
        # what a tile opens is what it counts
        for tile in tiles.values():
            found = self.env[tile["model"]].with_user(self.alia).search(tile["domain"])
            self.assertEqual(len(found), tile["count"], tile["key"])
        order.order_line.qty_delivered = 3
        self.assertEqual(self._count()["deliveries"], 0)
        self.assertFalse(order.is_to_deliver)

    def test_overdue_is_the_part_that_is_late(self):
        """By the one definition: an invoice is overdue as soon as one of its parts is."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 40, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 60, "nb_days": 30}),
                ],
            }
        )
        invoice = self._invoice(self.omar, 500, days_late=-10)
        invoice.button_draft()
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        self.env["crm.customer.metric"]._refresh(self.haddad)
        tile = self._get_tiles()["overdue"]
        self.assertEqual(tile["count"], 1)
        self.assertIn("200", tile["amount"])
        self.assertEqual(self.haddad.with_user(self.alia).metric_id.overdue_balance, 200)

    def test_what_is_due_today_is_not_late(self):
        self._invoice(self.omar, 100, days_late=0)
        self.assertEqual(self._count()["overdue"], 0)
        self._fill_metric(expected_order_date=self.today)
        rows = {row["key"]: row for row in self._get_blocks()["figures"]["rows"]}
        self.assertEqual((rows["expected"]["note"], rows["expected"]["tone"]), ("today", ""))

    def test_down_payments_are_not_delivered(self):
        order = self._order(self.omar, confirm=True)
        order.order_line.qty_delivered = 1
        values = {"name": "Down payment", "is_downpayment": True, "price_unit": 10}
        order.order_line = [Command.create({**values, "product_uom_qty": 1})]
        self.assertEqual(self._count()["deliveries"], 0)

    def test_documents_of_archived_contacts_count(self):
        self._order(self.omar)
        self.layla.active = False
        self.assertEqual(self._count()["quotations"], 1)

    def test_what_is_done_is_not_open(self):
        self._order(self.omar).action_cancel()
        self._create_opportunity().action_set_won()
        self._create_opportunity().action_set_lost()
        self.assertEqual(set(self._count().values()), {0})

    def test_several_currencies(self):
        currency = self.env["res.currency"].create({"name": "XPG", "symbol": "X"})
        self.env["res.currency.rate"].create(
            {"name": self._yesterday(), "rate": 4.0, "currency_id": currency.id}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        order = self._order(self.omar, pricelist_id=pricelist.id)
        order.order_line.price_unit = 400
        self._order(self.omar)
        # 400 at a rate of 4, and a desk of 200
        self.assertIn("300", self._get_tiles()["quotations"]["amount"])

    def test_a_contact_shows_his_customer(self):
        self._fill_metric()
        page = self._get_page(partner=self.layla)
        self.assertEqual(page["customer"]["id"], self.haddad.id)
        self.assertEqual(page["customer"]["contact"], "Layla Haddad")
        self.assertTrue(page["blocks"]["figures"]["rows"])
        self.assertEqual(self._get_page()["customer"]["contact"], "")

    def test_profile(self):
        interest = self.env["crm.interest"].create({"name": "Page interest"})
        self.haddad.interest_ids = interest
        self.layla.write(
            {
                "preferred_channel": "whatsapp",
                "preferred_daytime": "morning",
                "birthdate": self.today - timedelta(365 * 30 + 100),
                "disturbance_note": "Not at noon",
                "interest_ids": [Command.create({"name": "Page desks"})],
            }
        )
        profile = self._get_blocks(partner=self.layla)["profile"]
        rows = {row["key"]: row["value"] for row in profile["rows"]}
        self.assertEqual(rows["preference"], "WhatsApp · Morning")
        self.assertEqual(rows["age"], "30")
        self.assertEqual(profile["warning"], "Not at noon")
        names = {tag["name"] for tag in profile["interests"]}
        self.assertEqual(names, {"Page interest", "Page desks"})
        # the company has no age
        rows = {row["key"] for row in self._get_blocks()["profile"]["rows"]}
        self.assertNotIn("age", rows)

    def test_preferences_of_the_customer_count_for_his_contacts(self):
        self.haddad.write({"preferred_channel": "phone", "preferred_weekday": "0"})
        self.layla.preferred_channel = "email"
        rows = self._get_blocks(partner=self.layla)["profile"]["rows"]
        self.assertEqual(
            {row["key"]: row["value"] for row in rows}, {"preference": "E-mail · Monday"}
        )

    def test_standing(self):
        self.haddad.lifecycle_stage_id = self.env["crm.lifecycle.stage"].create(
            {"name": "Page stage"}
        )
        self.haddad.customer_type_id = self.env.ref("crm_suite.customer_type_chain")
        self._fill_metric()
        chips = {chip["key"]: chip for chip in self._get_blocks()["standing"]["chips"]}
        self.assertEqual(chips["stage"]["value"], "Page stage")
        self.assertEqual(
            (chips["rfm_cell"]["value"], chips["rfm_cell"]["note"]), ("At Risk", "2-4-5")
        )
        self.assertEqual(chips["value_tier"]["value"], "A")
        self.assertEqual(chips["kind"]["value"], "Chain")

    def test_suggestions_with_reasons(self):
        associations = self.env.registry["crm.product.association"]
        other = self.env["res.company"].create({"name": "Page Elsewhere"})
        foreign = self.env["product.product"].create({"name": "Foreign", "company_id": other.id})
        found = [
            {"product_id": self.desk.id, "name": "Oak desk", "reason": "Goes with trainings"},
            {"product_id": foreign.id, "name": "Foreign", "reason": "Not for this company"},
        ]
        with patch.object(associations, "_get_suggestions", lambda *args, **kwargs: found):
            block = self._get_blocks()["suggestions"]
        rows = block["rows"]
        self.assertTrue(block["may_quote"])
        self.assertEqual([row["id"] for row in rows], self.desk.ids)
        self.assertEqual(rows[0]["reason"], "Goes with trainings")
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        block = self._get_blocks(partner=nobody)["suggestions"]
        self.assertEqual(block["rows"], [])
        self.assertTrue(block["message"], "why there are none")

    def test_relations(self):
        supplier = self.env.ref("crm_suite.relation_type_supplier")
        others = self.env["res.partner"].create([{"name": f"Supplier {n}"} for n in range(7)])
        relations = self.env["crm.partner.relation"].create(
            [
                {"left_id": other.id, "type_id": supplier.id, "right_id": self.haddad.id}
                for other in others
            ]
        )
        block = self._get_blocks(partner=self.layla)["relations"]
        self.assertEqual(len(block["rows"]), 5)
        self.assertTrue(block["more"])
        self.assertEqual({row["words"] for row in block["rows"]}, {"supplied by"})
        found = self.env["crm.partner.relation"].with_user(self.alia).search(block["domain"])
        self.assertEqual(found, relations)
        relations.date_until = self._yesterday()
        self.assertFalse(self._get_blocks()["relations"]["rows"])

    def test_the_texts_are_those_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self._fill_metric()
        chips = self._get_blocks(lang="ar_001")["standing"]
        self.assertTrue(chips)

    def test_hostile_arguments(self):
        pages = self.env["crm.customer.page"].with_user(self.omar)
        for value in (0, -1, 2**31, 2**70, None, False, True, "1", [1], {}, 1.0, "1 OR 1=1"):
            with self.assertRaises(UserError):
                pages.get_page(value)
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone_id = gone.id
        gone.unlink()
        with self.assertRaises(UserError):
            pages.get_page(gone_id)

    def test_archived_customers_have_a_page(self):
        self.haddad.active = False
        self.assertEqual(self._get_page()["customer"]["name"], "Haddad Trading")

    def test_on_the_form(self):
        arch = self.env["res.partner"].with_user(self.omar).get_view(view_type="form")["arch"]
        self.assertLess(arch.index('name="customer_page"'), arch.index('name="contact_addresses"'))
        self.assertIn('name="crm_customer_page"', arch)
        # the key figures stand beside the name: before the address
        self.assertLess(arch.index('name="crm_customer_figures"'), arch.index('name="street"'))
        with Form(self.env["res.partner"].with_user(self.alia)) as form:
            form.name = "New customer"
