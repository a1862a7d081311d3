import random

from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerReportCase

SUMS = [
    "orders",
    "revenue",
    "cost",
    "margin",
    "unknown_revenue",
    "refunded_amount",
    "discount_amount",
]


@tagged("post_install", "-at_install")
class TestCustomerProfit(CustomerReportCase):
    """Revenue, cost and margin of customers against slow and obvious Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(5)
        cls.customers = cls._create_customers(3)
        foreign = cls.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": cls.foreign.id}
        )
        # the training has no cost
        cls.orders = cls.env["sale.order"].concat(
            *(
                cls._order(
                    [
                        (
                            chance.choice([cls.desk, cls.training]),
                            {
                                "product_uom_qty": chance.choice([1, 2, 5]),
                                "price_unit": chance.choice([100, 250.5]),
                                "discount": chance.choice([0, 20]),
                            },
                        )
                        for _line in range(chance.randint(1, 3))
                    ],
                    days_ago=chance.randint(0, 300),
                    partner=chance.choice(cls.customers),
                    user=chance.choice([cls.omar, cls.sami]),
                    **({"pricelist_id": foreign.id} if chance.random() < 0.3 else {}),
                )
                for _order in range(15)
            )
        )
        cls.refunded = cls.orders.filtered(lambda order: order.currency_id != cls.foreign)[:3]
        for order in cls.refunded:
            cls._credit(cls, cls._invoice_order(cls, order))

    def _expect(self, orders):
        sums = dict.fromkeys([*SUMS, "full"], 0.0)
        sums["orders"] = len(orders)
        for line in orders.order_line:
            rate, product = line.order_id.currency_rate, line.product_id
            amount = line.price_subtotal / rate
            refunded = line.order_id in self.refunded
            sums["refunded_amount"] += amount if refunded else 0
            sums["full"] += line.price_unit * line.product_uom_qty / rate
            sums["discount_amount"] += (
                line.price_unit * line.product_uom_qty * line.discount / 100 / rate
            )
            net, quantity = (0, 0) if refunded else (amount, line.product_uom_qty)
            sums["revenue"] += net
            if product.standard_price:
                sums["cost"] += quantity * product.standard_price
                sums["margin"] += net - quantity * product.standard_price
            else:
                sums["unknown_revenue"] += net
        return sums

    def test_figures_and_totals(self):
        specs = [f"{name}:sum" for name in SUMS]
        ratios = ["margin_percent:avg", "discount:avg"]
        Report = self._read("crm.customer.profit.report")
        domain = [("order_id", "in", self.orders.ids)]
        groups = [
            (self.orders.filtered(lambda order, found=found: order.partner_id == found), values)
            for found, *values in Report._read_group(domain, ["partner_id"], [*specs, *ratios])
        ]
        self.assertEqual(len(groups), 3)
        [total] = Report._read_group(domain, [], [*specs, *ratios])
        groups.append((self.orders, total))
        for orders, values in groups:
            expected = self._expect(orders)
            for name, value in zip(SUMS, values, strict=False):
                self.assertAlmostEqual(value, expected[name], delta=0.05, msg=name)
            base = expected["revenue"] - expected["unknown_revenue"]
            margin_percent, discount = values[-2:]
            self.assertAlmostEqual(
                margin_percent or 0, 100 * expected["margin"] / base if base else 0, 2
            )
            self.assertAlmostEqual(
                discount, 100 * expected["discount_amount"] / expected["full"], 2
            )

    def test_own_orders_only(self):
        for user in (self.omar, self.sami):
            orders = self.orders.filtered(lambda order, user=user: order.user_id == user)
            [(revenue, margin)] = self._read("crm.customer.profit.report", user)._read_group(
                [("order_id", "in", self.orders.ids)], [], ["revenue:sum", "margin:sum"]
            )
            expected = self._expect(orders)
            self.assertAlmostEqual(revenue, expected["revenue"], delta=0.05)
            self.assertAlmostEqual(margin, expected["margin"], delta=0.05)

    def test_list_by_customer_most_profitable_first(self):
        groups = self._read("crm.customer.profit.report").web_read_group(
            [("order_id", "in", self.orders.ids)],
            ["partner_id"],
            ["margin:sum"],
            limit=2,
            order="margin desc",
        )["groups"]
        margins = sorted(
            (
                self._expect(self.orders.filtered(lambda order, who=who: order.partner_id == who))
                for who in self.customers
            ),
            key=lambda sums: -sums["margin"],
        )
        for group, sums in zip(groups, margins[:2], strict=True):
            self.assertAlmostEqual(group["margin:sum"], sums["margin"], delta=0.05)

    def test_payment_delay_is_the_one_of_the_figures(self):
        self._set_metric(self.customers[0], payment_delay_days=12.5, value_tier="b")
        rows = self._read("crm.customer.profit.report").search(
            [("partner_id", "=", self.customers[0].id)]
        )
        self.assertTrue(rows)
        self.assertEqual(set(rows.mapped("payment_delay_days")), {12.5})
        self.assertEqual(set(rows.mapped("value_tier")), {"b"})
        self.assertEqual(rows[0].action_open_order()["res_id"], rows[0].id)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.foreign.id})
        self.alia.company_ids += other
        customer = self._create_customers(1)
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": customer.id,
                    "company_id": other.id,
                    "user_id": self.alia.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.desk.id, "price_unit": 100, "tax_ids": []}
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        for companies, revenue in ((self.company, False), (self.company | other, 50.0)):
            context = {"allowed_company_ids": companies.ids}
            for model in ("crm.customer.profit.report", "crm.customer.flow.report"):
                [(found,)] = self._read(model, **context)._read_group(
                    [("partner_id", "=", customer.id)], [], ["revenue:sum"]
                )
                self.assertAlmostEqual(found or 0, revenue or 0, 2, model)
