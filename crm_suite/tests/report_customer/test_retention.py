from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CustomerReportCase

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def period(day, unit):
    return (day.year * 12 + day.month - 1) // MONTHS[unit]


@tagged("post_install", "-at_install")
class TestRetention(CustomerReportCase):
    """Cohorts and the repeat-purchase curve, against slow and obvious Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._create_customers(9)
        cls.orders = cls._order_at_random(cls.customers, 60, seed=3)

    def _expect_periods(self, unit):
        """{(period of the first order, step): (customers, who ordered, revenue)}"""
        expected, now = defaultdict(lambda: [0, 0, 0.0]), period(self.today, unit)
        for orders in self._by_customer(self.orders).values():
            first = period(orders[0].date_order.date(), unit)
            for step in range(now - first + 1):
                inside = [
                    order
                    for order in orders
                    if period(order.date_order.date(), unit) == first + step
                ]
                row = expected[first, step]
                row[0] += 1
                row[1] += bool(inside)
                row[2] += sum(order.amount_untaxed for order in inside)
        return expected

    def test_cohorts(self):
        for unit in MONTHS:
            expected = self._expect_periods(unit)
            found = {
                (period(cohort, unit), step): (customers, returned, retention, revenue)
                for cohort, step, customers, returned, retention, revenue in self._read(
                    "crm.retention.report"
                )._read_group(
                    [*self.mine, ("unit", "=", unit)],
                    ["cohort:day", "step"],
                    ["customers:sum", "returned:sum", "retention:avg", "revenue:sum"],
                )
            }
            self.assertEqual(set(found), set(expected), unit)
            for key, (customers, returned, revenue) in expected.items():
                self.assertEqual(found[key][:2], (customers, returned), (unit, key))
                self.assertAlmostEqual(found[key][2], 100 * returned / customers, 6)
                self.assertAlmostEqual(found[key][3], revenue, 2)

    def test_group_totals_are_those_of_the_sums(self):
        expected = self._expect_periods("month")
        Report = self._read("crm.retention.report")
        for step, retention in Report._read_group(self.mine, ["step"], ["retention:avg"]):
            rows = [row for key, row in expected.items() if key[1] == step]
            self.assertAlmostEqual(
                retention, 100 * sum(row[1] for row in rows) / sum(row[0] for row in rows), 6
            )
        # who chooses no unit sees months alone, also in totals
        [(customers,)] = Report._read_group([*self.mine, ("step", "=", 0)], [], ["customers:sum"])
        self.assertEqual(customers, len(self._by_customer(self.orders)))

    def test_several_periods_have_no_number_of_customers(self):
        expected = self._expect_periods("month")
        Report = self._read("crm.retention.report")
        specs = ["customers:sum", "returned:sum", "retention:avg"]
        for cohort, customers, returned, retention in Report._read_group(
            self.mine, ["cohort:month"], specs
        ):
            rows = [
                row for key, row in expected.items() if key[0] == period(cohort, "month") and key[1]
            ]
            if rows:
                self.assertFalse(customers or returned)
                self.assertAlmostEqual(
                    retention, 100 * sum(row[1] for row in rows) / sum(row[0] for row in rows), 6
                )
        # neither do several orders: the first is that of all
        by_customer = self._by_customer(self.orders).values()
        [(customers, returned, retention)] = Report._read_group(
            [*self.mine, ("unit", "=", "order"), ("step", "<=", 3)], [], specs
        )
        self.assertFalse(customers or returned)
        again = [sum(len(orders) >= step for orders in by_customer) for step in (2, 3)]
        self.assertAlmostEqual(retention, 50 * sum(again) / len(by_customer), 6)
        # whoever chooses two units gets no sum of them, but each by itself
        two = [*self.mine, ("unit", "in", ["month", "year"]), ("step", "=", 0)]
        [found] = Report._read_group(two, [], [*specs, "revenue:sum", "customer_revenue:avg"])
        self.assertFalse(any(found))
        for _unit, customers, _returned, _retention in Report._read_group(two, ["unit"], specs):
            self.assertEqual(customers, len(by_customer))
        # in one step all are different
        [(customers, _returned, retention)] = Report._read_group(
            [*self.mine, ("step", "=", 0)], [], specs
        )
        self.assertEqual((customers, retention), (len(by_customer), 100))

    def test_repeat_purchases(self):
        by_customer = self._by_customer(self.orders).values()
        rows = self._read("crm.retention.report")._read_group(
            [*self.mine, ("unit", "=", "order")],
            ["step"],
            ["customers:sum", "returned:sum", "retention:avg", "days:avg"],
        )
        self.assertEqual([row[0] for row in rows], list(range(1, 11)))
        for step, customers, returned, retention, days in rows:
            reached = [orders for orders in by_customer if len(orders) >= step]
            self.assertEqual((customers, returned), (len(by_customer), len(reached)))
            self.assertAlmostEqual(retention, 100 * len(reached) / len(by_customer), 6)
            if reached:
                since = [
                    (orders[step - 1].date_order.date() - orders[0].date_order.date()).days
                    for orders in reached
                ]
                self.assertAlmostEqual(days, sum(since) / len(since), 6)

    def test_rows_have_ids_of_their_own_and_are_read_again(self):
        Report = self._read("crm.retention.report")
        rows = Report.search([("unit", "in", ["month", "quarter", "year", "order"]), *self.mine])
        self.assertEqual(len(rows), len(set(rows.ids)))
        values = {row.id: (row.cohort, row.step, row.customers) for row in rows}
        self.env.invalidate_all()
        for row in rows[:20]:
            again = Report.browse(row.id)
            self.assertEqual((again.cohort, again.step, again.customers), values[row.id])
            self.assertTrue(again.display_name)

    def test_the_running_period_is_not_complete(self):
        customer = self._create_customers(1)
        before = self.today.replace(day=1) - relativedelta(months=1)
        self._order_on(before, customer, user=self.nora)
        rows = self._read("crm.retention.report").search(
            [*self.mine, ("user_id", "=", self.omar.id), ("cohort", "=", before)]
        )
        complete = {row.step: row.is_complete for row in rows}
        self.assertEqual(complete, {0: True, 1: False})

    def test_credited_orders_bring_less(self):
        customer = self._create_customers(1)
        order = self._order_on(self.today, customer, 500.0)
        self._credit(self._invoice_order(order))
        self.env.flush_all()
        [(revenue,)] = self._read("crm.retention.report")._read_group(
            [*self.mine, ("cohort", "=", self.today.replace(day=1))], [], ["revenue:sum"]
        )
        others = sum(
            order.amount_untaxed
            for orders in self._by_customer(self.orders).values()
            for order in orders
            if orders[0].date_order.date() >= self.today.replace(day=1)
        )
        self.assertAlmostEqual(revenue, others, 2)

    def test_everybody_counts_what_he_may_read(self):
        customer = self._create_customers(1)
        self._order_on(self.today - relativedelta(days=1), customer, user=self.omar)
        self._order_on(self.today, customer, user=self.sami)
        domain = [*self.mine, ("unit", "=", "order"), ("step", "=", 2)]
        for user, mine in ((self.omar, self.omar), (self.sami, self.sami)):
            expected = [
                orders
                for orders in self._by_customer(
                    self.orders.filtered(lambda order, mine=mine: order.user_id == mine)
                ).values()
                if len(orders) >= 2
            ]
            [(returned,)] = self._read("crm.retention.report", user)._read_group(
                domain, [], ["returned:sum"]
            )
            self.assertEqual(returned, len(expected), "the order of a colleague is not counted")
        for user in (self.cora, self.ada):
            with self.assertRaises(AccessError):
                self._read("crm.retention.report", user).search([])
