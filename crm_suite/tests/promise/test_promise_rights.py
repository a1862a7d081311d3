from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MoneyCase


@tagged("post_install", "-at_install")
class TestPromiseRights(MoneyCase):
    """Who reaches the customer reaches his promises; nobody decides by hand what comes of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(300)
        cls.of_badr = cls._invoice(100, partner=cls.badr, invoice_user_id=cls.sami.id)

    def test_own_customers_only(self):
        promise = self._promise()
        Promise = self.env["crm.payment.promise"]
        for user in (self.omar, self.nora, self.alia, self.mona, self.ada):
            self.assertIn(promise, Promise.with_user(user).search([]), user.name)
        self.assertNotIn(promise, Promise.with_user(self.sami).search([]))
        with self.assertRaises(AccessError):
            promise.with_user(self.sami).read(["amount"])
        with self.assertRaises(AccessError):
            self._promise(self.sami)
        with self.assertRaises(AccessError):
            promise.with_user(self.cora).read(["amount"])

    def test_the_responsible_reaches_the_customer(self):
        self.haddad.reminder_user_id = self.sami
        promise = self._promise(self.sami)
        self.assertEqual(promise.user_id, self.sami)
        self.assertEqual(promise.amount, 300, "also what Odoo hides as the invoice of a colleague")

    def test_a_form_tells_nothing_of_others(self):
        Promise = self.env["crm.payment.promise"].with_user(self.sami)
        form = Form(Promise.with_context(default_partner_id=self.haddad.id))
        self.assertFalse(form.amount)
        self.assertFalse(form.summary)

    def test_nobody_enters_what_follows(self):
        promise = self._promise()
        for values in (
            {"state": "kept"},
            {"received_amount": 300},
            {"hold_until": self.today + timedelta(days=90)},
        ):
            with self.assertRaises(AccessError):
                promise.with_user(self.mona).write(values)
        with self.assertRaises(UserError):
            promise.with_user(self.mona).write({"date": self.today + timedelta(days=90)})
        promise.note = "He sounded honest"
        forged = self._promise(
            days=6,
            state="kept",
            received_before=-1000,
            broken_at="2020-01-01",
            hold_until="2099-01-01",
            replaced_by_id=promise.id,
        )
        self.assertEqual(
            (forged.state, forged.received_before, forged.broken_at, forged.hold_until),
            ("open", 0, False, forged.date),
        )
        self.assertFalse(forged.replaced_by_id)
        Promise = self.env["crm.payment.promise"].with_user(self.omar)
        forged = Promise.with_context(default_state="kept", default_kept_rate=100).create(
            {"partner_id": self.haddad.id, "date": self.today}
        )
        self.assertEqual((forged.state, forged.kept_rate), ("open", 0))
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.ada).write({"promise_id": forged.id})
        with self.assertRaises(UserError):
            forged.copy()
        with self.assertRaises(AccessError):
            forged.with_user(self.ada).unlink()

    def test_others_interactions_and_invoices(self):
        call = self.env["crm.interaction"].create(
            {"partner_id": self.badr.id, "user_id": self.sami.id}
        )
        with self.assertRaises(AccessError):
            self._promise(interaction_id=call.id)
        promise = self._promise().with_user(self.omar)
        with self.assertRaises(AccessError):
            promise.interaction_id = call

    def test_payments_are_entered_without_any_right_on_promises(self):
        promise = self._promise()
        clerk = self._create_user("clerk", "account.group_account_invoice")
        (
            self.env["account.payment.register"]
            .with_user(clerk)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.bank.id})
            ._create_payments()
        )
        self.assertEqual(promise.state, "kept")

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.alia.company_ids |= other
        promise = self._promise()
        Promise = self.env["crm.payment.promise"].with_user(self.alia)
        self.assertNotIn(promise, Promise.with_context(allowed_company_ids=other.ids).search([]))

    def test_screens(self):
        promise = self._promise()
        with Form(promise.with_user(self.omar)) as form:
            form.note = "On the phone"
        for kind in ("list", "kanban", "graph", "pivot", "search", "calendar"):
            self.env["crm.payment.promise"].with_user(self.ada).get_view(view_type=kind)
        self.assertEqual(promise.action_replace()["context"]["default_move_ids"], self.invoice.ids)
        self.assertTrue(promise.action_view_invoices()["domain"])
        self.assertTrue(self.layla.action_view_promises()["domain"])
