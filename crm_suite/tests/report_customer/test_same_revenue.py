from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomerReportCase


@tagged("post_install", "-at_install")
class TestSameRevenue(CustomerReportCase):
    """The revenue of a customer is one, on whatever screen."""

    def _assert_same(self, partner, expected):
        self.env.flush_all()
        self.env["crm.customer.metric"]._refresh()
        domain = [("partner_id", "=", partner.id)]
        revenues = {
            model: self._read(model)._read_group(wanted, [], ["revenue:sum"])[0][0]
            for model, wanted in (
                ("crm.customer.metric", domain),
                ("crm.customer.value", domain),
                ("crm.customer.profit.report", domain),
                ("crm.customer.flow.report", domain),
                ("crm.retention.report", self.alone),
            )
        }
        for model, revenue in revenues.items():
            self.assertAlmostEqual(revenue, expected, 2, f"{model}: {revenues}")

    def setUp(self):
        super().setUp()
        country = self.env["res.country"].create({"name": "Alone", "code": "QU"})
        self.customer = self._create_customers(1)
        self.customer.country_id = country
        self.alone = [("country_id", "=", country.id), ("unit", "=", "month")]

    def test_delivered_without_being_ordered(self):
        self.training.invoice_policy = "delivery"
        order = self._order([(self.desk, {"price_unit": 100})], partner=self.customer)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.training.id,
                    "product_uom_qty": 0,
                    "qty_delivered": 2,
                    "price_unit": 30,
                    "tax_ids": [],
                }
            )
        ]
        self.assertEqual(order.amount_untaxed, 100)
        self._assert_same(self.customer, 160)

    def test_returned_by_an_order_below_zero(self):
        self._order_on(self.today - timedelta(days=90), self.customer, 100.0)
        back = self._order_on(self.today - timedelta(days=40), self.customer, 30.0)
        back.order_line.product_uom_qty = -1
        back.order_line.price_unit = 30
        self._order_on(self.today - timedelta(days=3), self.customer, 50.0)
        self._assert_same(self.customer, 120)
        domain = [("partner_id", "=", self.customer.id)]
        for model, counted in (
            ("crm.customer.metric", "order_count"),
            ("crm.customer.profit.report", "orders"),
            ("crm.customer.flow.report", "orders"),
        ):
            [(orders,)] = self._read(model)._read_group(domain, [], [f"{counted}:sum"])
            self.assertEqual(orders, 2, model)
        for model in ("crm.customer.metric", "crm.customer.profit.report"):
            [(refunded,)] = self._read(model)._read_group(domain, [], ["refunded_amount:sum"])
            self.assertAlmostEqual(refunded, 30, 2, model)
        # it belongs to the order before it, and to the month in which it came back
        Report = self._read("crm.retention.report")
        [alone, _month] = self.alone
        for unit, steps in (("order", [(1, 1, 70.0), (2, 1, 50.0)]), ("month", None)):
            rows = Report._read_group(
                [alone, ("unit", "=", unit)], ["step"], ["returned:sum", "revenue:sum"]
            )
            self.assertAlmostEqual(sum(row[2] for row in rows), 120, 2)
            self.assertEqual(sum(row[1] for row in rows), 2, "a return is no order")
            if steps:
                self.assertEqual(rows[:2], steps)

    def test_returned_by_who_never_ordered(self):
        back = self._order_on(self.today, self.customer, 30.0)
        back.order_line.product_uom_qty = -1
        back.order_line.price_unit = 30
        self.env.flush_all()
        for model in ("crm.customer.profit.report", "crm.customer.flow.report"):
            [(revenue,)] = self._read(model)._read_group(
                [("partner_id", "=", self.customer.id)], [], ["revenue:sum"]
            )
            self.assertAlmostEqual(revenue, -30, 2, model)
        [(new,)] = self._read("crm.customer.flow.report")._read_group(
            [("partner_id", "=", self.customer.id)], [], ["new_customers:sum"]
        )
        self.assertEqual(new, 0)

    def test_down_payment_that_was_credited(self):
        order = self._order([(self.desk, {"price_unit": 100})], partner=self.customer)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 40,
            }
        )
        wizard.create_invoices()
        down = order.invoice_ids
        down.invoice_date = self.today
        down.action_post()
        self._assert_same(self.customer, 100)
        self._invoice_order(order)
        self._assert_same(self.customer, 100)
        self._credit(down)
        self._assert_same(self.customer, 100)

    def test_credit_note_of_a_return(self):
        """The credit note that a return asks for gives nothing back again."""
        back = self._order(
            [(self.desk, {"price_unit": 30, "product_uom_qty": -1})], partner=self.customer
        )
        refund = back._create_invoices(final=True)
        refund.invoice_date = self.today
        refund.action_post()
        self.assertEqual(refund.move_type, "out_refund")
        self.env["crm.customer.metric"]._refresh()
        metric = self.env["crm.customer.metric"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((metric.order_count, metric.revenue, metric.refunded_amount), (0, -30, 30))

    def test_credit_of_what_was_delivered_without_being_ordered(self):
        self.training.invoice_policy = "delivery"
        line = {"product_uom_qty": 0, "qty_delivered": 2, "price_unit": 30}
        order = self._order([(self.training, line)], partner=self.customer)
        self._assert_same(self.customer, 60)
        self._credit(self._invoice_order(order), 1)
        self._assert_same(self.customer, 30)
