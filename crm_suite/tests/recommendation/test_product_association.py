import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...lib.basket import Thresholds, find_rules, round_share
from .common import RecommendationCase


@tagged("post_install", "-at_install")
class TestAssociationOracle(RecommendationCase):
    """The rules of the statements against those of `lib/basket.py` over the same orders, which are
    read by slow and obvious Python.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(28)
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.env.user.company_ids += cls.other
        products = cls.env["product.product"].create(
            [{"name": f"Thing {n}", "list_price": n + 1, "taxes_id": []} for n in range(9)]
        )
        cls.gone = products[0]
        cls.bundle = cls.env["product.product"].create(
            {
                "name": "Bundle",
                "type": "combo",
                "combo_ids": [
                    Command.create(
                        {
                            "name": "Choice",
                            "combo_item_ids": [Command.create({"product_id": products[1].id})],
                        }
                    )
                ],
            }
        )

        def draw():
            # some go together, or there would be no rules
            lines = [
                {
                    "product_id": product.id,
                    "product_uom_qty": chance.choice([1, 2, 0.5, 3, -1]),
                    "product_uom_id": chance.choice([product.uom_id.id, cls.dozen.id]),
                    "price_unit": chance.choice([10, 10, 0, -4]),
                }
                for product in chance.sample(products, chance.choice([1, 1, 2, 3]))
            ]
            if chance.random() < 0.4:
                lines += [{"product_id": product.id} for product in products[2:5]]
            if chance.random() < 0.2:
                lines.append({"product_id": cls.bundle.id})
            if chance.random() < 0.3:
                lines.append({"display_type": "line_section", "name": "More"})
            if chance.random() < 0.2:
                lines.append(
                    {"product_id": products[5].id, "is_downpayment": True, "price_unit": 3}
                )
            return lines

        for company, number in ((cls.company, 70), (cls.other, 40)):
            sold = cls.env["sale.order"].browse()
            for days in (3, 300, 900):
                baskets = [draw() for _i in range(number if days == 3 else number // 5)]
                sold |= cls._sell(baskets, days_ago=days, company_id=company.id)
            for order in chance.sample(sold, 6):
                order._action_cancel()
            cls._sell([draw() for _i in range(5)], confirm=False, company_id=company.id)
        cls._sell([[{"product_id": product.id} for product in products]] * 4)
        cls.gone.active = False

    def _read_baskets(self, company, months=24):
        """Which customer ordered which products, by looking at each line."""
        baskets = []
        for order in self.env["sale.order"].search([("company_id", "=", company.id)]):
            if order.state != "sale" or (self.noon - order.date_order).days > 30.5 * months:
                continue
            products = {
                line.product_id.id
                for line in order.order_line
                if not line.display_type
                and not line.is_downpayment
                and line.product_id.type != "combo"
                and line.product_uom_qty > 0
                and line.price_subtotal >= 0
            }
            baskets.append((order.partner_id.commercial_partner_id.id, products))
        return baskets

    def _check(self, thresholds):
        for company in (self.company, self.other):
            expected = {
                (rule.antecedent, rule.consequent): (
                    rule.order_count,
                    rule.antecedent_count,
                    rule.consequent_count,
                    rule.basket_count,
                    *map(round_share, (rule.support, rule.confidence, rule.lift, rule.score)),
                )
                for rule in find_rules(self._read_baskets(company), thresholds)
                if rule.consequent != self.gone.id
            }
            found = {
                (antecedent.id, consequent.id): figures
                for (antecedent, consequent), figures in self._get_rules(company).items()
            }
            self.assertEqual(found, expected)
            self.assertTrue(found)

    def test_rules(self):
        self.Association._refresh()
        self._check(Thresholds())

    def test_other_thresholds(self):
        for name, value in (
            ("min_confidence", "30"),
            ("min_support", "9"),
            ("min_orders", "5"),
            ("min_lift", "1.4"),
            ("max_products", "8"),
        ):
            self.env["ir.config_parameter"].set_param(f"crm_suite.association_{name}", value)
        self.Association._refresh()
        self._check(
            Thresholds(
                min_confidence=0.3, min_support=0.09, min_orders=5, min_lift=1.4, max_products=8
            )
        )

    def test_companies_count_for_themselves(self):
        self.Association._refresh()
        counts = {
            company: len([basket for basket in self._read_baskets(company) if basket[1]])
            for company in (self.company, self.other)
        }
        for company, count in counts.items():
            self.assertEqual(company.association_order_count, count)
        self.assertNotEqual(*counts.values())


basket = st.fixed_dictionaries(
    {
        # products of a line; twice the same one is one of the order
        "products": st.lists(st.integers(0, 5), min_size=1, max_size=5),
        "customer": st.integers(0, 2),
        "company": st.sampled_from([0, 0, 0, 1]),
        "state": st.sampled_from(["sale"] * 6 + ["cancel", "draft"]),
        "quantity": st.sampled_from([1, 1, 1, 2, 0, -1]),
    }
)


@tagged("post_install", "-at_install")
class TestRandomAssociation(RecommendationCase):
    """Orders of two variants of one product, of companies and of contacts of one customer, with
    the same product twice, cancelled ones and quotations: against a slow count.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.env.user.company_ids += cls.other
        attribute = cls.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": name}) for name in "SM"]}
        )
        template = cls.env["product.template"].create(
            {
                "name": "Shirt",
                "taxes_id": [],
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        cls.archived, cls.unsold = cls.env["product.product"].create(
            [{"name": name, "taxes_id": []} for name in ("Archived", "Unsold")]
        )
        cls.products = [
            *template.product_variant_ids,
            cls.lamp,
            cls.chair,
            cls.archived,
            cls.unsold,
        ]
        cls.buyers = [cls.badr, cls.haddad, cls.layla]
        # their shares are counted, but nobody is offered them
        for name, value in (("min_baskets", 3), ("min_confidence", 1), ("min_lift", 1)):
            cls.env["ir.config_parameter"].set_param(f"crm_suite.association_{name}", value)

    def _create_orders(self, baskets):
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.buyers[row["customer"]].id,
                    "company_id": (self.company, self.other)[row["company"]].id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.products[number].id,
                                "product_uom_qty": row["quantity"],
                                "price_unit": 5,
                                "tax_ids": [],
                            }
                        )
                        for number in row["products"]
                    ],
                }
                for row in baskets
            ]
        )
        for order, row in zip(orders, baskets, strict=True):
            if row["state"] != "draft":
                order.action_confirm()
            if row["state"] == "cancel":
                order._action_cancel()

    def _count(self, baskets, company):
        """From the definitions: each pair of products against each order."""
        orders = [
            (row["customer"] > 0, set(row["products"]))
            for row in baskets
            if row["state"] == "sale" and row["quantity"] > 0 and row["company"] == company
        ]
        rules = {}
        total = len(orders)
        for first in range(6):
            for second in range(4):
                having = [order for order in orders if first in order[1]]
                both = [order for order in having if second in order[1]]
                if first == second or total < 3 or len(both) < 3 or len({c for c, _p in both}) < 2:
                    continue
                usual = sum(second in products for _customer, products in orders)
                lift = len(both) * total / (len(having) * usual)
                if lift > 1:
                    confidence = len(both) / len(having)
                    rules[self.products[first], self.products[second]] = (
                        len(both),
                        len(having),
                        usual,
                        total,
                        *map(round_share, (len(both) / total, confidence, lift, confidence * lift)),
                    )
        return rules

    @settings(
        max_examples=15,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(baskets=st.lists(basket, min_size=8, max_size=24))
    def test_rules(self, baskets):
        with self.env.cr.savepoint() as savepoint:
            self._create_orders(baskets)
            self.archived.active = False
            self.unsold.sale_ok = False
            self.Association._refresh()
            for number, company in enumerate((self.company, self.other)):
                self.assertEqual(self._get_rules(company), self._count(baskets, number))
            savepoint.rollback()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestProductAssociation(RecommendationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._sell_desks_with_lamps()
        cls.Association._refresh()

    def test_figures(self):
        rules = self._get_rules()
        self.assertEqual(rules[self.desk, self.lamp][:4], (6, 8, 6, 20))
        support, confidence, lift, score = rules[self.desk, self.lamp][4:]
        self.assertAlmostEqual(support, 0.3)
        self.assertAlmostEqual(confidence, 0.75)
        self.assertAlmostEqual(lift, 2.5)
        self.assertAlmostEqual(score, 1.9)
        self.assertAlmostEqual(rules[self.lamp, self.desk][5], 1.0)

    def _read_places(self):
        self.env.cr.execute("SELECT id, ctid FROM crm_product_association ORDER BY id")
        return self.env.cr.fetchall()

    def test_only_what_changed_is_written(self):
        places = self._read_places()
        self.assertTrue(places)
        self.Association._refresh()
        self.assertEqual(self._read_places(), places)
        ids = {row[0] for row in places}
        self._sell([[self.desk, self.lamp]])
        self.Association._refresh()
        self.assertEqual({row[0] for row in self._read_places()}, ids, "rows keep their ids")
        self.assertEqual(self._get_rules()[self.desk, self.lamp][:2], (7, 9))

    def test_cancelled_orders_leave(self):
        self.orders.filtered(lambda order: self.lamp in order.order_line.product_id)[
            :4
        ]._action_cancel()
        self.Association._refresh()
        self.assertNotIn((self.desk, self.lamp), self._get_rules())

    def test_pair_of_one_customer_is_no_rule(self):
        for order in self.orders:
            order.partner_id = self.badr
        self.Association._refresh()
        self.assertFalse(self._get_rules())

    def test_contacts_of_a_customer_are_one_customer(self):
        self.customers.write({"parent_id": self.haddad.id, "is_company": False})
        self.Association._refresh()
        self.assertFalse(self._get_rules())

    def test_what_is_not_sold_is_not_suggested(self):
        self.lamp.sale_ok = False
        self.Association._refresh()
        self.assertNotIn((self.desk, self.lamp), self._get_rules())
        self.assertIn((self.lamp, self.desk), self._get_rules(), "it still tells what else")

    def test_three_orders_at_least(self):
        self._sell([[self.training, self.paper]] * 2)
        set_param = self.env["ir.config_parameter"].set_param
        for value in ("1", "-5", "nonsense", "nan"):
            set_param("crm_suite.association_min_orders", value)
            self.Association._refresh()
            self.assertNotIn((self.training, self.paper), self._get_rules(), value)
            self.assertIn((self.desk, self.lamp), self._get_rules(), value)

    def test_too_few_orders(self):
        self.env["ir.config_parameter"].set_param("crm_suite.association_min_baskets", "21")
        self.Association._refresh()
        self.assertFalse(self._get_rules())
        self.assertEqual(self.company.association_order_count, 20)

    def test_statements_do_not_grow(self):
        def count():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Association._refresh()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        self._sell_desks_with_lamps()
        self.env.flush_all()
        self.assertEqual(count(), few)

    def test_deleted_product(self):
        product = self.env["product.product"].create({"name": "Brief"})
        rule = self.Association.create(
            {
                "company_id": self.company.id,
                "antecedent_id": product.id,
                "consequent_id": self.desk.id,
            }
        )
        product.unlink()
        self.assertFalse(rule.exists())

    def test_readers(self):
        rule = self.Association.search([("antecedent_id", "=", self.desk.id)], limit=1)
        self.assertEqual(rule.with_user(self.alia).read(["order_count"])[0]["order_count"], 6)
        for user in (self.omar, self.nora):
            mine = rule.with_user(user)
            self.assertAlmostEqual(mine.read(["confidence"])[0]["confidence"], 0.75)
            with self.assertRaises(AccessError):
                mine.read(["order_count"])
            with self.assertRaises(AccessError):
                mine.search([("order_count", "=", 6)])
            with self.assertRaises(AccessError):
                mine.formatted_read_group([], ["company_id"], ["order_count:max"])
            with self.assertRaises(AccessError):
                mine.search([], order="basket_count")
        for user in (self.cora, self.ada):
            with self.assertRaises(AccessError):
                rule.with_user(user).read(["confidence"])
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                rule.with_user(user).write({"confidence": 1})
            with self.assertRaises(AccessError):
                rule.with_user(user).unlink()

    def test_numbers_cannot_be_told_from_shares(self):
        """Of 21 orders, 8 with desks and 6 of these with lamps: thirds and sevenths would tell."""
        self._sell([[self.paper]])
        self.Association._refresh()
        rule = self.Association.search(
            [("antecedent_id", "=", self.desk.id), ("consequent_id", "=", self.lamp.id)]
        )
        seen = rule.with_user(self.omar)
        self.assertEqual(
            (seen.support, seen.confidence, seen.lift, seen.score), (0.29, 0.75, 2.6, 2.0)
        )

    def test_count_now(self):
        self.Association.with_user(self.mona).action_refresh()
        for user in (self.omar, self.alia, self.cora):
            with self.assertRaises(AccessError):
                self.Association.with_user(user).action_refresh()

    def test_another_run_is_at_it(self):
        self.patch(type(self.Association), "_refresh", lambda model: False)
        with self.assertRaises(UserError):
            self.Association.with_user(self.mona).action_refresh()

    def test_orders_behind_a_rule(self):
        rule = self.Association.search(
            [("antecedent_id", "=", self.desk.id), ("consequent_id", "=", self.lamp.id)]
        )
        both = self.orders.filtered(lambda order: self.lamp in order.order_line.product_id)
        both[0].user_id = self.omar
        for user, orders in ((self.alia, both), (self.omar, both[0]), (self.sami, both[1:])):
            action = rule.with_user(user).action_view_orders()
            found = self.env["sale.order"].with_user(user).search(action["domain"])
            self.assertEqual(found, orders, user.name)

    def test_settings(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.association_months, 24)
            self.assertEqual(form.association_min_confidence, 10)
            form.association_months = 6
            form.association_min_confidence = 25
        form.record.execute()
        thresholds = self.Association._get_thresholds()
        self.assertEqual((thresholds.months, thresholds.min_confidence), (6, 0.25))
        self.assertEqual(thresholds.min_orders, 3)

    def test_bad_settings(self):
        for name, value in (
            ("months", 0),
            ("min_orders", 2),
            ("min_confidence", 101),
            ("min_support", -1),
            ("min_lift", 0.5),
        ):
            with self.assertRaises(ValidationError):
                self.env["res.config.settings"].create({f"association_{name}": value})
