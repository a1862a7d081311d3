from odoo.fields import Command
from odoo.tests import tagged

from .common import SalesStripCase


@tagged("post_install", "-at_install")
class TestSalesStripExact(SalesStripCase):
    """The cases that a quick sum gets wrong."""

    def test_reversed_invoice_leaves_nothing(self):
        lead = self._create_opportunity([(self.desk, 3)])
        invoice = self._invoice(self._order(lead))
        self._refund(invoice)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(self._strip(lead), [600, 600, 0, 0, 0])

    def test_credit_against_an_open_invoice_is_no_payment(self):
        lead = self._create_opportunity([(self.desk, 3)])
        invoice = self._invoice(self._order(lead))
        refund = self._refund(invoice, quantity=1)
        (invoice | refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(invoice.amount_residual, 400.0)
        self.assertEqual(self._strip(lead), [600, 600, 0, 400, 0])
        self._pay(invoice, 100.0)
        self.assertEqual(self._strip(lead), [600, 600, 0, 400, 100])
        self._pay(invoice)
        self.assertEqual(self._strip(lead), [600, 600, 0, 400, 400])

    def test_down_payment_is_paid_and_settled(self):
        lead = self._create_opportunity([(self.desk, 2)])
        order = self._order(lead)
        self.env["sale.advance.payment.inv"].create(
            {"sale_order_ids": order.ids, "advance_payment_method": "fixed", "fixed_amount": 100}
        ).create_invoices()
        down_payment = order.invoice_ids
        down_payment.invoice_date = self.today
        down_payment.action_post()
        self._pay(down_payment)
        self.assertEqual(self._strip(lead), [400, 400, 0, 100, 100])
        rest = order._create_invoices(final=True)
        rest.invoice_date = self.today
        rest.action_post()
        self.assertEqual(self._strip(lead), [400, 400, 0, 400, 100])
        self._pay(rest)
        self.assertEqual(self._strip(lead), [400, 400, 0, 400, 400])

    def test_deliveries_are_not_rounded_piece_by_piece(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._order(lead, confirm=False)
        order.order_line.write({"price_unit": 100 / 3, "discount": 0})
        self.assertEqual(order.amount_untaxed, 100.0)
        order.action_confirm()
        order.order_line.qty_delivered = 3
        self.assertEqual(self._strip(lead), [100, 100, 100, 0, 0])

    def test_delivered_though_never_ordered(self):
        self.desk.taxes_id = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 25.0,
                "price_include_override": "tax_included",
                "country_id": self.company.account_fiscal_country_id.id,
            }
        )
        lead = self._create_opportunity([(self.desk, 1)])
        order = self._order(lead)
        order.order_line = [
            Command.create(
                {"product_id": self.desk.id, "product_uom_qty": 0, "qty_delivered": quantity}
            )
            for quantity in (2, 1)
        ]
        order.order_line[0].qty_delivered = 1
        self.assertEqual(self._strip(lead), [160, 160, 640, 0, 0])

    def test_opportunity_in_another_currency_than_its_order(self):
        """An opportunity without a company shows the currency of the company that looks at it."""
        currency = self.env["res.currency"].create(
            {
                "name": "XTC",
                "symbol": "X",
                "rate_ids": [
                    Command.create({"name": "2020-01-01", "rate": 2.0, "company_id": False})
                ],
            }
        )
        lead = self._create_opportunity([(self.desk, 1)])
        order = self._order(lead)
        order.order_line.qty_delivered = 1
        self._pay(self._invoice(order))
        self.env.flush_all()
        other = self.env["res.company"].create({"name": "Other", "currency_id": currency.id})
        lead.write({"company_id": False, "team_id": False, "user_id": False})
        self.seller.company_ids = [Command.link(other.id)]
        companies = [other.id, self.company.id]
        lead = lead.with_user(self.seller).with_context(allowed_company_ids=companies)
        self.env.flush_all()
        lead.invalidate_recordset()
        self.assertEqual(lead.company_currency, currency)
        self.assertEqual(
            [lead[name] for name in ("quoted_amount", "delivered_amount", "paid_amount")],
            [400.0, 400.0, 400.0],
        )
        self.assertEqual(lead.line_total, 400.0)

    def test_orders_of_one_opportunity_in_two_currencies(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XTC",
                "symbol": "X",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4.0})],
            }
        )
        lead = self._create_opportunity([(self.desk, 1)])
        first = self._order(lead)
        self.layla.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        lead.line_ids = self._prepare_lines([(self.training, 1)])
        second = self._order(lead)
        self.assertEqual((second.currency_id, second.amount_untaxed), (currency, 2000.0))
        self.assertEqual(self._strip(lead), [700, 700, 0, 0, 0])
        invoice = self._invoice(second)
        self._pay(invoice, 1000.0)
        self._invoice(first)
        self.assertEqual(self._strip(lead), [700, 700, 0, 700, 250])
        first.invoice_ids.button_draft()
        first.invoice_ids.button_cancel()
        first._action_cancel()
        self.assertEqual(self._strip(lead), [500, 500, 0, 500, 250])

    def test_invoice_of_a_colleagues_order_opens_too(self):
        lead = self._create_opportunity([(self.desk, 1)])
        order = self._order(lead)
        invoice = self._invoice(order)
        order.user_id = self.sami
        self.env.flush_all()
        self.assertEqual(self._strip(lead, self.omar), [0, 0, 0, 200, 0])
        action = lead.with_user(self.omar).action_view_invoiced()
        self.assertEqual(
            self.env["account.move"].with_user(self.omar).search(action["domain"]), invoice
        )
