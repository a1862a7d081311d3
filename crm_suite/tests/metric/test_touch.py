from unittest.mock import patch

from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import tagged

from .common import MetricCase


@tagged("post_install", "-at_install")
class TestTouch(MetricCase):
    """Whatever changes a figure puts its customer on the list, by the doors that people use."""

    def setUp(self):
        super().setUp()
        self.order = self._order([(self.desk, 4)], days_ago=20)
        self._forget()

    def test_quotations_change_nothing(self):
        quotation = self._order([(self.desk, 1)], confirm=False)
        quotation.order_line.price_unit = 7
        self.assertFalse(self._touched())
        quotation.action_confirm()
        self.assertEqual(self._touched(), self.haddad)

    def test_orders(self):
        for change in (
            lambda: self.order.order_line.write({"price_unit": 7}),
            lambda: self.order.write({"user_id": self.sami.id}),
            lambda: self.order.write({"date_order": self.noon}),
            lambda: self._order([(self.desk, 1)], partner=self.badr),
            self.order._action_cancel,
            lambda: (self.order.action_draft(), self.order.unlink()),
        ):
            self._forget()
            change()
            self.assertTrue(self._touched())
        self.order = self._order([(self.desk, 1)])
        self._forget()
        self.order.partner_id = self.badr
        self.assertEqual(self._touched(), self.haddad | self.badr, "both customers")

    def test_a_new_line_on_a_confirmed_order(self):
        self.env["sale.order.line"].create(
            {"order_id": self.order.id, "product_id": self.training.id}
        )
        self.assertEqual(self._touched(), self.haddad)

    def test_invoices_credit_notes_payments(self):
        invoice = self._invoice_order(self.order)
        self.assertEqual(self._touched(), self.haddad)
        self._forget()
        self._pay(invoice, 100)
        self.assertEqual(self._touched(), self.haddad)
        self._forget()
        self._credit(invoice, 1)
        self.assertEqual(self._touched(), self.haddad)
        self._forget()
        invoice.button_draft()
        self.assertEqual(self._touched(), self.haddad)

    def test_salesperson_and_due_date_of_an_invoice(self):
        invoice = self._invoice_order(self.order)
        due = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        for document, values in (
            (invoice, {"invoice_user_id": self.sami.id}),
            (due, {"date_maturity": "2020-01-01"}),
        ):
            self._forget()
            document.write(values)
            self.assertEqual(self._touched(), self.haddad, values)

    def test_entries(self):
        """What a customer owes without an invoice: the customer is known by the items alone."""
        receivable = self.haddad.property_account_receivable_id
        other = receivable.copy({"code": "CRM.2"})
        income = self.env["account.account"].search([("account_type", "=", "income")], limit=1)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create(
                        {"account_id": receivable.id, "partner_id": self.layla.id, "debit": 9}
                    ),
                    Command.create({"account_id": income.id, "credit": 9}),
                ],
            }
        )
        self._forget()
        entry.action_post()
        self.assertEqual(self._touched(), self.haddad)
        item = entry.line_ids.filtered("debit")
        for change in (
            lambda: item.write({"account_id": income.id}),
            lambda: item.write({"account_id": other.id}),
            # in one transaction
            lambda: (entry.button_draft(), entry.unlink()),
        ):
            self._forget()
            change()
            self.assertEqual(self._touched(), self.haddad)

    def test_merge_and_other_company(self):
        self._order([(self.desk, 1)], partner=self.badr)
        self.Metric._refresh()
        self._forget()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.haddad | self.badr).ids, self.haddad, extra_checks=False)
        self.assertIn(self.haddad, self._touched())
        self.Metric._refresh(self.Touch._take(100))
        self.assertEqual(self._metric().order_count, 2)
        # the contact goes to another company, with his order
        other = self.env["res.partner"].create({"name": "Elsewhere", "is_company": True})
        self._forget()
        self.layla.parent_id = other
        self.assertEqual(self._touched(), self.haddad | other)
        self.Metric._refresh(self.Touch._take(100))
        self.assertEqual((self._metric().order_count, self._metric(other).order_count), (1, 1))

    def test_one_statement_for_many_documents(self):
        orders = self.order
        for _i in range(9):
            orders += self._order([(self.desk, 1)])
        self._forget()
        orders.order_line.write({"price_unit": 7})
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env.cr.precommit.run()

    def test_what_is_rolled_back_touches_at_most_too_many(self):
        with self.env.cr.savepoint() as savepoint:
            self.order.user_id = self.sami
            self.env.flush_all()
            savepoint.rollback()
        self.order.user_id = self.sami
        self.assertEqual(self._touched(), self.haddad)

    def test_cron(self):
        self.Metric._refresh()
        self._order([(self.desk, 1)], partner=self.badr)
        self.order.order_line.price_unit = 7
        self.env.cr.flush()
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=60):
            self.Metric._cron_refresh()
        self.assertFalse(self._touched())
        self.assertEqual((self._metric().revenue, self._metric(self.badr).revenue), (28, 200))

    def test_touch_by_others(self):
        self.Metric._touch(self.layla | self.badr)
        self.assertEqual(self._touched(), self.haddad | self.badr)

    def test_passes_do_not_meet(self):
        """Both crons are due at half past one: they would wait for each other."""
        self.order.order_line.price_unit = 7
        self.assertEqual(self._touched(), self.haddad)
        cron = self.env.ref("crm_suite.ir_cron_refresh_all_metrics")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
        progress = patch.object(self.registry["ir.cron"], "_commit_progress", return_value=1)
        with db_connect(self.env.cr.dbname).cursor() as other, progress:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('crm_suite.customer_metric'))")
            self.Metric._cron_refresh()
            self.Metric._cron_refresh_all()
            other.rollback()
            self.assertEqual(self._touched(), self.haddad, "still on the list")
            self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
            self.Metric._cron_refresh()
        self.assertFalse(self._touched())
