from datetime import timedelta

from odoo import api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL

from ...models.attribution.conversions import select_conversions
from ...models.attribution.touches import select_touches
from .common import AttributionCase


@tagged("post_install", "-at_install")
class TestSimultaneousPasses(BaseCase):
    """Real cursors, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())

    def test_a_full_pass_does_not_wait_for_another(self):
        with self.registry.cursor() as one, self.registry.cursor() as other:
            first, full = (api.Environment(cr, api.SUPERUSER_ID, {}) for cr in (one, other))
            full.cr.execute("SET LOCAL lock_timeout = '1s'")
            self.assertTrue(first["crm.attribution"]._is_free())
            full["crm.attribution"]._cron_rebuild()
            triggers = full["ir.cron.trigger"].search(
                [("cron_id", "=", full.ref("crm_suite_marketing.ir_cron_rebuild_attribution").id)]
            )
            self.assertTrue(triggers)
            triggers.unlink()

    def test_a_full_pass_sees_what_others_have_taken(self):
        with self.registry.cursor() as one:
            one.execute("INSERT INTO crm_attribution_queue (key) VALUES ('eeng@pass.example.com')")
        with self.registry.cursor() as late, self.registry.cursor() as refresh:
            # its picture of the database is from before
            late.execute("SELECT FROM crm_attribution_queue")
            env = api.Environment(refresh, api.SUPERUSER_ID, {})
            self.assertTrue(env["crm.attribution.queue"]._take(1000))
            refresh.commit()
            api.Environment(late, api.SUPERUSER_ID, {})["crm.attribution"]._cron_rebuild()
            late.execute("SELECT 1")


@tagged("post_install", "-at_install")
class TestAttributionChanges(AttributionCase):
    """What happens to documents and contacts changes the shares, by the next pass."""

    def setUp(self):
        super().setUp()
        self._click(5)
        self.order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()

    def _check_same(self):
        """A pass over who has changed gives what a pass over everything gives."""
        self._refresh()
        before = self._everything()
        self.Attribution._rebuild()
        self.assertEqual(before, self._everything())

    def test_cancelled(self):
        self.assertEqual(self._amounts(self.order, "last"), [200])
        self.order._action_cancel()
        self._refresh()
        self.assertFalse(self._rows(self.order))
        self._check_same()

    def test_changed(self):
        self.order.order_line.price_unit = 300
        self._refresh()
        self.assertEqual(self._amounts(self.order, "last"), [300])
        self.order.medium_id = self.adverts
        self._date(self.order, 1)
        self._check_same()
        self.assertEqual(self._rows(self.order).mapped("kind"), ["click", "order"])

    def test_confirmed_later(self):
        quotation = self._order([(self.desk, 2)], confirm=False)
        self._refresh()
        self.assertFalse(self._rows(quotation))
        quotation.action_confirm()
        quotation.date_order = self.noon
        self._check_same()
        self.assertEqual(self._amounts(quotation, "last"), [400])

    def test_deleted(self):
        lead = self._lead(1, campaign_id=self.fair.id)
        order = self._order([(self.desk, 1)])
        self._refresh()
        self.assertEqual(len(self._rows(order)), 2)
        lead.unlink()
        self._check_same()
        self.assertEqual(self._rows(order).mapped("kind"), ["click"])
        self.order._action_cancel()
        self.order.unlink()
        self._check_same()

    def test_contacts_are_merged(self):
        order = self._order([(self.desk, 1)], partner=self.badr)
        self._refresh()
        self.assertEqual(self._rows(order).kind, "none")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.badr.id, self.haddad.id], self.haddad
        )
        self._check_same()
        self.assertEqual(self._rows(order).kind, "click")
        self.assertEqual(self._rows(order).partner_id, self.haddad)

    def test_a_lead_gets_its_contact(self):
        lead = self._lead(0, partner_id=False, email_from="who@attribution.example.com")
        self._date(lead, 1)
        self._refresh()
        self.assertEqual(self._rows(lead).kind, "none")
        lead.partner_id = self.layla
        self._check_same()
        self.assertEqual(self._rows(lead).kind, "click")
        lead.partner_id = self.badr
        self._check_same()
        self.assertEqual(self._rows(lead).kind, "none")

    def test_credited(self):
        invoice = self._invoice_order(self.order)
        self._credit(invoice)
        self._check_same()
        self.assertEqual(self._amounts(self.order, "last"), [0])
        self.assertFalse(self._rows(invoice), "nobody paid it")

    def test_paid(self):
        invoice = self._invoice_order(self.order)
        self._check_same()
        self.assertFalse(self._rows(invoice))
        self._pay(invoice)
        self._check_same()
        rows = self._rows(invoice)
        self.assertEqual(rows.mapped("kind"), ["click"])
        self.assertEqual(rows.amount_linear, 200)

    def test_down_payments_are_no_revenue_and_are_paid(self):
        order = self._order([(self.desk, 5)])
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "fixed", "fixed_amount": 300})
        )
        wizard.create_invoices()
        down = order.invoice_ids
        down.invoice_line_ids.tax_ids = False
        down.invoice_date = self.today
        down.action_post()
        self._pay(down)
        self._check_same()
        self.assertEqual(self._amounts(order, "first"), [1000])
        self.assertEqual(self._amounts(down, "first"), [300])

    def test_two_companies_and_currencies(self):
        other = self.env["res.company"].create(
            {"name": "Attribution Other", "currency_id": self.foreign.id}
        )
        self.env.user.company_ids += other
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.layla.id,
                    "company_id": other.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.desk.id, "price_unit": 70, "tax_ids": []}
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        order.date_order = self.noon + timedelta(hours=1)
        self._check_same()
        row = self._rows(order)
        self.assertEqual(row.company_id, other)
        self.assertEqual(row.amount_first, 70)
        self.assertTrue(row.is_new_customer, "of this company")
        figures = self.Performance.with_context(allowed_company_ids=self.company.ids)
        [(revenue,)] = figures._read_group(
            [("campaign_id", "=", self.spring.id)], [], ["revenue:sum"]
        )
        self.assertEqual(revenue, 200)

    def test_the_job_takes_the_list(self):
        self.order.order_line.price_unit = 111
        self.env.cr.flush()
        Queue = self.env["crm.attribution.queue"]
        self.assertTrue(Queue.search([("key", "=", f"p{self.haddad.id}")]))
        with self.enter_registry_test_mode():
            self.env.ref("crm_suite_marketing.ir_cron_refresh_attribution").method_direct_trigger()
        self.assertEqual(self._amounts(self.order, "last"), [111])
        self.assertFalse(Queue.search([]))

    def test_a_pass_over_few_reads_no_whole_table(self):
        """However many customers, events and leads there are."""
        keys = [f"p{self.haddad.id}", "enobody@pass.example.com"]
        scope = self.Attribution._get_scope(keys)
        self.assertIn(self.layla.id, scope.contacts)
        # a small table is read as a whole in any case
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        companies = self.env["res.company"].search([])
        for query, tables in (
            (
                select_touches(self.env, scope, True, True),
                ("crm_engagement event", "mailing_trace trace"),
            ),
            (select_conversions(self.env, companies, scope), ("crm_lead",)),
        ):
            plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
            for table in tables:
                self.assertNotIn(f"Seq Scan on {table}", plan)
                self.assertIn(f"Bitmap Heap Scan on {table}", plan)
