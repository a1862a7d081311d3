import random
from collections import Counter, defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerReportCase

# three hours before UTC: late orders are those of the next day
ZONE, AHEAD = "Asia/Riyadh", timedelta(hours=3)
LOST = 4


@tagged("post_install", "-at_install")
class TestRandomOrders(CustomerReportCase):
    """Retention, repeat purchases, new and lost customers against slow and obvious Python: two
    companies, two currencies, contacts, merged customers, returns, cancelled orders, late hours.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other", "currency_id": cls.foreign.id})
        cls.alia.company_ids += cls.other
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": cls.foreign.id, "company_id": False}
        )

    def _draw(self, seed):
        chance = random.Random(seed)
        country = self.env["res.country"].create({"name": f"Land {seed}", "code": f"Q{seed}"})
        customers = self._create_customers(7)
        customers.country_id = country
        contacts = self.env["res.partner"].create(
            [{"name": f"Contact {each.id}", "parent_id": each.id} for each in customers[:3]]
        )
        now = fields.Datetime.now()
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": chance.choice(customers | contacts).id,
                    "user_id": chance.choice([self.omar, self.sami]).id,
                    "company_id": chance.choice([self.company, self.company, self.other]).id,
                    "state": chance.choice(["sale"] * 6 + ["cancel", "draft"]),
                    "date_order": now
                    - timedelta(days=chance.randint(0, 700), minutes=chance.randint(1, 1440)),
                    "pricelist_id": chance.choice([self.pricelist.id, False, False]),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.desk.id,
                                "product_uom_qty": chance.choice([1, 2, 3, -1]),
                                "price_unit": chance.choice([10.0, 99.5]),
                                "tax_ids": [],
                            }
                        )
                    ],
                }
                for _number in range(45)
            ]
        )
        # two customers turn out to be one
        self.env["base.partner.merge.automatic.wizard"]._merge(
            customers[-2:].ids, customers[-1], extra_checks=False
        )
        self.env.flush_all()
        self.domain = [("country_id", "=", country.id)]
        self.lives, self.returns = defaultdict(list), []
        for order in orders.sorted(lambda order: (order.date_order, order.id)):
            if order.state != "sale":
                continue
            who = (order.partner_id.commercial_partner_id, order.company_id)
            if order.amount_untaxed < 0:
                self.returns.append((who, self._day(order), self._revenue(order)))
            else:
                self.lives[who].append(order)

    @staticmethod
    def _day(order):
        return (order.date_order + AHEAD).date()

    def _revenue(self, order):
        """In the currency of the reader's company."""
        amount = order.amount_untaxed / order.currency_rate
        return order.company_id.currency_id._convert(
            amount, self.company.currency_id, self.company, self.today, round=False
        )

    def _report(self, model):
        return self._read(
            model,
            allowed_company_ids=(self.company | self.other).ids,
            tz=ZONE,
            lost_after_months=LOST,
        )

    def test_random_orders(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                self._draw(seed)
                self._check_months()
                self._check_repeats()
                self._check_flow()
                self._check_months_of_the_flow()

    def _check_months(self):
        Report = self._report("crm.retention.report")
        today = fields.Date.context_today(Report)
        expected = defaultdict(lambda: [0, 0, 0.0])
        for who, orders in self.lives.items():
            first = self._day(orders[0]).replace(day=1)
            month, step = first, 0
            while month <= today:
                end = month + relativedelta(months=1)
                inside = [order for order in orders if month <= self._day(order) < end]
                # what came back before the first order counts with it
                back = [
                    revenue
                    for customer, day, revenue in self.returns
                    if customer == who and (month <= day or not step) and day < end
                ]
                row = expected[first, step]
                row[0] += 1
                row[1] += bool(inside)
                row[2] += sum(map(self._revenue, inside)) + sum(back)
                month, step = end, step + 1
        found = Report._read_group(
            [*self.domain, ("unit", "=", "month")],
            ["cohort:day", "step"],
            ["customers:sum", "returned:sum", "revenue:sum"],
        )
        self.assertEqual({row[:2] for row in found}, set(expected))
        for cohort, step, customers, returned, revenue in found:
            wanted = expected[cohort, step]
            self.assertEqual([customers, returned], wanted[:2], (cohort, step))
            self.assertAlmostEqual(revenue, wanted[2], delta=0.05, msg=(cohort, step))
        by_user = Counter(
            who[0].user_id or orders[-1].user_id for who, orders in self.lives.items()
        )
        rows = Report._read_group(
            [*self.domain, ("unit", "=", "month"), ("step", "=", 0)], ["user_id"], ["customers:sum"]
        )
        self.assertEqual(
            {user.id: number for user, number in rows},
            {user.id: number for user, number in by_user.items()},
        )

    def _check_repeats(self):
        rows = self._report("crm.retention.report")._read_group(
            [*self.domain, ("unit", "=", "order")], ["step"], ["returned:sum", "days:avg"]
        )
        for step, returned, days in rows:
            since = [
                (self._day(orders[step - 1]) - self._day(orders[0])).days
                for orders in self.lives.values()
                if len(orders) >= step
            ]
            self.assertEqual(returned, len(since), step)
            if since:
                self.assertAlmostEqual(days, sum(since) / len(since), 4)

    def _get_events(self, today):
        events, stays = Counter(), []
        for orders in self.lives.values():
            days = [self._day(order) for order in orders]
            start = days[0]
            events["new", start] += 1
            for day, following in zip(days, [*days[1:], None], strict=True):
                lost = day + relativedelta(months=LOST)
                if lost < (following or today):
                    events["lost", lost] += 1
                    stays.append((start, lost))
                    if following:
                        events["won_back", following] += 1
                        start = following
                elif not following:
                    stays.append((start, None))
        return events, stays

    def _check_flow(self):
        Report = self._report("crm.customer.flow.report")
        events, _stays = self._get_events(fields.Date.context_today(Report))
        found, revenue, orders = Counter(), defaultdict(float), Counter()
        for day, *counts, number, amount in Report._read_group(
            [*self.domain, ("kind", "not in", ("month", "lead"))],
            ["date:day"],
            [
                *(f"{name}_customers:sum" for name in ("new", "lost", "won_back")),
                "orders:sum",
                "revenue:sum",
            ],
        ):
            for kind, count in zip(("new", "lost", "won_back"), counts, strict=True):
                found[kind, day] += count
            orders[day] += number
            revenue[day] += amount
        self.assertEqual(+found, events)
        sold = [order for life in self.lives.values() for order in life]
        self.assertEqual(+orders, Counter(map(self._day, sold)))
        expected = defaultdict(float)
        for order in sold:
            expected[self._day(order)] += self._revenue(order)
        for _customer, day, amount in self.returns:
            expected[day] += amount
        for day in set(expected) | set(revenue):
            self.assertAlmostEqual(revenue[day], expected[day], delta=0.05, msg=day)

    def _check_months_of_the_flow(self):
        Report = self._report("crm.customer.flow.report")
        events, stays = self._get_events(fields.Date.context_today(Report))
        rows = Report._read_group(
            [*self.domain, ("kind", "=", "month")],
            ["date:month"],
            ["customers_before:avg", "kept_customers:avg"],
        )
        self.assertTrue(rows)
        for month, before, kept in rows:
            end = month + relativedelta(months=1)
            expected = sum(start < month and (to is None or to >= month) for start, to in stays)
            lost = sum(
                count
                for (kind, day), count in events.items()
                if kind == "lost" and month <= day < end
            )
            self.assertEqual((before, kept), (expected, expected - lost), month)
