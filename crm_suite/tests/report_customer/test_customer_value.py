import random

from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerReportCase


@tagged("post_install", "-at_install")
class TestCustomerValue(CustomerReportCase):
    """Value by tier, cell, stage, country and segment against slow and obvious Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(2)
        cls.customers = cls._create_customers(12)
        cls.stage = cls.env["crm.lifecycle.stage"].create({"name": "Tested"})
        cls.customers[:5].lifecycle_stage_id = cls.stage
        cls.env.cr.execute("DELETE FROM crm_customer_metric")
        cls.values = {}
        for customer in cls.customers:
            cls.values[customer] = {
                "revenue": chance.choice([100.0, 250.0, 1000.0]),
                "margin": chance.choice([10.0, -5.0]),
                "order_count": chance.randint(1, 9),
                "value_tier": chance.choice("abc"),
                "rfm_cell": chance.choice(["champion", "at_risk"]),
                "recency_score": chance.randint(1, 5),
                "frequency_score": chance.randint(1, 5),
            }
            cls._set_metric(cls, customer, **cls.values[customer])
        cls.first, cls.second = cls.env["crm.segment"].create(
            [
                {
                    "name": name,
                    "kind": "fixed",
                    "user_id": cls.alia.id,
                    "partner_ids": [Command.set(members.ids)],
                }
                for name, members in (
                    ("First", cls.customers[:4]),
                    ("Second", cls.customers[2:8]),
                )
            ]
        )

    def _expect(self, customers):
        rows = [self.values[customer] for customer in customers]
        whole = sum(values["revenue"] for values in self.values.values())
        revenue = sum(values["revenue"] for values in rows)
        return (
            len(rows),
            revenue,
            sum(values["margin"] for values in rows),
            100 * revenue / whole,
            100 * len(rows) / len(self.values),
            revenue / sum(values["order_count"] for values in rows),
        )

    def _read_groups(self, groupby, domain=()):
        specs = [
            "customers:sum",
            "revenue:sum",
            "margin:sum",
            "revenue_share:sum",
            "customer_share:sum",
            "average_order:avg",
        ]
        return self._read("crm.customer.value")._read_group([*self.mine, *domain], groupby, specs)

    def _assert_group(self, found, customers):
        for value, expected in zip(found, self._expect(customers), strict=True):
            self.assertAlmostEqual(value, expected, 4)

    def test_by_figure(self):
        for name in ("value_tier", "rfm_cell", "recency_score"):
            rows = self._read_groups([name])
            self.assertEqual(len(rows), len({values[name] for values in self.values.values()}))
            for key, *found in rows:
                self._assert_group(
                    found, [each for each in self.customers if self.values[each][name] == key]
                )
        [total] = self._read_groups([])
        self._assert_group(total, self.customers)
        self.assertAlmostEqual(total[3], 100)

    def test_figures_have_the_same_mean_order(self):
        [(average,)] = self._read("crm.customer.metric")._read_group(
            [("partner_id", "in", self.customers.ids)], [], ["average_order_value:avg"]
        )
        rows = self.values.values()
        self.assertAlmostEqual(
            average, sum(row["revenue"] for row in rows) / sum(row["order_count"] for row in rows)
        )

    def test_rfm_grid(self):
        for recency, frequency, *found in self._read_groups(["recency_score", "frequency_score"]):
            self._assert_group(
                found,
                [
                    each
                    for each in self.customers
                    if (
                        self.values[each]["recency_score"],
                        self.values[each]["frequency_score"],
                    )
                    == (recency, frequency)
                ],
            )

    def test_stage_by_tier_with_the_responsible(self):
        seen = 0
        for stage, tier, user, *found in self._read_groups(
            ["lifecycle_stage_id", "value_tier", "user_id"]
        ):
            self._assert_group(
                found,
                [
                    each
                    for each in self.customers
                    if (each.lifecycle_stage_id, self.values[each]["value_tier"], each.user_id)
                    == (stage, tier, user)
                ],
            )
            seen += found[0]
        self.assertEqual(seen, 12)

    def test_who_is_in_two_segments_counts_in_both(self):
        domain = [("segment_ids", "in", (self.first | self.second).ids)]
        groups = {row[0]: row[1:] for row in self._read_groups(["segment_ids"], domain)}
        self._assert_group(groups[self.first.with_user(self.alia)], self.customers[:4])
        self._assert_group(groups[self.second.with_user(self.alia)], self.customers[2:8])
        [total] = self._read_groups([], domain)
        self._assert_group(total, self.customers[:8])
        row = self._read("crm.customer.value").search([("partner_id", "=", self.customers[2].id)])
        self.assertEqual(row.segment_ids, self.first | self.second)
        self.assertIn("segment_ids", row.fields_get(["segment_ids"]))
        self.assertTrue(row.fields_get(["segment_ids"])["segment_ids"]["groupable"])
        # those in no segment are found by the click on their group
        rows = self._read("crm.customer.value").search([*self.mine, ("segment_ids", "not any", [])])
        self.assertEqual(rows.partner_id, self.customers[8:])

    def test_other_currency_and_company(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.foreign.id})
        self.alia.company_ids += other
        customer = self._create_customers(1)
        self._set_metric(customer, other, revenue=100.0)
        domain = [("partner_id", "=", customer.id)]
        self.assertFalse(
            self._read("crm.customer.value", allowed_company_ids=self.company.ids).search(domain)
        )
        row = self._read(
            "crm.customer.value", allowed_company_ids=(self.company | other).ids
        ).search(domain)
        self.assertAlmostEqual(row.revenue, 50.0, 2)
        self.assertEqual(row.currency_id, self.company.currency_id)

    def test_documents(self):
        row = self._read("crm.customer.value").search([("partner_id", "=", self.customers[0].id)])
        self.assertEqual(row.action_open_customer()["res_id"], self.customers[0].id)
        order = self._order_on(self.today, self.customers[0])
        found = self.env["sale.order"].search(row.action_view_orders()["domain"])
        self.assertEqual(found, order)
        # a row is of one company: the customer's orders from another are not its orders
        other = self.env["res.company"].create({"name": "Other"})
        self.env["sale.order"].create(
            {"partner_id": order.partner_id.id, "company_id": other.id, "state": "sale"}
        )
        found = self.env["sale.order"].sudo().search(row.action_view_orders()["domain"])
        self.assertEqual(found, order)
        self.assertEqual(row.action_view_contacts()["domain"], [("id", "in", row.partner_id.ids)])
