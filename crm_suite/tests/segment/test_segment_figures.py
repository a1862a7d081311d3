from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from ..common import CrmSuiteCase
from .test_segment import SegmentCase


class FigureCase(SegmentCase):
    def _write_metric(self, partner, company=None, **values):
        values = {
            "partner_id": partner.id,
            "company_id": (company or self.company).id,
            "order_count": 1,
            **values,
        }
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        self.env.cr.execute(
            f"INSERT INTO crm_customer_metric ({names}) VALUES ({places})",  # pylint: disable=E8103
            list(values.values()),
        )
        self.env.invalidate_all()

    def _criteria(self, *values):
        found = self.env["crm.segment.criterion"].search([("value", "in", values)])
        self.assertEqual(len(found), len(values))
        return [Command.set(found.ids)]


class TestSegmentByValue(FigureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # alia sees all documents, so all figures
        cls.owner = cls.alia

    def _rfm(self, **values):
        return self._segment(kind="rfm", user=self.owner, domain="[]", **values)

    def test_cells_and_tiers(self):
        self._write_metric(self.amal, rfm_cell="champion", value_tier="a")
        self._write_metric(self.basma, rfm_cell="champion", value_tier="b")
        self._write_metric(self.carla, rfm_cell="at_risk", value_tier="a")
        for values, expected in (
            ({"rfm_cell_ids": self._criteria("champion")}, self.amal + self.basma),
            ({"rfm_cell_ids": self._criteria("champion", "at_risk")}, self.contacts),
            ({"value_tier_ids": self._criteria("a")}, self.amal + self.carla),
            (
                {
                    "rfm_cell_ids": self._criteria("champion"),
                    "value_tier_ids": self._criteria("a"),
                },
                self.amal,
            ),
        ):
            segment = self._rfm(**values)
            self.assertEqual(self._members(segment) & self.contacts, expected, values)
            self.assertEqual(
                segment.get_preview({})["count"], segment.member_count, "the preview agrees"
            )

    def test_form(self):
        self._write_metric(self.amal, rfm_cell="cannot_lose")
        with Form(self.env["crm.segment"].with_user(self.owner)) as form:
            form.name = "Must stay"
            form.kind = "rfm"
            form.rfm_cell_ids.add(self.env.ref("crm_suite.segment_criterion_cell_cannot_lose"))
        self.assertIn(self.amal, self._members(form.record))

    def test_nothing_chosen(self):
        with self.assertRaisesRegex(ValidationError, "at least one"):
            self._rfm()

    def test_criteria_are_those_of_the_figures(self):
        fields = self.env["crm.customer.metric"]._fields
        for kind, name in ("cell", "rfm_cell"), ("tier", "value_tier"):
            found = self.env["crm.segment.criterion"].search([("kind", "=", kind)])
            labels = dict(fields[name]._description_selection(self.env))
            self.assertEqual(dict(found.mapped(lambda one: (one.value, one.name))), labels)

    def test_one_company_or_all_of_the_owner(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        rome = self.env["res.company"].create({"name": "Rome"})
        self._write_metric(self.amal, rfm_cell="champion")
        self._write_metric(self.basma, berlin, rfm_cell="champion")
        self._write_metric(self.carla, rome, rfm_cell="champion")
        cells = {"rfm_cell_ids": self._criteria("champion")}
        self.owner.company_ids += berlin
        here = self._rfm(**cells)
        there = self._rfm(**cells, company_id=berlin.id)
        both = self._rfm(**cells, company_id=False)
        for segment, expected in (
            (here, self.amal),
            (there, self.basma),
            (both, self.amal + self.basma),
        ):
            self.assertEqual(self._members(segment) & self.contacts, expected)
        with self.assertRaises(UserError):
            self._rfm(**cells, company_id=rome.id)

    def test_figures_in_filters(self):
        self._write_metric(self.amal, revenue=900, last_order_date="2020-01-01")
        self._write_metric(self.basma, revenue=100, last_order_date="2020-01-01")
        segment = self._segment(
            user=self.owner,
            domain="[('ref', '=', 'segment test'),"
            "('metric_ids', 'any', [('revenue', '>', 500),"
            " ('last_order_date', '<', 'today -365d')])]",
        )
        self.assertEqual(self._members(segment), self.amal)


class TestSegmentByHistory(FigureCase):
    def _sell(self, partner, product, user=None, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": (user or self.omar).id,
                "order_line": [Command.create({"product_id": product.id})],
                **values,
            }
        )
        order.action_confirm()
        return order

    def _find(self, domain, user=None):
        contacts = self.env["res.partner"].with_user(user or self.alia)
        return contacts.search([("id", "in", (self.contacts + self.layla).ids), *domain])

    def test_products_and_categories_bought(self):
        furniture = self.env["product.category"].create({"name": "Furniture"})
        desks = self.env["product.category"].create({"name": "Desks", "parent_id": furniture.id})
        self.desk.categ_id = desks
        self._sell(self.amal, self.desk)
        self._sell(self.basma, self.training)
        self._sell(self.haddad, self.desk)
        self.env["sale.order"].create(
            {
                "partner_id": self.carla.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
        buyers = self.amal + self.layla  # Layla works for who bought
        for domain, expected in (
            ([("bought_product_ids", "in", self.desk.ids)], buyers),
            ([("bought_product_ids", "=", self.training.id)], self.basma),
            ([("bought_product_ids", "ilike", "oak")], buyers),
            ([("bought_product_ids", "not in", self.desk.ids)], self.basma + self.carla),
            ([("bought_product_ids", "=", False)], self.carla),
            ([("bought_product_ids", "!=", False)], buyers + self.basma),
            ([("bought_product_ids.list_price", ">", 400)], self.basma),
            ([("bought_category_ids", "in", furniture.ids)], buyers),
            ([("bought_category_ids", "=", desks.id)], buyers),
            ([("bought_category_ids.name", "=", "Desks")], buyers),
            ([("bought_category_ids", "not in", furniture.ids)], self.basma + self.carla),
        ):
            self.assertEqual(set(self._find(domain)), set(expected), domain)
        amal = self.amal.with_user(self.alia)
        self.assertEqual(amal.bought_product_ids, self.desk)
        self.assertEqual(amal.bought_category_ids, desks)
        segment = self._segment(
            user=self.alia,
            domain=f"[('ref', '=', 'segment test'), ('bought_product_ids', 'in', {self.desk.ids})]",
        )
        self.assertEqual(self._members(segment), self.amal)

    def test_orders_that_the_owner_may_not_see(self):
        """A salesperson who sees his own orders only does not learn who buys from others."""
        self._sell(self.amal, self.desk, self.omar)
        self._sell(self.basma, self.desk, self.sami)
        bought = [("bought_product_ids", "in", self.desk.ids)]
        self.assertEqual(self._find(bought, self.omar), self.amal)
        self.assertEqual(self._find(bought), self.amal + self.basma)
        segment = self._segment(domain=repr([("ref", "=", "segment test"), *bought]))
        self.assertEqual(self._members(segment), self.amal, "nora leads omar's team, not sami's")

    def test_returned_or_cancelled_is_not_bought(self):
        self._sell(self.amal, self.desk)._action_cancel()
        self.assertFalse(self._find([("bought_product_ids", "in", self.desk.ids)]))

    def test_interactions_and_lifecycle(self):
        stage = self.env["crm.lifecycle.stage"].create({"name": "Tested"})
        self.amal.lifecycle_stage_id = stage
        self.env["crm.interaction"].create(
            {"partner_id": self.basma.id, "date": "2024-01-05", "channel": "phone"}
        )
        for domain, expected in (
            (f"('lifecycle_stage_id', '=', {stage.id})", self.amal),
            ("('last_interaction_date', '<', 'today -30d')", self.basma),
            ("('interaction_ids.channel', '=', 'phone')", self.basma),
            ("('last_interaction_date', '=', False)", self.amal + self.carla),
        ):
            segment = self._segment(
                user=self.alia, domain=f"[('ref', '=', 'segment test'), {domain}]"
            )
            self.assertEqual(self._members(segment), expected, domain)


class TestDefaultSegments(CrmSuiteCase):
    def test_they_work(self):
        for name in "champions", "at_risk", "no_order":
            segment = self.env.ref(f"crm_suite.segment_{name}")
            self.assertFalse(segment.last_error)
            if segment.active:
                segment._evaluate()
                self.assertFalse(segment.last_error)
