from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command

from .common import TimelineCase


class TestLeadMoves(TimelineCase):
    def test_the_way_of_a_lead(self):
        # the clock of the database knows parts of a second, that of the moves does not
        now = fields.Datetime.now().replace(microsecond=999999)
        with patch.object(self.env.cr, "_now", now):
            lead = self._create_opportunity(type="lead")
        qualified = self.env["crm.stage"].create({"name": "Qualified again", "sequence": 7})
        lead.convert_opportunity(self.layla)
        lead.stage_id = qualified
        lead.action_set_lost()
        lead.action_unarchive()
        lead.action_set_won()
        rows = self._read_all(sources=["move"])
        self.assertEqual(
            [row["label"] for row in reversed(rows)],
            [
                "New Lead",
                "Became an Opportunity",
                "Stage Changed",
                "Opportunity Lost",
                "Opportunity Restored",
                "Opportunity Won",
            ],
        )
        self.assertEqual({row["title"] for row in rows}, {lead.name})
        self.assertEqual(
            {(row["res_model"], row["res_id"]) for row in rows}, {("crm.lead", lead.id)}
        )
        self.assertIn("⟶ Qualified again", rows[3]["state"])

    def test_they_follow_the_lead_to_another_customer(self):
        other = self.env["res.partner"].create({"name": "Other"})
        lead = self._create_opportunity()
        lead.partner_id = other
        self.assertFalse(self._rows(sources=["move"]))
        self.assertEqual(len(self._rows(record=other, sources=["move"])), 1)
        other.parent_id = self.haddad
        self.assertEqual(len(self._rows(sources=["move"])), 1)

    def test_moves_of_colleagues(self):
        self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        self.assertFalse(self._rows(self.omar, sources=["move"]))
        self.assertFalse(self._rows(self.cora, sources=["move"]))
        self.assertEqual(len(self._rows(self.alia, sources=["move"])), 1)


class TestOrders(TimelineCase):
    def _labels(self, **options):
        rows = self._read_all(sources=["quotation", "order"], **options)
        return [(row["source"], row["label"], row["state"]) for row in rows]

    def test_sent_then_confirmed(self):
        order = self._order(date_order="2024-05-01 10:00:00")
        self.assertEqual(self._labels(), [("order", "Quotation", "Quotation")])
        order.action_quotation_sent()
        self.assertEqual(self._labels(), [("quotation", "Quotation Sent", "Quotation Sent")])
        order.quotation_sent_at = fields.Datetime.now() - timedelta(days=1)
        order.action_confirm()
        self.assertEqual(
            self._labels(),
            [
                ("order", "Order Confirmed", "Sales Order"),
                ("quotation", "Quotation Sent", "Sales Order"),
            ],
        )
        order._action_cancel()
        self.assertEqual([label[2] for label in self._labels()], ["Cancelled", "Cancelled"])

    def test_ordered_at_once_or_cancelled_unsent(self):
        self._order().action_confirm()
        self._order(date_order="2024-05-01 10:00:00")._action_cancel()
        self.assertEqual(
            self._labels(),
            [("order", "Order Confirmed", "Sales Order"), ("order", "Quotation", "Cancelled")],
        )

    def test_sent_and_cancelled_shows_once(self):
        order = self._order(date_order="2024-05-01 10:00:00")
        order.action_quotation_sent()
        order._action_cancel()
        self.assertEqual(self._labels(), [("quotation", "Quotation Sent", "Cancelled")])

    def test_orders_follow_a_contact_to_another_customer(self):
        order = self._order(partner=self.karim)
        self.assertEqual(order.commercial_partner_id, self.haddad)
        self.karim.parent_id = False
        self.assertFalse(self._rows(sources=["order"]))
        self.assertEqual(len(self._rows(record=self.karim, sources=["order"])), 1)


class TestMoney(TimelineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user("acc", "account.group_account_invoice")

    def _payments(self, user=None, **options):
        return self._read_all(user, sources=["payment"], **options)

    def test_invoice_credit_note_payment_in_order(self):
        invoice = self._invoice()
        payment = self._pay(invoice)
        refund = invoice._reverse_moves([{"invoice_date": "2024-05-25"}])
        refund.action_post()
        rows = self._read_all(sources=["invoice", "payment"])
        self.assertEqual(
            [(row["label"], row["title"]) for row in rows],
            [
                ("Credit Note", refund.name),
                ("Payment", payment.name),
                ("Customer Invoice", invoice.name),
            ],
        )
        self.assertEqual(rows[1]["preview"], invoice.name)
        self.assertIn("200.00", rows[1]["amount"])
        self.assertEqual(rows[1]["date"], "2024-05-20 00:00:00")

    def test_one_payment_of_two_invoices_shows_once(self):
        first, second = self._invoice(), self._invoice()
        self._pay(first, second)
        [row] = self._payments(self.accountant)
        self.assertIn("400.00", row["amount"])
        self.assertEqual(row["res_model"], "account.payment")
        self.assertEqual(set(row["preview"].split(", ")), {first.name, second.name})

    def test_part_payments_show_each(self):
        invoice = self._invoice()
        for amount in (50, 30):
            self._pay(invoice, amount=amount, payment_difference_handling="open")
        amounts = sorted(row["amount"] for row in self._payments(self.accountant))
        self.assertEqual([amount.strip("$ \xa0") for amount in amounts], ["30.00", "50.00"])
        self.assertEqual(len(self._payments(self.omar)), 2)

    def test_whoever_may_read_the_invoice_sees_what_was_paid_of_it(self):
        mine, theirs = self._invoice(user=self.omar), self._invoice(user=self.sami)
        self._pay(mine, theirs)
        [row] = self._payments(self.omar)
        self.assertEqual(row["preview"], mine.name)
        self.assertIn("200.00", row["amount"], "what the other invoice got is none of his business")
        self.assertEqual((row["res_model"], row["res_id"]), ("account.move", mine.id))
        self.assertEqual(len(self._payments(self.omar, search=mine.name)), 1)
        self.assertFalse(self._payments(self.omar, search=theirs.name))
        self.assertFalse(self._payments(self.cora))
        self.assertNotIn("payment", self._get_sources(self.cora))

    def test_payments_of_foreign_invoices_are_hidden(self):
        invoice = self._invoice(user=self.sami)
        self._pay(invoice)
        page = self._page(self.omar, sources=["payment"], limit=1)
        self.assertEqual(page, {"rows": [], "cursor": None})
        self.assertEqual(len(self._payments(self.accountant)), 1)

    def _advance(self, **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.haddad.id,
                "amount": 75,
                "date": "2024-05-10",
                **values,
            }
        )
        payment.action_post()
        return payment

    def test_money_without_an_invoice_is_for_accountants(self):
        self._advance()
        [row] = self._payments(self.accountant)
        self.assertIn("75.00", row["amount"])
        self.assertFalse(self._payments(self.omar))
        self.assertFalse(self._payments(self.alia))

    def test_money_given_back_cancelled_payments_and_vendors(self):
        self._advance(payment_type="outbound")
        self._advance().action_cancel()
        self._advance(partner_type="supplier", payment_type="outbound")
        [row] = self._payments(self.accountant)
        self.assertEqual(row["label"], "Refund")

    def test_other_companies(self):
        self._pay(self._invoice())
        self.assertFalse(self._payments(self.berta))
        self.accountant.write(
            {"company_ids": [Command.set(self.berlin.ids)], "company_id": self.berlin.id}
        )
        self.assertFalse(self._payments(self.accountant))


class TestMailResults(TimelineCase):
    def test_an_email_shows_what_came_of_it(self):
        """A next step that was noted on an e-mail shows with the e-mail, not beside it."""
        order = self._order()
        message = self._write_mail(order, "Offer")
        outcome = self.env["crm.interaction.outcome"].create({"name": "Interested indeed"})
        self._log(
            name="Offer",
            message_id=message.id,
            outcome_id=outcome.id,
            next_step="Call back",
            next_step_date="2030-02-01",
        )
        rows = self._read_all(sources=["mail", "interaction"])
        self.assertEqual(self._titles(rows), ["Offer"])
        self.assertEqual(rows[0]["source"], "mail")
        self.assertEqual(
            (rows[0]["state"], rows[0]["next_step"], rows[0]["next_step_date"]),
            ("Interested indeed", "Call back", "2030-02-01"),
        )
        self.assertFalse(self._rows(self.sami))

    def test_what_came_of_a_note_stands_alone(self):
        note = self._write_mail(self._order(), subtype_xmlid="mail.mt_note")
        self._log(name="About the note", message_id=note.id)
        self.assertEqual(
            self._titles(self._read_all(sources=["mail", "interaction"])), ["About the note"]
        )


class TestBudget(TimelineCase):
    def _grow(self, contacts, documents):
        """A customer with contacts, and with so many documents and events of each kind."""
        customer = self.env["res.partner"].create({"name": "Grows", "is_company": True})
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "parent_id": customer.id} for n in range(contacts)]
        )
        for number in range(documents):
            person = people[number % contacts]
            self._log(partner=person)
            self._write_mail(self._create_opportunity(partner_id=person.id))
            order = self._order(partner=person)
            order.action_quotation_sent()
            self._write_mail(order)
            self._write_mail(person)
            self._pay(self._invoice(partner_id=person.id))
        return customer

    def _count(self, customer, **options):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        page = self._page(self.omar, customer, limit=12, **options)
        return self.cr.sql_log_count - before, page

    def test_queries_do_not_grow_with_the_history(self):
        small, large = self._grow(1, 2), self._grow(6, 12)
        for options in (
            {},
            {"sources": ["mail"]},
            {"sources": ["order", "quotation", "invoice", "payment"]},
            {"until": "2024-05-20"},
            {"search": "omar"},
            {"search": "nowhere"},
        ):
            self._count(small, **options)
            few, page = self._count(small, **options)
            many, large_page = self._count(large, **options)
            with self.subTest(options):
                self.assertLessEqual(many, few, (page["rows"], large_page["rows"]))
                self.assertGreaterEqual(len(large_page["rows"]), len(page["rows"]))
