from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestOrders(TriggerCommon):
    """Quotations, orders and invoices."""

    def test_a_quotation_is_sent(self):
        people = self._start("quotation_sent")
        quotations = self._start("quotation_sent", model="sale.order")
        draft, sent = self._order(self.emre), self._order(self.amal)
        sent.action_quotation_sent()
        self._check_who(people, self.amal)
        self._check_who(quotations, sent)
        self.assertNotIn(draft, self._who(quotations))

    def test_an_order_is_confirmed(self):
        people = self._start("order_confirmed")
        orders = self._start("order_confirmed", model="sale.order")
        order = self._order(self.amal)
        self._check_who(people, self.env["res.partner"])
        order.action_confirm()
        self._check_who(people, self.amal)
        self._check_who(orders, order)
        self.assertEqual(self._participants(people).entry["order"], order.id)

    def test_an_order_that_is_confirmed_at_once(self):
        journey = self._start("order_confirmed")
        self._order(self.amal, state="sale")
        self._check_who(journey, self.amal)

    def test_a_change_of_an_order_is_no_order(self):
        order = self._order(self.amal)
        order.action_confirm()
        self.env.flush_all()
        before = self.env["crm.journey.event"].search_count([])
        order.write({"state": "sale", "client_order_ref": "X"})
        self.env.flush_all()
        self.assertEqual(self.env["crm.journey.event"].search_count([]), before)

    def test_orders_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        journey = self._start("order_confirmed")
        order = self._order(self.amal)
        order.action_confirm()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, order.id]
        )
        self.env.invalidate_all()
        self._check_who(journey, self.env["res.partner"])

    def test_the_opportunity_of_a_quotation(self):
        lead = self.env["crm.lead"].create(
            {"name": "Tea", "partner_id": self.amal.id, "type": "opportunity"}
        )
        journey = self._start("quotation_sent", model="crm.lead")
        self._order(self.amal, opportunity_id=lead.id).action_quotation_sent()
        self._order(self.emre).action_quotation_sent()
        self._check_who(journey, lead)

    def test_what_noting_costs(self):
        self._start("segment_enter", segment_id=self.segment.id)
        orders = self.env["sale.order"].concat(*(self._order(self.amal) for _number in range(10)))
        self.env.flush_all()
        self.env["crm.journey"]._get_listened()
        with self.assertQueryCount(2):
            # what noting adds, not what orders do
            self.env["crm.journey.event"]._note("order_confirmed", "sale.order", orders.ids)
            self.env["crm.journey.event"]._note_engagement(self.events.browse())

    def _start_overdue(self, days, model="res.partner"):
        name = "id" if model == "res.partner" else "partner_id"
        return self._start(
            "invoice_overdue",
            model=model,
            amount=days,
            unit="days",
            launched_at=fields.Datetime.now() - timedelta(days=60),
            # not those of the database of the test
            domain=repr([(name, "in", (self.amal + self.emre + self.basil).ids)]),
        )

    def test_an_overdue_invoice(self):
        today = fields.Date.today()
        people = self._start_overdue(5)
        invoices = self._start_overdue(5, "account.move")
        overdue, fresh, paid = (
            self._invoice(
                partner,
                invoice_date=today - timedelta(days=40),
                invoice_date_due=today - timedelta(days=days),
                invoice_payment_term_id=False,
            )
            for partner, days in ((self.amal, 6), (self.emre, 2), (self.basil, 6))
        )
        self._pay(paid)
        self._check_who(people, self.amal)
        self._check_who(invoices, overdue)
        self.assertNotIn(fresh, self._who(invoices))

    def test_an_invoice_that_was_overdue_long_ago(self):
        today = fields.Date.today()
        journey = self._start_overdue(5)
        self._invoice(
            self.amal,
            invoice_date=today - timedelta(days=40),
            invoice_date_due=today - timedelta(days=30),
            invoice_payment_term_id=False,
        )
        self._check_who(journey, self.env["res.partner"])

    def test_a_credit_note_is_not_overdue(self):
        today = fields.Date.today()
        journey = self._start_overdue(0)
        self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.amal.id,
                "invoice_date": today - timedelta(days=3),
                "invoice_date_due": today - timedelta(days=3),
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "tax_ids": False})
                ],
            }
        ).action_post()
        self._check_who(journey, self.env["res.partner"])
