from collections import Counter

from dateutil.relativedelta import relativedelta

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import CustomerReportCase


@tagged("post_install", "-at_install")
class TestCustomerFlow(CustomerReportCase):
    """Who came, was lost and came back, and the key figures, against slow and obvious Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._create_customers(12)
        cls.orders = cls._order_at_random(cls.customers, 50, seed=11)
        # who orders on the very day on which he would be lost is not
        first = cls.today.replace(day=1) - relativedelta(months=14)
        [late] = cls._create_customers(1)
        for months in (0, 3):
            cls.orders += cls._order_on(first + relativedelta(months=months), late)

    def _expect(self, months):
        """{(kind, day)}: number, and the days on which each customer was one: [(from, to)]."""
        events, stays = Counter(), []
        for orders in self._by_customer(self.orders).values():
            days = [order.date_order.date() for order in orders]
            events["new", days[0]] += 1
            start = days[0]
            for day, following in zip(days, [*days[1:], None], strict=True):
                lost = day + relativedelta(months=months)
                if lost < (following or self.today):
                    events["lost", lost] += 1
                    stays.append((start, lost))
                    if following:
                        events["won_back", following] += 1
                        start = following
                elif not following:
                    stays.append((start, None))
        return events, stays

    def test_new_lost_and_won_back(self):
        for months in (1, 3, 12):
            events, _stays = self._expect(months)
            Report = self._read("crm.customer.flow.report", lost_after_months=months)
            found = Counter()
            for day, *counts in Report._read_group(
                self.mine,
                ["date:day"],
                [f"{name}_customers:sum" for name in ("new", "lost", "won_back")],
            ):
                for kind, count in zip(("new", "lost", "won_back"), counts, strict=True):
                    found[kind, day] += count
            self.assertEqual(+found, events, months)
            kinds = {
                kind: sum(count for (of, _day), count in events.items() if of == kind)
                for kind in ("new", "lost", "won_back")
            }
            [(net,)] = Report._read_group(self.mine, [], ["net_customers:sum"])
            self.assertEqual(net, kinds["new"] + kinds["won_back"] - kinds["lost"])

    def test_retention_of_a_month(self):
        for months in (2, 6):
            events, stays = self._expect(months)
            Report = self._read("crm.customer.flow.report", lost_after_months=months)
            rows = Report._read_group(
                [*self.mine, ("kind", "=", "month")],
                ["date:month"],
                ["customers_before:sum", "kept_customers:sum", "retention:avg"],
            )
            self.assertTrue(rows)
            for month, before, kept, retention in rows:
                end = month + relativedelta(months=1)
                expected = sum(start < month and (to is None or to >= month) for start, to in stays)
                lost = sum(
                    count
                    for (kind, day), count in events.items()
                    if kind == "lost" and month <= day < end
                )
                self.assertEqual((before, kept), (expected, expected - lost), month)
                self.assertAlmostEqual(retention, 100 * (expected - lost) / expected, 6)
            # a quarter is the mean of its months, weighted by their customers
            for _quarter, before, kept, retention in Report._read_group(
                [*self.mine, ("kind", "=", "month")],
                ["date:quarter"],
                ["customers_before:sum", "kept_customers:sum", "retention:avg"],
            ):
                self.assertAlmostEqual(retention, 100 * kept / before, 6)

    def test_customers_of_two_months_are_not_added_up(self):
        Report = self._read("crm.customer.flow.report", lost_after_months=6)
        specs = ["customers_before:avg", "kept_customers:avg"]
        months = Report._read_group(
            [*self.mine, ("kind", "=", "month")],
            ["date:month"],
            ["customers_before:sum", "kept_customers:sum"],
        )
        # orders and leads of the same days stand beside: they are no months
        for number, name in enumerate(("customers_before", "kept_customers")):
            [total] = Report._read_group(self.mine, [], specs)
            values = [row[1 + number] for row in months]
            self.assertAlmostEqual(total[number], sum(values) / len(values), 6)
            self.assertEqual(Report._fields[name].aggregator, "avg", "the screen asks for no sum")
        for month, before, _kept in Report._read_group(
            [*self.mine, ("kind", "=", "month")], ["date:month"], specs
        ):
            [expected] = [row[1] for row in months if row[0] == month]
            self.assertEqual(before, expected, "several salespeople are added up")

    def test_mean_order(self):
        rows = self._read("crm.customer.flow.report")._read_group(
            self.mine, ["date:month"], ["orders:sum", "revenue:sum", "average_order:avg"]
        )
        for month, number, revenue, average in rows:
            orders = self.orders.filtered(
                lambda order, month=month: order.date_order.date().replace(day=1) == month
            )
            self.assertEqual(number, len(orders))
            self.assertAlmostEqual(revenue, sum(orders.mapped("amount_untaxed")), 2)
            if orders:
                self.assertAlmostEqual(average, revenue / number, 4)

    def test_conversion(self):
        leads = self.env["crm.lead"].concat(
            *(
                self._create_opportunity(country_id=self.country.id, type=kind)
                for kind in ("lead", "opportunity", "opportunity", "opportunity")
            )
        )
        leads[1].action_set_won()
        leads[2].action_set_lost()
        order = self._order_on(self.today, self.badr)
        order.opportunity_id = leads[3]
        [(number, converted, conversion)] = self._read("crm.customer.flow.report")._read_group(
            [("lead_id", "in", leads.ids)],
            [],
            ["leads:sum", "converted_leads:sum", "conversion:avg"],
        )
        self.assertEqual((number, converted, conversion), (4, 2, 50.0))
        # omar may read his leads, but not the order of sami
        order.user_id = self.sami
        [(number, converted)] = self._read("crm.customer.flow.report", self.omar)._read_group(
            [("lead_id", "in", leads.ids)], [], ["leads:sum", "converted_leads:sum"]
        )
        self.assertEqual((number, converted), (4, 1))

    def test_time_is_a_setting_and_hostile_ones_are_not_taken(self):
        Report = self.env["crm.customer.flow.report"]
        settings = Form(self.env["res.config.settings"])
        settings.customer_lost_after_months = 7
        settings.save().set_values()
        self.assertEqual(Report._get_lost_months(), 7)
        for wrong in ("x", -1, 0, 10**9, None, [], {"a": 1}, "1); DROP TABLE sale_order"):
            months = Report.with_context(lost_after_months=wrong)._get_lost_months()
            self.assertEqual(months, 7, wrong)
        self.assertEqual(Report.with_context(lost_after_months=24)._get_lost_months(), 24)
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"customer_lost_after_months": 0})

    def test_rows_open_what_they_are_of(self):
        Report = self._read("crm.customer.flow.report", lost_after_months=1)
        rows = Report.search(self.mine)
        self.assertEqual(len(rows), len(set(rows.ids)))
        models = {
            "new": "sale.order",
            "lost": "sale.order",
            "won_back": "res.partner",
            "order": "sale.order",
        }
        for kind, model in models.items():
            row = rows.filtered(lambda row, kind=kind: row.kind == kind)[:1]
            self.assertEqual(row.action_open_document()["res_model"], model, kind)
        month = rows.filtered(lambda row: row.kind == "month")[:1]
        self.assertFalse(month.action_open_document())
