from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import MetricCase


@tagged("post_install", "-at_install")
class TestMetricRights(MetricCase):
    """A sum is read by who may read all that it adds up."""

    def _read(self, user, partner=None, company=None):
        return self._metric(partner, user, company).mapped("revenue")

    def test_own_documents(self):
        self._order([(self.desk, 1)], days_ago=20, team_id=self.north.id)
        self.Metric._refresh()
        self.assertEqual(self._read(self.omar), [200])
        self.assertEqual(self._read(self.nora), [200], "leads his team")
        self.assertEqual(self._read(self.alia), [200])
        self.assertFalse(self._read(self.sami))
        # one order of a colleague, and the sum would tell its amount
        self._order([(self.desk, 5)], user=self.sami, team_id=self.south.id)
        self.Metric._refresh(self.haddad)
        for user in (self.omar, self.sami, self.nora):
            self.assertFalse(self._read(user), user.name)
            row = self._metric().with_user(user)
            with self.assertRaises(AccessError):
                row.read(["revenue"])
            with self.assertRaises(AccessError):
                row.action_open_orders()
        self.assertEqual(self._read(self.alia), [1200])

    def test_an_order_without_salesperson_belongs_to_nobody(self):
        self._order([(self.desk, 1)], team_id=self.north.id).user_id = False
        self.Metric._refresh()
        self.assertFalse(self._metric().user_id)
        self.assertFalse(self._read(self.omar))
        self.assertEqual(self._read(self.nora), [200])

    def test_an_invoice_of_a_colleague_counts_as_well(self):
        self._order([(self.desk, 1)])
        self._invoice(500, invoice_user_id=self.sami.id)
        self.Metric._refresh()
        self.assertFalse(self._read(self.omar))
        self.assertFalse(self._read(self.sami))

    def test_sums_leak_nothing(self):
        self._order([(self.desk, 1)])
        self._order([(self.desk, 5)], partner=self.badr, user=self.sami)
        self.Metric._refresh()
        mine = self.Metric.with_user(self.omar)
        domain = [("partner_id", "in", (self.haddad | self.badr).ids)]
        self.assertEqual(mine._read_group(domain, [], ["revenue:sum", "__count"]), [(200, 1)])
        partners = (self.haddad | self.badr).with_user(self.omar)
        self.assertEqual(partners.metric_id.mapped("revenue"), [200])
        found = partners.search([("metric_ids.revenue", ">", 0), ("id", "in", partners.ids)])
        self.assertEqual(found.ids, self.haddad.ids)

    def test_other_people(self):
        self._order([(self.desk, 1)])
        self.Metric._refresh()
        clerk = new_test_user(self.env, "metric_clerk", "base.group_user")
        for user in (clerk, self.cora):
            with self.assertRaises(AccessError):
                self.Metric.with_user(user).search([])
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).read(["metric_id"])
        for user in (self.omar, self.alia, self.mona):
            row = self._metric().with_user(user)
            for change in (lambda row=row: row.write({"revenue": 1}), row.unlink):
                with self.assertRaises(AccessError):
                    change()
            with self.assertRaises(AccessError):
                self.Touch.with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["crm.customer.metric.boundary"].with_user(self.omar).search([])

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.foreign.id})
        self.alia.company_ids += other
        self.alia.company_id = self.company
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.layla.id,
                    "user_id": self.alia.id,
                    "company_id": other.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.desk.id, "price_unit": 70, "tax_ids": []}
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        self._order([(self.desk, 1)])
        self.Metric._refresh()
        self.assertEqual(self._read(self.alia), [200])
        self.assertEqual(self._read(self.alia, company=other), [70])
        self.assertEqual(self._read(self.omar), [200], "the other company's row is none of his")
        with self.assertRaises(AccessError):
            self._metric(company=other).with_user(self.omar).read(["revenue"])

    def test_documents_of_the_figures(self):
        order = self._order([(self.desk, 4)], days_ago=500)
        recent = self._order([(self.desk, 2)], days_ago=3)
        self._order([(self.desk, 1)], confirm=False)
        invoice = self._invoice_order(order)
        refund = self._credit(invoice, 1)
        late = self._invoice(100, 20)
        paid = self._invoice(100, 20)
        self._pay(paid, days_ago=10)
        self.Metric._refresh()
        metric = self._metric(user=self.omar)

        def opened(action):
            return self.env[action["res_model"]].with_user(self.omar).search(action["domain"])

        self.assertEqual(opened(metric.action_open_orders()), order | recent)
        self.assertEqual(opened(metric.action_open_recent_orders()), recent)
        self.assertEqual(opened(metric.action_open_refunds()), refund)
        self.assertEqual(opened(metric.action_open_invoices()), invoice | refund | late | paid)
        self.assertEqual(opened(metric.action_open_paid_invoices()), paid)
        balance, overdue = (
            opened(action)
            for action in (metric.action_open_balance(), metric.action_open_overdue())
        )
        self.assertAlmostEqual(sum(balance.mapped("residual")), metric.open_balance)
        self.assertAlmostEqual(sum(overdue.mapped("overdue")), metric.overdue_balance)
        self.assertIn(late, overdue.move_id)
        action = metric.action_open_products()
        bought = self.env["crm.product.purchase"].with_user(self.omar).search(action["domain"])
        self.assertAlmostEqual(sum(bought.mapped("amount")), metric.revenue)
        self.assertAlmostEqual(sum(bought.mapped("margin")), metric.margin)

    def test_documents_of_recent_revenue_and_of_refunds(self):
        """Days are those of the company, and a credit note may be made out to another customer."""
        self.company.resource_calendar_id.tz = "Asia/Amman"
        start = datetime.combine(
            self.company._get_local_today() - relativedelta(months=12, days=-1), time()
        ) - timedelta(hours=3)
        orders = self.env["sale.order"]
        for minutes in (-1, 0):
            order = self._order([(self.desk, 1)], partner_invoice_id=self.badr.id)
            order.date_order = start + timedelta(minutes=minutes)
            orders += order
        refund = self._credit(self._invoice_order(orders[1]))
        self.assertEqual(refund.partner_id, self.badr)
        self.Metric._refresh()
        metric = self._metric(user=self.alia)
        self.assertEqual(metric.recent_revenue, 0)
        self.assertEqual(metric.earlier_revenue, 200)
        self.assertEqual(metric.refunded_amount, 200)
        for action, expected in (
            (metric.action_open_recent_orders(), orders[1]),
            (metric.action_open_refunds(), refund),
        ):
            found = self.env[action["res_model"]].with_user(self.alia).search(action["domain"])
            self.assertEqual(found, expected)
