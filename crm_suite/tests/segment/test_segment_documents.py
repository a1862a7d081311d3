from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form

from .test_segment import SegmentCase


class TestSegmentOfDocument(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amina = cls.env["res.partner"].create({"name": "Amina", "parent_id": cls.haddad.id})
        cls.customers = cls.env["crm.segment"].create(
            {
                "name": "Companies",
                "kind": "fixed",
                "partner_ids": [Command.set(cls.haddad.ids)],
                "user_id": cls.env.ref("base.user_admin").id,
            }
        )
        cls.people = cls.customers.copy({"name": "People", "user_id": cls.customers.user_id.id})
        cls.people.partner_ids = cls.layla

    def _check(self, documents, of_layla, of_amina, of_nobody):
        """Layla is in a segment, and so is the company for which she and Amina work."""
        ids = [("id", "in", documents.ids)]
        for domain, expected in (
            ([("segment_ids", "in", self.customers.ids)], of_layla + of_amina),
            ([("segment_ids", "=", self.people.id)], of_layla),
            ([("segment_ids", "not in", self.people.ids)], of_amina + of_nobody),
            ([("segment_ids", "=", False)], of_nobody),
            ([("segment_ids", "!=", False)], of_layla + of_amina),
            ([("segment_ids", "ilike", "people")], of_layla),
            ([("segment_ids.name", "=", "Companies")], of_layla + of_amina),
            ([("segment_ids", "in", [self.people.id, False])], of_layla + of_nobody),
        ):
            self.assertEqual(set(documents.search(ids + domain)), set(expected), domain)
        self.assertEqual(of_layla.segment_ids, self.customers + self.people)
        self.assertEqual(of_amina.segment_ids, self.customers)
        self.assertFalse(of_nobody.segment_ids)

    def test_opportunities(self):
        leads = [
            self._create_opportunity(partner_id=partner.id)
            for partner in (self.layla, self.amina, self.amal, self.env["res.partner"])
        ]
        seen = [lead.with_user(self.omar) for lead in leads]
        self._check(seen[0] + seen[1] + seen[2] + seen[3], seen[0], seen[1], seen[2] + seen[3])

    def test_orders(self):
        orders = self.env["sale.order"].create(
            [
                {"partner_id": partner.id, "user_id": self.omar.id}
                for partner in (self.layla, self.amina, self.amal)
            ]
        )
        self._check(orders.with_user(self.omar), *orders.with_user(self.omar))

    def test_invoices(self):
        invoices = self.env["account.move"].create(
            [
                {"move_type": "out_invoice", "partner_id": partner.id}
                for partner in (self.layla, self.amina, self.amal)
            ]
        )
        self._check(invoices, *invoices)

    def test_search_views(self):
        for model, view in (
            ("crm.lead", "crm.view_crm_case_opportunities_filter"),
            ("crm.lead", "crm.view_crm_case_leads_filter"),
            ("sale.order", "sale.view_sales_order_filter"),
            ("res.partner", "base.view_res_partner_filter"),
        ):
            view = self.env.ref(view)
            arch = self.env[model].with_user(self.omar).get_view(view.id, "search")["arch"]
            self.assertIn('name="segment_ids"', arch, model)

    def test_whoever_may_not_read_segments(self):
        accountant = self._create_user("accountant", "account.group_account_invoice")
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.layla.id}
        )
        with self.assertRaises(AccessError):
            invoice.with_user(accountant).search([("segment_ids", "!=", False)])
        self.assertNotIn("segment_ids", invoice.with_user(accountant).fields_get())
        view = self.env.ref("account.view_account_invoice_filter")
        arch = self.env["account.move"].with_user(accountant).get_view(view.id, "search")["arch"]
        self.assertNotIn("segment_ids", arch)

    def test_forms_open(self):
        with Form(self.env["sale.order"].with_user(self.omar)) as form:
            form.partner_id = self.layla
