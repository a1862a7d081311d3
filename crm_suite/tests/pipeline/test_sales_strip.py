from lxml import etree

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import STRIP, SalesStripCase


@tagged("post_install", "-at_install")
class TestSalesStrip(SalesStripCase):
    def test_every_step_moves_the_strip(self):
        """From the opportunity to the money, through the screens that people use."""
        lead = self._create_opportunity([(self.desk, 3), (self.training, 1)])
        self.assertEqual(self._strip(lead), [0, 0, 0, 0, 0])

        order = self._order(lead, confirm=False)
        self.assertEqual(self._strip(lead), [1100, 0, 0, 0, 0])

        action = order.action_quotation_send()
        composer = Form(self.env["mail.compose.message"].with_context(**action["context"])).save()
        with self.mock_mail_gateway():
            composer._action_send_mail()
        self.assertEqual(order.state, "sent")
        mail = order.message_ids.filtered(lambda message: message.message_type == "comment")[:1]
        self.assertIn(self.layla, mail.partner_ids)
        # tests render reports as HTML
        self.assertIn(f"Quotation - {order.name}", mail.attachment_ids.name)

        order.action_confirm()
        self.assertEqual(self._strip(lead), [1100, 1100, 0, 0, 0])

        order.order_line[0].qty_delivered = 2
        self.assertEqual(self._strip(lead), [1100, 1100, 400, 0, 0])

        invoice = self._invoice(order)
        self.assertEqual(self._strip(lead), [1100, 1100, 400, 1100, 0])
        with self.mock_mail_gateway():
            self.env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"sending_methods": ["email"]}).action_send_and_print()
        self.assertTrue(invoice.is_move_sent)
        self.assertTrue(invoice.invoice_pdf_report_id)

        self._pay(invoice, 275.0)
        self.assertEqual(self._strip(lead), [1100, 1100, 400, 1100, 275])
        self._pay(invoice)
        self.assertEqual(self._strip(lead), [1100, 1100, 400, 1100, 1100])

    def test_draft_and_cancelled_documents_do_not_count(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._order(lead)
        invoice = order._create_invoices()
        self.assertEqual(self._strip(lead), [600, 600, 0, 0, 0])
        invoice.button_cancel()
        self.assertEqual(self._strip(lead), [600, 600, 0, 0, 0])
        order._action_cancel()
        self.assertEqual(self._strip(lead), [0, 0, 0, 0, 0])

    def test_credit_notes_are_negative(self):
        lead = self._create_opportunity([(self.desk, 3)])
        invoice = self._invoice(self._order(lead))
        self._pay(invoice)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": self.today})
        )
        refund = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        refund.invoice_line_ids.quantity = 1
        refund.action_post()
        self.assertEqual(self._strip(lead), [600, 600, 0, 400, 600])
        self._pay(refund)
        self.assertEqual(self._strip(lead), [600, 600, 0, 400, 400])

    def test_partial_payment_of_a_taxed_invoice_counts_without_tax(self):
        self.desk.taxes_id = self.env["account.tax"].create({"name": "15", "amount": 15.0})
        lead = self._create_opportunity([(self.desk, 1)])
        invoice = self._invoice(self._order(lead))
        self.assertEqual(invoice.amount_total, 230.0)
        self._pay(invoice, 115.0)
        self.assertEqual(self._strip(lead), [200, 200, 0, 200, 100])

    def test_foreign_currency_at_the_date_of_each_document(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XTC",
                "symbol": "X",
                "rate_ids": [
                    Command.create({"name": "2020-01-01", "rate": 2.0}),
                    Command.create({"name": "2020-02-01", "rate": 4.0}),
                    Command.create({"name": "2020-03-01", "rate": 8.0}),
                ],
            }
        )
        self.layla.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Abroad",
                "currency_id": currency.id,
                "item_ids": [Command.create({"compute_price": "fixed", "fixed_price": 800.0})],
            }
        )
        lead = self._create_opportunity()
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": lead.id,
                "date_order": "2020-01-15",
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
        self.assertEqual(order.currency_id, currency)
        self.assertEqual(self._strip(lead), [400, 0, 0, 0, 0])
        order.action_confirm()
        order.date_order = "2020-02-15"
        order.order_line.qty_delivered = 0.5
        self.assertEqual(self._strip(lead), [200, 200, 100, 0, 0])
        invoice = self._invoice(order, "2020-03-15")
        self.assertEqual(self._strip(lead), [200, 200, 100, 100, 0])
        self._pay(invoice, 400.0)
        self.assertEqual(self._strip(lead), [200, 200, 100, 100, 50])

    def test_an_invoice_of_two_opportunities_is_shared_out(self):
        first = self._create_opportunity([(self.desk, 1)])
        second = self._create_opportunity([(self.training, 1)], name="Trainings")
        orders = self._order(first) | self._order(second)
        invoice = orders._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.invoice_date = self.today
        invoice.action_post()
        self._pay(invoice, 350.0)
        self.assertEqual(self._strip(first), [200, 200, 0, 200, 100])
        self.assertEqual(self._strip(second), [500, 500, 0, 500, 250])

    def test_down_payment_is_not_delivered_nor_invoiced_twice(self):
        lead = self._create_opportunity([(self.desk, 1)])
        order = self._order(lead)
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "percentage",
                "amount": 50.0,
            }
        ).create_invoices()
        down_payment = order.invoice_ids
        down_payment.invoice_date = self.today
        down_payment.action_post()
        self.assertEqual(self._strip(lead), [200, 200, 0, 100, 0])
        rest = order._create_invoices(final=True)
        rest.invoice_date = self.today
        rest.action_post()
        self.assertEqual(self._strip(lead), [200, 200, 0, 200, 0])

    def test_only_readable_documents_count(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._order(lead)
        self._invoice(order)
        self.assertEqual(self._strip(lead, self.omar), [600, 600, 0, 600, 0])
        order.user_id = self.sami
        order.invoice_ids.invoice_user_id = self.sami
        self.assertEqual(self._strip(lead, self.omar), [0, 0, 0, 0, 0])
        self.assertEqual(self._strip(lead, self.alia), [600, 600, 0, 600, 0])

    def test_each_amount_opens_its_documents(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._order(lead)
        order.order_line.qty_delivered = 1
        invoice = self._invoice(order)
        self._pay(invoice, 100.0)
        lead = lead.with_user(self.seller)
        for name, documents in [
            ("action_view_quoted", order),
            ("action_view_ordered", order),
            ("action_view_delivered", order),
            ("action_view_invoiced", invoice),
            ("action_view_paid", invoice),
        ]:
            action = getattr(lead, name)()
            found = self.env[action["res_model"]].with_user(self.seller).search(action["domain"])
            self.assertEqual(found, documents, name)

    def test_what_opens_has_its_own_name_and_says_when_it_is_empty(self):
        lead = self._create_opportunity([(self.desk, 3)]).with_user(self.seller)
        for name, title, empty in [
            ("action_view_quoted", "Quotations", "Nothing has been quoted yet"),
            ("action_view_ordered", "Orders", "Nothing has been ordered yet"),
            ("action_view_delivered", "Delivered Orders", "Nothing has been delivered yet"),
            ("action_view_invoiced", "Invoices", "Nothing has been invoiced yet"),
            ("action_view_paid", "Paid Invoices", "Nothing has been paid yet"),
        ]:
            action = getattr(lead, name)()
            # the client prefers the display name
            self.assertEqual((action["name"], action["display_name"]), (title, title))
            self.assertIn(empty, action["help"])

    def test_salespeople_open_the_invoices_of_their_orders(self):
        lead = self._create_opportunity([(self.desk, 3)])
        order = self._order(lead)
        order.user_id = self.omar
        invoice = self._invoice(order)
        self._pay(invoice, 100.0)
        self.env.invalidate_all()
        self.assertFalse(self.env["account.payment"].with_user(self.omar).has_access("read"))
        form = Form(invoice.with_user(self.omar), view="account.view_move_form")
        self.assertEqual(form.payment_count, 0)
        self.assertEqual(invoice.payment_count, 1)

    def test_a_list_needs_no_query_per_record(self):
        leads = self.env["crm.lead"]
        for number in range(6):
            lead = self._create_opportunity([(self.desk, 1)], name=f"Number {number}")
            self._invoice(self._order(lead))
            leads |= lead
        self.env.flush_all()
        fetch = {name: {} for name in STRIP}

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_user(self.seller).web_read(fetch)
            return self.env.cr.sql_log_count - before

        count(leads)
        self.assertLessEqual(count(leads), count(leads[:2]))
        self.assertEqual([lead.paid_amount for lead in leads], [0.0] * 6)

    def test_form_and_list_show_the_strip(self):
        lead = self._create_opportunity([(self.desk, 3)])
        self._order(lead)
        form = Form(lead.with_user(self.omar), view="crm.crm_lead_view_form")
        self.assertEqual(form.quoted_amount, 600.0)
        arch = self.env["crm.lead"].get_view(
            self.env.ref("crm.crm_case_tree_view_oppor").id, "list"
        )["arch"]
        for name in ("quoted_amount", "ordered_amount", "invoiced_amount", "paid_amount"):
            self.assertIn(f'name="{name}"', arch)
        self.assertEqual(self.env["crm.lead"].new({"name": "New"}).quoted_amount, 0.0)

    def test_narrow_screens_keep_what_is_used_most(self):
        arch = (
            self.env["crm.lead"]
            .with_user(self.omar)
            .get_view(self.env.ref("crm.crm_lead_view_form").id, "form")["arch"]
        )
        buttons = etree.fromstring(arch).xpath(
            "//div[@name='button_box']/*[self::button or self::widget]/@name"
        )
        self.assertEqual(set(buttons[:2]), {"action_view_score", "crm_log_buttons"})
