from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tests import tagged

from .receivable_common import ReceivableCase

AGES = ["not_due", "overdue_30", "overdue_60", "overdue_90", "overdue_more", "credit"]


@tagged("post_install", "-at_install")
class TestReceivable(ReceivableCase):
    """Who owes how much for how long."""

    def test_ages(self):
        for days, age in (
            (-5, "not_due"),
            (0, "not_due"),
            (1, "overdue_30"),
            (30, "overdue_30"),
            (31, "overdue_60"),
            (60, "overdue_60"),
            (61, "overdue_90"),
            (90, "overdue_90"),
            (91, "overdue_more"),
        ):
            row = self._row(self._invoice(100, days))
            self.assertEqual(row.age, age, days)
            self.assertEqual([row[name] for name in AGES], [100.0 * (name == age) for name in AGES])
            self.assertEqual(row.days_overdue, max(days, 0))
            self.assertEqual(row.is_overdue, days > 0)
            self.assertEqual(row.due_date, self.today - timedelta(days=days))
        row = self._customer()
        self.assertEqual([row[name] for name in AGES], [200, 200, 200, 200, 100, 0])
        self.assertEqual((row.residual, row.overdue, row.document_count), (900, 700, 9))
        self.assertEqual(row.days_overdue, 91)

    def test_each_part_by_its_own_due_date(self):
        move = self._in_parts((30, 40), (70, -20))
        rows = self._row(move)
        self.assertEqual(
            sorted((row.age, row.residual) for row in rows),
            [("not_due", 700), ("overdue_60", 300)],
        )
        self.assertEqual(rows.filtered("is_overdue").residual, 300)
        self.assertEqual(self._customer().document_count, 1)

    def test_half_paid(self):
        move = self._invoice(300, 10)
        self._pay(move, 120)
        self.assertEqual(self._row(move).residual, 180)
        self._pay(move, 180)
        self.assertFalse(self._row(move))

    def test_credit_notes_and_unmatched_payments_are_minus(self):
        move = self._invoice(300, 10)
        credit = self._invoice(500, 50, move_type="out_refund")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.layla.id,
                "amount": 40,
                "journal_id": self.bank.id,
                "date": self.today - timedelta(days=70),
            }
        )
        payment.action_post()
        row = self._customer()
        self.assertEqual(row.residual, 300 - 500 - 40, "a credit larger than what is owed")
        self.assertEqual((row.overdue, row.credit, row.overdue_30), (300, -540, 300))
        self.assertEqual(row.overdue_90, 0, "credits have no age")
        kinds = {each.kind: each.residual for each in self._rows()}
        self.assertEqual(kinds, {"invoice": 300, "refund": -500, "payment": -40})
        # matched, the rest of the credit note stays
        lines = (move | credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertFalse(self._row(move))
        self.assertEqual(self._row(credit).residual, -200)

    def test_drafts_and_bills_are_nothing(self):
        self._invoice(300, 10, post=False)
        move = self._invoice(200, 10)
        move.button_draft()
        bill = self._invoice(100, 10, move_type="in_invoice", post=False)
        bill.action_post()
        self._invoice(0, 10)
        self.assertFalse(self._rows())

    def test_currencies(self):
        move = self._invoice(300, 10, currency_id=self.foreign.id)
        self._invoice(100, 10)
        row = self._row(move)
        self.assertEqual((row.residual, row.residual_currency), (150, 300))
        self.assertEqual(row.document_currency_id, self.foreign)
        self.assertEqual(row.currency_id, self.company.currency_id)
        self.assertEqual(self._customer().residual, 250)

    def test_of_all_contacts_and_after_a_merge(self):
        self._invoice(100, 10, partner=self.layla)
        self._invoice(100, 10)
        twin = self.env["res.partner"].create({"name": "Haddad Trade", "is_company": True})
        self._invoice(50, 40, partner=twin)
        self.assertEqual(self._customer().residual, 200)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (twin | self.haddad).ids, dst_partner=self.haddad, extra_checks=False
        )
        row = self._customer()
        self.assertEqual((row.residual, row.overdue_60), (250, 50))

    def test_against_an_oracle(self):
        self._invoice(100, 10)
        self._pay(self._invoice(333.33, 45), 100)
        self._in_parts((10, 100), (20, 61), (70, -3))
        self._invoice(80, 5, currency_id=self.foreign.id)
        self._invoice(20, 5, move_type="out_refund", partner=self.layla)
        self._pay(self._invoice(70, 5))
        expected = dict.fromkeys(AGES, 0.0)
        for line in self.env["account.move.line"].search(
            [("partner_id", "child_of", self.haddad.id), ("parent_state", "=", "posted")]
        ):
            if line.account_id.account_type != "asset_receivable":
                continue
            days = (self.today - line.date_maturity).days
            age = AGES[min(max(-(-days // 30), 0), 4)] if line.amount_residual > 0 else "credit"
            expected[age] += line.amount_residual
        row = self._customer()
        for name, amount in expected.items():
            self.assertAlmostEqual(row[name], amount, 2, name)
        self.assertAlmostEqual(row.residual, sum(expected.values()), 2)
        self.assertAlmostEqual(row.residual, self.haddad.credit, 2, "as the ledger says")

    def test_an_entry_without_due_date_is_due_on_its_own(self):
        company = self.company
        receivable = self.haddad.property_account_receivable_id
        other = self.env["account.account"].search(
            [("account_type", "=", "income"), ("company_ids", "in", company.ids)], limit=1
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
        )
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": self.today - timedelta(days=21),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "partner_id": self.haddad.id,
                            "debit": 70,
                        }
                    ),
                    Command.create({"account_id": other.id, "credit": 70}),
                ],
            }
        )
        entry.action_post()
        entry.line_ids.write({"date_maturity": False})
        row = self._row(entry)
        self.assertEqual((row.overdue_30, row.not_due, row.days_overdue), (70, 0, 21))
        self.assertFalse(row.is_overdue, "no reminder is sent of it")
        [section] = self.haddad._prepare_statement(company)
        self.assertEqual(section["ages"]["days_30"], 70, "as the customer reads it")

    def test_overdue_is_what_reminders_call_so(self):
        self._invoice(100, 10)
        self._in_parts((50, 20), (50, -20))
        self._invoice(100, -10)
        overdue = self.env["account.move"].search(
            self.env["account.move"]._get_overdue_domain() & self._of_haddad()
        )
        rows = self._rows().filtered("is_overdue")
        self.assertEqual(rows.move_id, overdue)
        self.assertEqual(len(rows), 2)

    def _of_haddad(self):
        return Domain("partner_id", "=", self.haddad.id)

    def test_promise_dispute_reminder_next_step(self):
        move, disputed = self._invoice(100, 10), self._invoice(50, 10)
        promise = self._promise(move_ids=move.ids)
        disputed.sudo().is_disputed = True
        level = self.env["crm.payment.reminder.level"].create(
            {
                "name": "First",
                "days_overdue": 999,
                "send_mail": False,
                "create_activity": True,
            }
        )
        self.env["crm.payment.reminder"].sudo().create(
            {
                "partner_id": self.haddad.id,
                "company_id": self.company.id,
                "level_id": level.id,
                "date": self.today,
                "sent_at": self.today,
                "state": "sent",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "move_id": move.id,
                            "level_id": level.id,
                            "currency_id": move.currency_id.id,
                        },
                    )
                ],
            }
        )
        self.env["crm.interaction"].create(
            {
                "partner_id": self.layla.id,
                "name": "Call",
                "user_id": self.omar.id,
                "next_step": "Ask again",
                "next_step_date": self.today,
            }
        )
        row = self._row(move)
        self.assertEqual((row.promise_id, row.promise_date), (promise, promise.date))
        self.assertEqual((row.reminder_level_id, row.reminder_date), (level, self.today))
        self.assertTrue(self._row(disputed).is_disputed)
        self.assertFalse(self._row(disputed).reminder_level_id)
        row = self._customer(user=self.omar)
        self.assertEqual((row.promise_date, row.disputed), (promise.date, 50))
        self.assertEqual((row.reminder_level_id, row.reminder_date), (level, self.today))
        self.assertEqual(row.next_step, "Ask again")
        self.assertEqual(row.last_contact_at.date(), self.today)
        self.assertEqual(row.user_id, self.omar)

    def test_doors(self):
        move = self._invoice(100, 10, partner=self.layla)
        row = self._customer(user=self.omar)
        action = row.action_view_documents()
        found = self.env[action["res_model"]].with_user(self.omar).search(action["domain"])
        self.assertEqual(found.action_open_document()["res_id"], move.id)
        self.assertEqual(row.action_log_call()["context"]["default_partner_id"], self.haddad.id)
        self.assertEqual(row.action_promise()["context"]["default_partner_id"], self.haddad.id)
        rows = self._rows(self.omar, "customer")
        action = rows.action_prepare_reminders()
        reminders = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(reminders.partner_id, self.haddad)
        # of his customer, but the invoice of a colleague: he knows of it, and may not open it
        move.invoice_user_id = self.sami
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            found.action_open_document()

    def test_contact_shows_what_is_open(self):
        self._invoice(100, 10)
        self._invoice(60, -10)
        self.env.flush_all()
        layla = self.layla.with_user(self.omar)
        self.assertEqual(
            (layla.receivable_amount, layla.receivable_overdue, layla.receivable_count),
            (160, 100, 2),
        )

    def test_queries(self):
        """A list costs the same whatever the number of customers."""
        Report = self.env["crm.receivable.customer"].with_user(self.alia)
        specification = {
            name: {} for name in ("partner_id", "residual", "last_contact_at", "next_step")
        }
        counts = []
        for number in (1, 12):
            for _i in range(number):
                customer = self.env["res.partner"].create({"name": "More"})
                self._invoice(10, 10, partner=customer)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Report.web_search_read([], specification, limit=80)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
