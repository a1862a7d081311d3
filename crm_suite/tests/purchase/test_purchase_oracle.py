import random
from datetime import timedelta
from itertools import pairwise

from odoo.tests import tagged

from .common import PurchaseCase


@tagged("post_install", "-at_install")
class TestPurchaseOracle(PurchaseCase):
    """The figures of the query against those of slow and obvious Python over the same orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(7)
        pricelist = cls.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": cls.foreign.id}
        )
        lamp = cls.env["product.product"].create(
            {"name": "Lamp", "list_price": 30, "standard_price": 7, "taxes_id": []}
        )
        cls.products = cls.desk | cls.training | lamp
        cls.customers = cls.haddad | cls.badr
        for _i in range(40):
            cls._order(
                [
                    (
                        chance.choice(cls.products),
                        {
                            "product_uom_qty": chance.choice([1, 2, 5, 0.5, -1]),
                            "product_uom_id": chance.choice([cls.desk.uom_id.id, cls.dozen.id]),
                            "price_unit": chance.choice([10, 99.5, 0]),
                            "discount": chance.choice([0, 0, 15, 100]),
                        },
                    )
                    for _j in range(chance.randint(1, 4))
                ],
                days_ago=chance.randint(0, 300),
                partner=chance.choice([cls.layla, cls.haddad, cls.badr]),
                **({"pricelist_id": pricelist.id} if chance.random() < 0.3 else {}),
            )

    def _expect(self, partner, product):
        lines = self.env["sale.order.line"].search(
            [
                ("state", "=", "sale"),
                ("product_id", "=", product.id),
                ("order_id.partner_id.commercial_partner_id", "=", partner.id),
            ]
        )
        if not lines:
            return None
        rows = []
        for line in lines:
            rate = line.order_id.currency_rate
            quantity = line.product_uom_qty * (12 if line.product_uom_id == self.dozen else 1)
            amount = line.price_subtotal / rate
            if amount < 0 < quantity:
                quantity = 0
            full = line.price_unit * line.product_uom_qty / rate if quantity > 0 else 0
            rows.append((line.order_id, quantity, amount, full, line.discount))
        bought = [row for row in rows if row[1] > 0]
        days = sorted({row[0].date_order.date() for row in bought})
        quantity, amount = sum(row[1] for row in rows), sum(row[2] for row in rows)
        full = sum(row[3] for row in rows)
        expected = {
            "order_count": len({row[0] for row in bought}),
            "quantity": quantity,
            "amount": amount,
            "average_price": amount / quantity if quantity else 0,
            "discount": sum(row[3] * row[4] for row in rows) / full if full else 0,
            "margin": amount - quantity * product.standard_price if product.standard_price else 0,
            "first_date": days[0] if days else False,
            "last_date": days[-1] if days else False,
            "next_date": False,
        }
        if len(days) > 1 and quantity > 0:
            gaps = [(after - before).days for before, after in pairwise(days)]
            expected["next_date"] = days[-1] + timedelta(days=round(sum(gaps) / len(gaps) + 1e-9))
        return expected

    def test_figures(self):
        seen = 0
        for partner in self.customers:
            for product in self.products:
                row = self._bought(partner=partner, product=product)
                expected = self._expect(partner, product)
                if expected is None:
                    self.assertFalse(row)
                    continue
                seen += 1
                for name, value in expected.items():
                    if isinstance(value, float):
                        self.assertAlmostEqual(row[name], value, 4, f"{name} of {product.name}")
                    else:
                        self.assertEqual(row[name], value, f"{name} of {product.name}")
        self.assertEqual(seen, 6)

    def test_sums_are_those_of_the_orders(self):
        self.env.flush_all()
        Line = self.env["crm.product.purchase.line"]
        domain = [("partner_id", "in", self.customers.ids)]
        [(amount,)] = Line._read_group(domain, [], ["amount:sum"])
        orders = self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                ("partner_id.commercial_partner_id", "in", self.customers.ids),
            ]
        )
        self.assertAlmostEqual(
            amount,
            sum(order.amount_untaxed / order.currency_rate for order in orders),
            delta=0.1,
            msg="orders round each line",
        )
        by_day = Line._read_group(domain, ["date:day"], ["amount:sum"])
        self.assertAlmostEqual(sum(value for _day, value in by_day), amount, 4)

    def test_queries(self):
        """The list of a customer costs the same whatever he bought."""
        Purchase = self.env["crm.product.purchase"].with_user(self.alia)
        specification = {name: {} for name in ("product_id", "amount", "margin", "next_date")}
        domain = [("partner_id", "=", self.haddad.id)]
        Purchase.web_search_read(domain, specification, limit=80)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            Purchase.web_search_read(domain, specification, limit=80)
