from datetime import timedelta

from odoo.tests import tagged

from ..promise.common import MoneyCase
from .common import AutomationCase


@tagged("post_install", "-at_install")
class TestCollection(MoneyCase, AutomationCase):
    """Invoices that are due or overdue, broken promises, customers of whom nobody hears."""

    def _mails_of(self, move):
        return self._new_mails.filtered(
            lambda mail: mail.model == "account.move" and mail.res_id == move.id
        )

    def test_due_soon_is_told_once_in_the_language_of_the_customer(self):
        self._switch_on("invoice_due_soon", since_days=2)
        self.haddad.lang = "ar_001"
        self.env.ref("crm_suite.mail_template_invoice_due_soon").with_context(
            lang="ar_001"
        ).subject = "الفاتورة {{ object.name }}"
        soon, later, past = self._invoice(100, -2), self._invoice(100, -9), self._invoice(100, 3)
        disputed, promised, paid = (self._invoice(amount, -2) for amount in (50, 60, 70))
        disputed._dispute(self.env.ref("crm_suite.dispute_reason_price"))
        self._promise(move_ids=promised.ids)
        self._pay(paid)
        silent = self._invoice(100, -2, partner=self.badr)
        self.badr.write({"reminder_mode": "none", "reminder_none_reason": "Friend"})
        self._run_cron()
        mail = self._mails_of(soon)
        self.assertEqual(mail.mapped("subject"), [f"الفاتورة {soon.name}"])
        self.assertIn(self.haddad, mail.recipient_ids)
        self.assertIn('dir="rtl"', mail.body_html)
        for move in (later, past, disputed, promised, paid, silent):
            self.assertFalse(self._mails_of(move))
        # a change of the due date is no second notice
        soon.invoice_date_due = self.today + timedelta(days=3)
        self._rule("invoice_due_soon").last_run = self.now - timedelta(days=2)
        self._run_cron()
        self.assertFalse(self._mails_of(soon))

    def test_overdue_is_a_to_do_for_the_responsible(self):
        self._switch_on("invoice_overdue", since_days=3)
        late = self._invoice(100, 2)
        today, old = self._invoice(100, 0), self._invoice(100, 30)
        disputed, paid = self._invoice(50, 2), self._invoice(60, 2)
        disputed._dispute(self.env.ref("crm_suite.dispute_reason_price"))
        self._pay(paid)
        self.badr.reminder_user_id = self.alia
        of_alia = self._invoice(100, 2, partner=self.badr)
        for _run in range(2):
            self._run_cron()
        kind = self.env.ref("crm_suite.mail_activity_type_overdue")
        self.assertRecordValues(
            late.activity_ids, [{"user_id": self.omar.id, "activity_type_id": kind.id}]
        )
        self.assertEqual(of_alia.activity_ids.user_id, self.alia)
        self.assertFalse((today | old | disputed | paid).activity_ids)
        late.activity_ids.unlink()
        self._rule("invoice_overdue").last_run = self.now - timedelta(days=3)
        self._run_cron()
        self.assertFalse(late.activity_ids, "once")

    def test_a_part_that_is_overdue(self):
        self._switch_on("invoice_overdue", since_days=3)
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        move = self._invoice(100, 2, invoice_payment_term_id=terms.id, invoice_date_due=False)
        self.assertGreater(move.invoice_date_due, self.today)
        self.assertEqual(move.next_due_date, self.today - timedelta(days=2))
        Move = self.env["account.move"]
        for operator, day, found in (
            ("<=", self.today, True),
            ("<", move.next_due_date, False),
            (">", self.today, False),
            (">=", move.next_due_date, True),
            ("=", move.next_due_date, True),
            ("=", False, False),
        ):
            domain = [("id", "=", move.id), ("next_due_date", operator, day)]
            self.assertEqual(bool(Move.search(domain)), found, operator)
        self._run_cron()
        self.assertTrue(move.activity_ids)

    def test_a_broken_promise_is_a_to_do(self):
        self._switch_on("promise_broken")
        self._invoice(300)
        promise = self._promise()
        self._let_pass(promise, 6)
        kind = self.env.ref("crm_suite.mail_activity_type_promise_broken")
        self.assertRecordValues(
            promise.activity_ids, [{"user_id": self.omar.id, "activity_type_id": kind.id}]
        )
        self._run_settle()
        self.assertEqual(len(promise.activity_ids), 1)
        self._pay(promise.move_ids, days_ago=2)
        self.assertEqual(promise.state, "kept")
        self.assertFalse(promise.activity_ids, "it was kept after all")

    def test_silence_is_noted_once(self):
        self._switch_on("customer_silent", since_days=5)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "order_line": [(0, 0, {"product_id": self.desk.id})],
            }
        )
        self._run_cron()
        self.assertFalse(self.haddad.silent_since, "a quotation is no order")
        order.action_confirm()
        order.date_order = self.now - timedelta(days=200)
        call = self.env["crm.interaction"].create(
            {"partner_id": self.layla.id, "date": self.now - timedelta(days=92)}
        )
        self.env["crm.interaction"].create(
            {"partner_id": self.badr.id, "date": self.now - timedelta(days=92)}
        )
        self.env.invalidate_all()
        self.assertEqual(self.haddad.silent_since, call.date)
        self._rule("customer_silent").last_run = self.now - timedelta(days=5)
        self._run_cron()
        kind = self.env.ref("crm_suite.mail_activity_type_silence")
        self.assertRecordValues(
            self.haddad.activity_ids, [{"user_id": self.omar.id, "activity_type_id": kind.id}]
        )
        self.assertFalse(self.layla.activity_ids | self.badr.activity_ids)
        # a longer delay is no second word about the same silence
        self.haddad.activity_ids.unlink()
        self._rule("customer_silent").write(
            {"trg_date_range": 91, "last_run": self.now - timedelta(days=5)}
        )
        self._run_cron()
        self.assertFalse(self.haddad.activity_ids)
        # a contact, and silence again
        self.haddad.silence_noted_at = self.now - timedelta(days=100)
        self._rule("customer_silent").last_run = self.now - timedelta(days=5)
        self._run_cron()
        self.assertTrue(self.haddad.activity_ids)

    def test_an_order_ends_the_silence(self):
        self._switch_on("customer_silent", since_days=5)
        for days in (92, 10):
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.haddad.id,
                    "order_line": [(0, 0, {"product_id": self.desk.id})],
                }
            )
            order.action_confirm()
            order.date_order = self.now - timedelta(days=days)
        self._run_cron()
        self.assertFalse(self.haddad.activity_ids)
