from odoo.tests import HttpCase, new_test_user, tagged

from .common import MoneyCase


@tagged("post_install", "-at_install")
class TestPromiseUi(MoneyCase, HttpCase):
    """A salesperson writes down a promise; the customer reads his statement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(300)

    def _promise_tour(self):
        self.start_tour(
            f"/odoo/contacts/{self.haddad.id}",
            "crm_suite_promise",
            login=self.omar.login,
            timeout=120,
        )
        self.assertEqual(self.invoice.promise_id.amount, 300)

    def test_promise(self):
        self._promise_tour()

    def test_promise_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._promise_tour()

    def _portal_tour(self, lang):
        new_test_user(
            self.env,
            "layla_portal",
            groups="base.group_portal",
            partner_id=self.layla.id,
            lang=lang,
        )
        self.start_tour("/my/home", "crm_suite_statement_portal", login="layla_portal", timeout=120)

    def test_statement(self):
        self._portal_tour("en_US")

    def test_statement_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self._portal_tour("ar_001")
