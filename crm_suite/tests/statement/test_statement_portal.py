from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..promise.common import MoneyCase


@tagged("post_install", "-at_install")
class TestStatementPortal(MoneyCase, HttpCase):
    """The customer reads his own statement, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(4321.09, 20)
        cls.of_badr = cls._invoice(9876.54, 20, partner=cls.badr)
        cls.portal = new_test_user(
            cls.env, "layla_portal", groups="base.group_portal", partner_id=cls.layla.id
        )

    def _get(self, path, login="layla_portal"):
        self.authenticate(login, login)
        return self.url_open(path)

    def test_own_statement(self):
        page = self._get("/my/statement")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.invoice.name, page.text)
        self.assertIn("4,321.09", page.text)
        self.assertNotIn(self.of_badr.name, page.text)
        self.assertNotIn("9,876.54", page.text)
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["statement_count"]})
        self.assertEqual(counters["statement_count"], 1)
        self.assertIn("/my/statement", self.url_open("/my/home").text)

    def test_a_period(self):
        self._pay(self.invoice, 21.09, days_ago=2)
        page = self._get("/my/statement?kind=period")
        self.assertIn("Opening Balance", page.text)
        self.assertIn("4,300.00", page.text)
        self.assertIn("21.09", page.text)

    def test_pdf(self):
        answer = self._get(f"/my/statement/pdf?company_id={self.company.id}")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_forged_parameters(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        for query in (
            f"partner_id={self.badr.id}&commercial_partner_id={self.badr.id}",
            "kind=__class__&date_from=0000-99-99&date_to=%00",
            "kind=period&date_from=2026-13-45&date_to=1",
            "kind=period&date_from=2030-01-01&date_to=2020-01-01",
            "kind=period&kind=open&lang=xx",
            f"company_id={other.id}",
        ):
            page = self._get(f"/my/statement?{query}")
            self.assertEqual(page.status_code, 200, query)
            self.assertNotIn("9,876.54", page.text)
        for company in (other.id, "0", "x", "-1", "1 OR 1=1"):
            page = self._get(f"/my/statement/pdf?company_id={company}")
            self.assertNotEqual(page.headers["Content-Type"], "application/pdf", company)
        self.assertEqual(self.url_open("/my/statement", data={"a": 1}).status_code, 405)

    def test_not_without_login(self):
        self.authenticate(None, None)
        for path in ("/my/statement", "/my/statement/pdf"):
            page = self.url_open(path)
            self.assertIn("/web/login", page.url)
            self.assertNotIn(self.invoice.name, page.text)

    def test_strangers_and_employees(self):
        new_test_user(self.env, "stranger", groups="base.group_portal")
        page = self._get("/my/statement", "stranger")
        self.assertIn("Nothing is open", page.text)
        self.assertNotIn(self.invoice.name, page.text)
        self.sami.password = "crm_suite_sami"
        self.sami.partner_id.parent_id = self.haddad
        page = self._get("/my/statement", "crm_suite_sami")
        self.assertNotIn(self.invoice.name, page.text)

    def test_portal_users_reach_it_by_no_other_door(self):
        with self.assertRaises(AccessError):
            self.haddad.with_user(self.portal).action_print_statement()
        with self.assertRaises(AccessError):
            self.env["crm.statement"].with_user(self.portal).create(
                {"partner_ids": self.haddad.ids}
            )
        with self.assertRaises(AccessError):
            self.env["crm.payment.promise"].with_user(self.portal).search([])
        with self.assertRaises(AccessError):
            self._promise(self.portal)

    def test_pay_links_only_where_somebody_takes_the_money(self):
        providers = self.env["payment.provider"].search([("state", "!=", "disabled")])
        providers.state = "disabled"
        self.assertNotIn("Pay Now", self._get("/my/statement").text)
        provider = self.env["payment.provider"].create(
            {
                "name": "Bank transfer",
                "code": "none",
                "state": "test",
                "company_id": self.company.id,
                "is_published": True,
            }
        )
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        page = self._get("/my/statement")
        self.assertIn("Pay Now", page.text)
        self.assertIn(f"/my/invoices/{self.invoice.id}", page.text)
        provider.state = "disabled"
        self.assertNotIn("Pay Now", self._get("/my/statement").text)

    def test_in_arabic(self):
        self.portal.lang = "ar_001"
        page = self._get("/my/statement")
        self.assertIn("o_rtl", page.text)
        self.assertIn(self.invoice.name, page.text)
