from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import RecommendationCase


@tagged("post_install", "-at_install")
class TestProductSuggestion(RecommendationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_desks_with_lamps()
        cls.Association._refresh()

    def _suggest(self, partner=None, products=None, user=None, **options):
        model = self.Association.with_user(user or self.alia)
        return model._get_suggestions(
            (partner or self.haddad).with_user(user or self.alia), products, **options
        )

    def _names(self, suggestions):
        return [row["name"] for row in suggestions]

    def test_with_what_was_bought(self):
        self._order([(self.desk, 1)], days_ago=10)
        [row] = self._suggest()
        self.assertEqual(
            (row["product_id"], row["kind"], row["order_count"]), (self.lamp.id, "together", 6)
        )
        self.assertAlmostEqual(row["confidence"], 0.75)
        self.assertEqual(row["reason"], "Bought together with Oak desk in 6 of 8 orders")
        self.assertEqual(self._suggest(self.layla), [row], "a contact is his customer")

    def test_shares_only_for_those_who_do_not_see_all_orders(self):
        self._order([(self.desk, 1)], days_ago=10)
        [row] = self._suggest(user=self.omar)
        self.assertEqual(row["reason"], "Bought together with Oak desk in about 75% of its orders")
        self.assertEqual(row["order_count"], 0)

    def test_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.desk.with_context(lang="ar_001").name = "مكتب"
        [row] = self._suggest(products=self.desk)
        model = self.Association.with_user(self.alia).with_context(lang="ar_001")
        [row] = model._get_suggestions(self.haddad, self.desk.with_env(model.env))
        self.assertIn("مكتب", row["reason"])

    def test_orders_of_colleagues_do_not_show(self):
        """Neither that sami sold desks, nor by leaving out lamps that he sold."""
        self._order([(self.desk, 1)], days_ago=10, user=self.sami)
        self.assertEqual(self._names(self._suggest(user=self.alia)), ["Lamp"])
        self.assertFalse(self._suggest(user=self.omar))
        self._order([(self.lamp, 1)], days_ago=10, user=self.sami)
        self.assertFalse(self._suggest(user=self.alia))
        self.assertEqual(self._names(self._suggest(user=self.omar, products=self.desk)), ["Lamp"])

    def test_not_what_he_has(self):
        self._order([(self.desk, 1), (self.lamp, 1)], days_ago=10)
        self.assertFalse(self._suggest())
        self.assertEqual(self._names(self._suggest(products=self.paper)), ["Chair"])
        self.assertFalse(self._suggest(products=self.paper | self.chair))

    def test_products_at_hand_come_first(self):
        self._order([(self.desk, 1)], days_ago=10)
        # the rule of the desk has the higher score
        rows = self._suggest(products=self.paper)
        self.assertEqual(self._names(rows), ["Chair", "Lamp"])
        self.assertEqual(self._names(self._suggest(products=self.paper, limit=1)), ["Chair"])

    def test_what_is_at_hand_outranks_what_was_bought(self):
        """Also as the reason of a product for which there are both."""
        self._order([(self.chair, 1)], days_ago=10)
        self.env.cr.execute(
            "UPDATE crm_product_association SET score = 9 WHERE antecedent_id = %s", [self.chair.id]
        )
        self.env.cr.execute(
            """
            INSERT INTO crm_product_association
                   (company_id, antecedent_id, consequent_id, confidence, lift, score)
            SELECT company_id, %s, consequent_id, confidence, lift, 9
              FROM crm_product_association
             WHERE antecedent_id = %s AND consequent_id = %s
            """,
            [self.chair.id, self.desk.id, self.lamp.id],
        )
        self.env.invalidate_all()
        rows = self._suggest(products=self.desk.with_user(self.alia))
        self.assertEqual([row["product_id"] for row in rows], [self.lamp.id, self.paper.id])
        self.assertIn("Oak desk", rows[0]["reason"])

    def test_without_customer(self):
        none = self.env["res.partner"]
        self.assertEqual(self._names(self.Association._get_suggestions(none, self.desk)), ["Lamp"])
        self.assertEqual(self.Association._get_suggestions(none), [])

    def test_no_longer_for_sale(self):
        """Also when that changed after the last count."""
        self.lamp.sale_ok = False
        self.assertFalse(self._suggest(products=self.desk))
        self.lamp.sale_ok = True
        self.lamp.active = False
        self.assertFalse(self._suggest(products=self.desk))
        self.lamp.active = True
        self.lamp.product_tmpl_id.active = False
        self.assertFalse(self._suggest(products=self.desk))

    def test_archived_product_still_tells(self):
        self._order([(self.desk, 1)], days_ago=10)
        self.desk.active = False
        self.assertEqual(self._names(self._suggest()), ["Lamp"])

    def test_ordered_again(self):
        for days in (90, 61, 31):
            self._order([(self.paper, 10)], days_ago=days)
        self._order([(self.training, 1)], days_ago=3)
        rows = self._suggest()
        self.assertEqual(self._names(rows), ["Chair", "Paper"])
        self.assertEqual((rows[1]["kind"], rows[1]["order_count"]), ("again", 3))
        self.assertTrue(
            rows[1]["reason"].startswith("Usually ordered again every 30 days; last on")
        )
        self.assertEqual(self._names(self._suggest(limit=1)), ["Chair"])
        # on the document already
        self.assertEqual(self._names(self._suggest(products=self.paper)), ["Chair"])
        # soon after the last order nothing is due
        self._order([(self.paper, 10)], days_ago=1)
        self.assertEqual(self._names(self._suggest()), ["Chair"])

    def test_units(self):
        """A dozen is bought as well as a single one."""
        self._order(
            [(self.desk, {"product_uom_qty": 0.5, "product_uom_id": self.dozen.id})], days_ago=3
        )
        self.assertEqual(self._names(self._suggest()), ["Lamp"])

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.alia.company_ids += other
        self._order([(self.desk, 1)], days_ago=10)
        both = self.Association.with_user(self.alia).with_context(
            allowed_company_ids=[other.id, self.company.id]
        )
        self.assertFalse(both._get_suggestions(self.haddad))
        self.assertFalse(both._get_suggestions(self.haddad, self.desk))
        self.assertEqual(
            self._names(
                both.with_company(self.company)._get_suggestions(self.haddad.with_env(both.env))
            ),
            ["Lamp"],
        )
        theirs = self.env["product.product"].create({"name": "Theirs", "company_id": other.id})
        rule = self.Association.search([("consequent_id", "=", self.lamp.id)], limit=1)
        rule.consequent_id = theirs
        self.assertFalse(self._suggest(), "a product of another company")

    def test_foreign_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self.Association.with_user(self.omar).get_suggestions(
                self.haddad.id, company_id=other.id
            )

    def test_queries_do_not_grow(self):
        def count(products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._suggest(products=products)
            return self.env.cr.sql_log_count - before

        count(self.desk)
        few = count(self.desk)
        self._order([(self.chair, 1), (self.training, 1)], days_ago=10)
        count(self.desk)
        self.assertLessEqual(count(self.desk | self.paper), few + 1)


@tagged("post_install", "-at_install")
class TestSuggestionCalls(RecommendationCase):
    """What the screens ask, and what others may ask by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_desks_with_lamps()
        cls.Association._refresh()

    def _ask(self, user=None, **arguments):
        return self.Association.with_user(user or self.alia).get_suggestions(**arguments)

    def test_answer(self):
        answer = self._ask(partner_id=self.haddad.id, product_ids=[self.desk.id])
        self.assertEqual([row["name"] for row in answer["suggestions"]], ["Lamp"])
        self.assertEqual(answer["message"], "")
        answer = self._ask(partner_id=self.haddad.id, product_ids=[self.training.id])
        self.assertEqual(answer["suggestions"], [])
        self.assertIn("often enough", answer["message"])
        self.assertIn("Choose a customer", self._ask()["message"])

    def test_too_few_orders(self):
        self.env["ir.config_parameter"].set_param("crm_suite.association_min_baskets", "50")
        self.Association._refresh()
        message = self._ask(product_ids=[self.desk.id])["message"]
        self.assertEqual(message, "Too few orders to suggest anything yet: 20 of 50.")
        message = self._ask(self.omar, product_ids=[self.desk.id])["message"]
        self.assertEqual(message, "Too few orders to suggest anything yet.")

    def test_hostile_arguments(self):
        for arguments in (
            {"product_ids": "1"},
            {"product_ids": {"1": 1}},
            {"product_ids": ["1"]},
            {"product_ids": [[1]]},
            {"product_ids": [True]},
            {"product_ids": list(range(10001))},
            {"partner_id": "1 OR 1=1"},
            {"partner_id": [1]},
            {"partner_id": 1.5},
            {"limit": "5"},
            {"limit": None},
            {"company_id": "x"},
        ):
            with self.assertRaises(ValidationError, msg=arguments):
                self._ask(**arguments)
        for arguments in (
            {"product_ids": [10**9, -1, 0]},
            {"partner_id": 10**9},
            {"partner_id": -1},
        ):
            self.assertEqual(self._ask(**arguments)["suggestions"], [])
        for limit in (-5, 0, 10**6):
            answer = self._ask(product_ids=[self.desk.id], limit=limit)
            self.assertEqual(len(answer["suggestions"]), 1)

    def test_others_are_refused(self):
        for user in (self.cora, self.ada):
            with self.assertRaises(AccessError):
                self._ask(user, product_ids=[self.desk.id])

    def test_a_customer_one_may_not_read(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self.env["res.partner"].create({"name": "Hidden", "company_id": other.id})
        self.assertEqual(self._ask(self.omar, partner_id=hidden.id)["suggestions"], [])
        with self.assertRaises(AccessError):
            hidden.with_user(self.omar).action_view_suggestions()

    def test_screen_of_the_customer(self):
        action = self.haddad.with_user(self.omar).action_view_suggestions()
        self.assertEqual(action["tag"], "crm_suite.product_suggestions")
        self.assertEqual(action["params"], {"partner_id": self.haddad.id})

    def test_quote_from_the_customer(self):
        haddad = self.haddad.with_user(self.omar)
        action = haddad.action_quote_product(self.lamp.id)
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual((order.partner_id, order.user_id), (self.haddad, self.omar))
        self.assertEqual((order.order_line.product_id, order.amount_untaxed), (self.lamp, 30))
        self.lamp.sale_ok = False
        for product_id, error in (
            (self.lamp.id, UserError),
            (10**9, UserError),
            ("1", ValidationError),
            ([self.desk.id], ValidationError),
        ):
            with self.assertRaises(error):
                haddad.action_quote_product(product_id)
        with self.assertRaises(AccessError):
            self.haddad.with_user(self.ada).action_quote_product(self.desk.id)

    def test_forms_have_the_panel(self):
        for model, view, user, is_shown in (
            ("sale.order", "sale.view_order_form", self.omar, True),
            ("sale.order", "sale.view_order_form", self.ada, False),
            ("crm.lead", "crm.crm_lead_view_form", self.omar, True),
        ):
            arch = self.env[model].with_user(user).get_view(self.env.ref(view).id, "form")["arch"]
            self.assertEqual('<widget name="crm_product_suggestions"' in arch, is_shown, model)

    def test_line_by_its_default(self):
        """What a click does: a new line with the product as its default."""
        order = self._order([(self.desk, 1)], confirm=False)
        line = Form(self.env["sale.order"].with_user(self.omar).browse(order.id))
        with line.order_line.new() as new:
            new.product_id = self.lamp
        self.assertEqual(line.save().order_line.product_id, self.desk | self.lamp)
        values = (
            self.env["crm.opportunity.line"]
            .with_user(self.omar)
            .with_context(default_product_id=self.lamp.id)
            .onchange({}, [], {"product_id": {}, "name": {}, "price_unit": {}})["value"]
        )
        self.assertEqual(values["price_unit"], 30)

    def test_line_as_if_chosen_by_hand(self):
        """Price, taxes, unit and discount are those of the pricelist and the fiscal position."""
        home, abroad = self.env["account.tax"].create(
            [{"name": name, "amount": amount} for name, amount in (("Home", 15), ("Abroad", 5))]
        )
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        abroad.write({"fiscal_position_ids": position.ids, "original_tax_ids": home.ids})
        self.lamp.write({"taxes_id": home.ids, "uom_id": self.dozen.id})
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "3_global",
                            "compute_price": "percentage",
                            "percent_price": 20,
                        }
                    )
                ],
            }
        )
        self.haddad.property_product_pricelist = pricelist
        self.haddad.property_account_position_id = position
        names = (
            "name",
            "price_unit",
            "discount",
            "product_uom_id",
            "product_uom_qty",
            "tax_ids",
            "customer_lead",
        )
        orders = self.env["sale.order"].with_user(self.omar)
        by_hand = Form(orders)
        by_hand.partner_id = self.haddad
        with by_hand.order_line.new() as line:
            line.product_id = self.lamp
        by_hand = by_hand.save()
        self.assertEqual(by_hand.pricelist_id, pricelist)
        self.assertEqual(by_hand.order_line.tax_ids, abroad)
        # what a click does: the product is the default of a new line
        clicked = Form(orders.with_context(default_product_id=self.lamp.id))
        clicked.partner_id = self.haddad
        with clicked.order_line.new():
            pass
        quoted = self.haddad.with_user(self.omar).action_quote_product(self.lamp.id)
        for order in clicked.save(), orders.browse(quoted["res_id"]):
            self.assertEqual(len(order.order_line), 1)
            self.assertEqual(order.pricelist_id, pricelist)
            for name in names:
                self.assertEqual(order.order_line[name], by_hand.order_line[name], name)
