from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MoneyCase


@tagged("post_install", "-at_install")
class TestPromise(MoneyCase):
    """A customer promises to pay, and pays, or does not."""

    def test_two_clicks_from_the_customer(self):
        overdue = self._invoice(300, 20) | self._invoice(200, 5)
        self._invoice(1000, -20)  # not due yet
        action = self.layla.with_user(self.omar).action_promise_payment()
        Promise = self.env["crm.payment.promise"].with_user(self.omar)
        with Form(
            Promise.with_context(**action["context"]),
            view="crm_suite.crm_payment_promise_view_form_dialog",
        ) as form:
            self.assertEqual(form.partner_id, self.haddad)
            self.assertEqual(form.contact_id, self.layla)
            self.assertEqual(form.amount, 500)
            self.assertEqual(form.date, self.today + timedelta(days=7))
            self.assertEqual(form.user_id, self.omar)
        promise = form.record
        self.assertEqual(promise.move_ids, overdue)
        self.assertEqual(overdue.promise_id, promise)
        self.assertEqual(promise.state, "open")
        self.assertIn(overdue[0].name, promise.move_names)
        self.assertIn("500", promise.display_name)

    def test_from_an_invoice_and_a_call(self):
        invoice, other = self._invoice(300), self._invoice(200)
        action = invoice.with_user(self.omar).action_promise_payment()
        Promise = self.env["crm.payment.promise"].with_user(self.omar)
        promise = Form(Promise.with_context(**action["context"])).save()
        self.assertEqual((promise.move_ids, promise.amount), (invoice, 300))
        self.assertFalse(other.promise_id)
        call = self.env["crm.interaction"].create(
            {"partner_id": self.layla.id, "user_id": self.omar.id}
        )
        action = call.with_user(self.omar).action_promise_payment()
        promise = Form(Promise.with_context(**action["context"])).save()
        self.assertEqual(promise.interaction_id, call)
        self.assertEqual(call.promise_ids, promise)
        self.assertEqual(promise.amount, 500)

    def test_a_call_with_a_customer_who_is_not_late_asks_for_no_promise(self):
        call = self.env["crm.interaction"].with_user(self.omar)
        call = call.create({"partner_id": self.haddad.id})
        self.assertFalse(call.is_overdue_customer)
        self._invoice(100)
        self.env.invalidate_all()
        self.assertTrue(call.is_overdue_customer)

    def test_reminders_are_held_until_the_day(self):
        invoice, other = self._invoice(300), self._invoice(100)
        promise = self._promise(move_ids=invoice.ids)
        holds = (invoice | other).with_user(self.omar)._get_reminder_holds()
        self.assertEqual(set(holds), {invoice.id})
        self.assertIn("promised", holds[invoice.id])
        # also where the job has not run yet
        promise.sudo().hold_until = self.today
        self.assertTrue(invoice._get_reminder_holds())
        promise.sudo().hold_until = self.today - timedelta(days=1)
        self.assertFalse(invoice._get_reminder_holds())

    def test_kept(self):
        invoice = self._invoice(300) | self._invoice(200)
        promise = self._promise()
        self._pay(invoice[0])
        self.assertEqual((promise.state, promise.received_amount), ("open", 300))
        self._pay(invoice[1])
        self.assertEqual((promise.state, promise.received_amount), ("kept", 500))
        self.assertTrue(promise.kept_at)
        self.assertFalse(invoice.promise_id, "what is settled holds nothing")
        self._let_pass(promise, 30)
        self.assertEqual(promise.state, "kept")

    def test_broken_and_reminded_again(self):
        invoice = self._invoice(300)
        promise = self._promise()
        self._let_pass(promise, 5)
        self.assertEqual(promise.state, "open", "the promised day is not over")
        self._pay(invoice, 299.99)
        self._let_pass(promise, 1)
        self.assertEqual(promise.state, "broken")
        self.assertEqual(promise.received_amount, 299.99)
        self.assertTrue(promise.broken_at)
        self.assertFalse(invoice.promise_id)
        self.assertFalse(invoice._get_reminder_holds())

    def test_a_part_counts_what_came(self):
        invoice = self._invoice(1000)
        self._pay(invoice, 150)
        promise = self._promise(amount=400)
        self.assertEqual(promise.received_before, 150)
        self._pay(invoice, 250)
        self.assertEqual((promise.state, promise.received_amount), ("open", 250))
        self._pay(invoice, 150)
        self.assertEqual((promise.state, promise.received_amount), ("kept", 400))
        self.assertEqual(invoice.amount_residual, 450, "he promised a part only")

    def test_the_day_of_the_payment_counts_not_that_of_the_entry(self):
        invoice = self._invoice(300)
        promise = self._promise()
        self._let_pass(promise, 7)
        self.assertEqual(promise.state, "broken")
        self._pay(invoice, days_ago=2)
        self.assertEqual(promise.state, "kept", "the bank statement was entered late")
        # the cheque bounces
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual((promise.state, promise.received_amount), ("broken", 0))
        self._pay(invoice, days_ago=1)
        self.assertEqual((promise.state, promise.received_amount), ("broken", 300), "too late")

    def test_a_payment_that_bounces_opens_the_promise(self):
        invoice = self._invoice(300)
        promise = self._promise()
        self._pay(invoice)
        self.assertEqual(promise.state, "kept")
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(promise.state, "open")
        self.assertFalse(promise.kept_at)
        self.assertEqual(invoice.promise_id, promise)
        self.assertTrue(invoice._get_reminder_holds())

    def test_credit_notes_are_no_payment(self):
        invoice = self._invoice(300)
        promise = self._promise()
        self._refund(invoice, 100)
        self.assertEqual((promise.state, promise.received_amount), ("open", 0))
        self._pay(invoice)
        self.assertEqual((promise.state, promise.received_amount), ("kept", 200))
        other = self._invoice(50)
        promise = self._promise()
        self._refund(other, 50)
        self.assertEqual(promise.state, "cancelled", "nothing is left to pay")
        self.assertTrue(promise.cancel_reason)

    def test_cancelled_invoice(self):
        invoice = self._invoice(300)
        promise = self._promise()
        invoice.button_draft()
        invoice.button_cancel()
        self._let_pass(promise, 6)
        self.assertEqual(promise.state, "cancelled")

    def test_currencies(self):
        home = self._invoice(100)
        abroad = self._invoice(100, currency_id=self.foreign.id)
        promise = self._promise(move_ids=abroad.ids)
        self.assertEqual((promise.currency_id, promise.amount), (self.foreign, 100))
        self._pay(abroad)
        self.assertEqual((promise.state, promise.received_amount), ("kept", 100))
        other = self._invoice(80, currency_id=self.foreign.id)
        promise = self._promise()
        self.assertEqual(promise.move_ids, home | other)
        # 80 at a rate of 2 are 40
        self.assertEqual((promise.currency_id, promise.amount), (self.company.currency_id, 140))
        self._pay(other)
        self.assertEqual((promise.state, promise.received_amount), ("open", 40))
        self._pay(home)
        self.assertEqual((promise.state, promise.received_amount), ("kept", 140))

    def test_paid_in_another_currency(self):
        abroad = self._invoice(100, currency_id=self.foreign.id)
        promise = self._promise()
        self._pay(abroad, currency=self.company.currency_id)
        self.assertEqual(abroad.amount_residual, 0)
        self.assertEqual((promise.state, promise.received_amount), ("kept", 100))

    def test_a_newer_promise_replaces_the_older(self):
        invoice, other = self._invoice(300), self._invoice(100)
        first = self._promise(move_ids=invoice.ids)
        second = self._promise(move_ids=other.ids)
        third = self._promise(days=9)
        self.assertEqual((first | second).mapped("state"), ["cancelled", "cancelled"])
        self.assertEqual((first | second).replaced_by_id, third)
        self.assertIn("Replaced", first.cancel_reason)
        self.assertEqual((invoice | other).promise_id, third)
        dialog = Form(
            self.env["crm.payment.promise"].with_context(default_partner_id=self.haddad.id)
        )
        self.assertIn(third.display_name, dialog.replaces)

    def test_cancel_with_a_reason(self):
        invoice = self._invoice(300)
        promise = self._promise()
        wizard = (
            self.env["crm.payment.promise.cancel"]
            .with_user(self.omar)
            .with_context(**promise.action_cancel()["context"])
        )
        with self.assertRaises(UserError):
            wizard.create({"reason": "  "}).action_confirm()
        wizard.create({"reason": "A mistake"}).action_confirm()
        self.assertEqual((promise.state, promise.cancel_reason), ("cancelled", "A mistake"))
        self.assertFalse(invoice.promise_id)
        with self.assertRaises(UserError):
            wizard.create({"reason": "Again"}).action_confirm()

    def test_days_and_amounts_out_of_bounds(self):
        self._invoice(300)
        self._promise(days=0)
        for values in (
            {"days": -1},
            {"days": 400},
            {"amount": 300.01},
            {"amount": -5},
            {"partner_id": self.badr.id, "user": self.alia, "contact_id": False},
        ):
            with self.subTest(values), self.assertRaises(Exception) as caught, self.cr.savepoint():
                self._promise(**values)
            self.assertIsInstance(caught.exception, ValidationError)

    def test_invoices_that_cannot_be_promised(self):
        self._invoice(300)
        paid, draft = self._invoice(100), self._invoice(100, post=False)
        self._pay(paid)
        foreign = self._invoice(100, partner=self.badr)
        credit = self._invoice(10, move_type="out_refund")
        for moves in (paid, draft, foreign, credit):
            with self.assertRaises(ValidationError):
                self._promise(move_ids=moves.ids)

    def test_what_is_disputed_is_not_meant(self):
        invoice, disputed = self._invoice(300), self._invoice(100)
        disputed.with_user(self.omar)._dispute(self.env.ref("crm_suite.dispute_reason_price"))
        self.assertEqual(self._promise().move_ids, invoice)

    def test_the_day_ends_where_the_company_is(self):
        self.company.resource_calendar_id.tz = "Asia/Tokyo"  # nine hours ahead
        self._invoice(300)
        promise = self._promise()
        day = promise.date
        late = fields.Datetime.to_datetime(day) + timedelta(hours=14, minutes=59)
        with freeze_time(late):
            self._run_settle()
        self.assertEqual(promise.state, "open")
        with freeze_time(late + timedelta(minutes=2)):
            self._run_settle()
        self.assertEqual(promise.state, "broken")

    def test_days_of_grace(self):
        self.company.promise_grace_days = 2
        invoice = self._invoice(300)
        promise = self._promise()
        self.assertEqual(promise.hold_until, promise.date + timedelta(days=2))
        self._let_pass(promise, 7)
        self.assertEqual(promise.state, "open")
        self._pay(invoice)
        self.assertEqual(promise.state, "kept")

    def test_the_customer_follows_the_contact(self):
        self._invoice(300)
        promise = self._promise()
        group = self.env["res.partner"].create({"name": "Haddad Group", "is_company": True})
        other = self.haddad.copy({"name": "Haddad Trade"})
        self._invoice(100, partner=other)
        of_other = self._promise(partner_id=other.id, contact_id=False)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (other | self.haddad).ids, self.haddad
        )
        self.assertEqual(of_other.partner_id, self.haddad)
        self.haddad.write({"is_company": False, "parent_id": group.id})
        self.assertEqual((promise | of_other).partner_id, group)

    def test_kept_rate(self):
        for days in range(4):
            invoice = self._invoice(100 + days)
            promise = self._promise(move_ids=invoice.ids)
            if days < 1:
                self._pay(invoice)
            elif days < 3:
                self._let_pass(promise, 6)
        self.assertEqual(self.layla.promise_count, 4)
        self.assertAlmostEqual(self.layla.promise_kept_rate, 100 / 3)
        [[rate]] = self.env["crm.payment.promise"]._read_group(
            [("partner_id", "=", self.haddad.id)], [], ["kept_rate:avg"]
        )
        self.assertAlmostEqual(float(rate), 100 / 3)
        self.assertFalse(self.badr.has_settled_promise)

    def test_the_history_shows_it_given_and_broken(self):
        self._invoice(300)
        promise = self._promise(note="On Sunday, God willing")
        self._let_pass(promise, 6)
        timeline = self.env["crm.timeline"].with_user(self.omar)
        sources = ["promise", "promise_broken"]
        page = timeline.get_page("res.partner", self.layla.id, sources=sources)
        self.assertEqual({row["source"] for row in page["rows"]}, set(sources))
        self.assertTrue(all("300" in row["amount"] for row in page["rows"]))
        found = timeline.get_page("res.partner", self.layla.id, sources=sources, search="sunday")
        self.assertEqual(len(found["rows"]), 2)
        self.assertFalse(
            self.env["crm.timeline"]
            .with_user(self.sami)
            .get_page("res.partner", self.layla.id, sources=sources)["rows"]
        )

    def test_many_payments_cost_one_look(self):
        moves = self.env["account.move"].concat(*(self._invoice(10) for _i in range(5)))
        lines = moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        partials = self.env["account.partial.reconcile"].search([], limit=50)
        self.assertTrue(lines)
        self.env["crm.payment.promise"].flush_model()
        with self.assertQueryCount(3):  # the matchings, their promises
            partials.invalidate_recordset()
            partials._get_promises()
