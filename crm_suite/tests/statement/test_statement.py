from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..promise.common import MoneyCase


@tagged("post_install", "-at_install")
class TestStatement(MoneyCase):
    """What a statement says is what the ledger says: its receivable lines are the oracle."""

    def _statement(self, partner=None, company=None, **options):
        """:return: section by currency"""
        company = company or self.company
        sections = (partner or self.haddad)._prepare_statement(company, **options)
        return {section["currency"]: section for section in sections}

    def _check_against_ledger(self, partner=None, company=None):
        """Compare all of it, and what is open, with the lines of the ledger."""
        company = company or self.company
        sections = self._statement(partner, company, is_period=True)
        self.env.flush_all()
        ledger = self.env["account.move.line"]._read_group(
            [
                ("partner_id.commercial_partner_id", "=", (partner or self.haddad).id),
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
            ],
            ["currency_id"],
            ["amount_residual_currency:sum", "amount_residual_currency:array_agg"],
        )
        for currency, total, residuals in ledger:
            is_open = [residual for residual in residuals if not currency.is_zero(residual)]
            section = sections.get(currency)
            if not section:
                self.assertFalse(is_open)
                continue
            self.assertAlmostEqual(section["closing"], total, 2)
            self.assertAlmostEqual(section["ages"]["total"], total, 2)
            self.assertCountEqual([item.residual for item, _b in section["items"]], is_open)
            if section["items"]:
                self.assertAlmostEqual(section["items"][-1][1], total, 2)
        return sections

    def test_half_paid_credited_and_overpaid(self):
        self._pay(self._invoice(1000, 40), 400, days_ago=20)
        self._pay(self._invoice(300, 35))
        self._refund(self._invoice(200, 30), 50)
        self._invoice(500, 5, move_type="out_refund")  # greater than what most invoices are
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.layla.id,  # of a contact, matched with nothing
                "amount": 75,
                "journal_id": self.bank.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "date": self.today - timedelta(days=3),
            }
        )
        payment.action_post()
        self._invoice(80, 0, partner=self.layla)
        section = self._check_against_ledger()[self.company.currency_id]
        self.assertEqual(section["closing"], 600 + 150 - 500 - 75 + 80)
        kinds = [entry.kind for entry, _balance in section["rows"]]
        self.assertEqual(kinds.count("invoice"), 4)
        self.assertEqual(kinds.count("refund"), 2)
        self.assertEqual(kinds.count("payment"), 3)
        self.assertEqual(section["ages"]["credit"], -575)
        self.assertEqual(section["ages"]["days_60"], 600)
        self.assertEqual(section["ages"]["days_30"], 150)

    def test_a_customer_who_has_credit_only(self):
        self._invoice(120, 3, move_type="out_refund")
        section = self._check_against_ledger()[self.company.currency_id]
        self.assertEqual(section["closing"], -120)
        self.assertEqual(section["ages"]["overdue"], 0)

    def test_period_with_opening_balance(self):
        self._pay(self._invoice(1000, 100), 250, days_ago=80)
        self._invoice(60, 20)
        sections = self._statement(
            is_period=True,
            date_from=self.today - timedelta(days=50),
            date_to=self.today - timedelta(days=10),
        )
        section = sections[self.company.currency_id]
        self.assertEqual((section["opening"], section["closing"]), (750, 810))
        self.assertEqual(len(section["rows"]), 1)
        # as it was: what was paid later was open on that day
        self.assertEqual((section["ages"]["days_90"], section["ages"]["days_30"]), (750, 60))
        before = self._statement(date_to=self.today - timedelta(days=90))
        [item] = [item for item, _b in before[self.company.currency_id]["items"]]
        self.assertEqual((item.residual, item.days_overdue(self.today)), (1000, 100))

    def test_several_currencies_are_never_added_up(self):
        self._invoice(100, 10)
        abroad = self._invoice(100, 10, currency_id=self.foreign.id)
        self._pay(abroad, 30)
        sections = self._check_against_ledger()
        self.assertEqual(sections[self.company.currency_id]["closing"], 100)
        self.assertEqual(sections[self.foreign]["closing"], 70)

    def test_paid_in_another_currency(self):
        home, abroad = self._invoice(100, 10), self._invoice(50, 9, currency_id=self.foreign.id)
        self._pay(abroad, 10, currency=self.company.currency_id)
        self._pay(home, 60, currency=self.foreign)
        sections = self._check_against_ledger()
        self.assertEqual(sections[self.foreign]["closing"], 30)
        self.assertEqual(sections[self.company.currency_id]["closing"], 70)
        reference = [
            entry.reference
            for entry, _b in sections[self.foreign]["rows"]
            if entry.reference.endswith(self.company.currency_id.name)
        ]
        self.assertTrue(reference, "it says in which currency it was paid")

    def test_exchange_differences_are_no_event(self):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.foreign.id,
                "company_id": self.company.id,
                "name": self.today - timedelta(days=5),
                "rate": 4.0,
            }
        )
        abroad = self._invoice(100, 10, currency_id=self.foreign.id)
        self._pay(abroad)
        section = self._check_against_ledger()[self.foreign]
        self.assertEqual([entry.kind for entry, _b in section["rows"]], ["invoice", "payment"])
        self.assertEqual(section["closing"], 0)

    def test_paid_by_somebody_else(self):
        invoice = self._invoice(100, 10)
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.badr.id,
                "amount": 100,
                "journal_id": self.bank.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "date": self.today,
            }
        )
        payment.action_post()
        (invoice | payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        section = self._check_against_ledger()[self.company.currency_id]
        self.assertEqual(section["closing"], 0)
        self.assertFalse(section["rows"][1][0].number, "the papers of others are theirs")
        self._check_against_ledger(self.badr)

    def test_parts_with_several_due_dates(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        self._invoice(100, 10, invoice_payment_term_id=terms.id, invoice_date_due=False)
        section = self._check_against_ledger()[self.company.currency_id]
        self.assertEqual(len(section["rows"]), 1, "one invoice, one row")
        self.assertEqual(len(section["items"]), 2, "each part is due on its own day")
        self.assertEqual((section["ages"]["days_30"], section["ages"]["not_due"]), (50, 50))

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.env["account.chart.template"].try_loading("generic_coa", other, install_demo=False)
        self.env.user.company_ids |= other
        journal = self.env["account.journal"].search(
            [("company_id", "=", other.id), ("type", "=", "sale")], limit=1
        )
        self._invoice(100, 10)
        move = self._invoice(40, 10, post=False, company_id=other.id, journal_id=journal.id)
        move.with_company(other).action_post()
        self._check_against_ledger()
        [section] = self._check_against_ledger(company=other).values()
        self.assertEqual(section["closing"], 40)

    def test_drafts_and_bills_are_not_in_it(self):
        self._invoice(100, 10, post=False)
        self._invoice(100, 10, move_type="in_invoice")
        cancelled = self._invoice(100, 10)
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertFalse(self._check_against_ledger())

    def test_cost(self):
        self._invoice(10, 1)
        self._statement(is_period=True)
        for _i in range(8):
            self._pay(self._invoice(10, 1), 5)
        self.env.flush_all()
        with self.assertQueryCount(16):
            self.env.invalidate_all()
            self._statement(is_period=True)

    # ------------------------------------------------------------------ who

    def test_rights(self):
        self._invoice(100, 10, invoice_user_id=self.alia.id)
        Statement = self.env["crm.statement"]
        values = {"partner_ids": self.haddad.ids}
        for user in (self.omar, self.nora, self.alia, self.mona, self.ada):
            statement = Statement.with_user(user).create(values)
            [page] = statement._get_pages()
            self.assertEqual(page["sections"][0]["closing"], 100, user.name)
        for user in (self.sami, self.cora):
            with self.assertRaises(AccessError):
                Statement.with_user(user).create(values)
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).action_print_statement()
        own = Statement.with_user(self.sami).create({"partner_ids": self.badr.ids})
        with self.assertRaises(AccessError):
            own.partner_ids = self.haddad
        other = self.env["res.company"].create({"name": "Other Ltd"})
        with self.assertRaises(AccessError):
            Statement.with_user(self.ada).create({**values, "company_id": other.id})

    def test_dialog(self):
        action = self.layla.with_user(self.omar).action_print_statement()
        form = Form(
            self.env["crm.statement"].with_user(self.omar).with_context(**action["context"])
        )
        self.assertEqual(form.partner_ids[:], self.haddad)
        form.kind = "period"
        self.assertEqual(form.date_to, self.today)
        statement = form.save()
        report = statement.action_print()
        self.assertEqual(report["report_name"], "crm_suite.report_statement")
        # dates that the dialog does not show for what is open
        statement.write({"kind": "open", "date_from": self.today, "date_to": False})
        statement.write({"kind": "period", "date_from": self.today, "date_to": self.today})
        with self.assertRaises(UserError):
            statement.date_to = statement.date_from - timedelta(days=1)
