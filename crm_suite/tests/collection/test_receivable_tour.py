from odoo.tests import HttpCase, tagged

from .receivable_common import ReceivableCase


@tagged("post_install", "-at_install")
class TestReceivableTour(ReceivableCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.badr.user_id = cls.omar
        cls._invoice(500, 10)
        cls._invoice(100, 70)
        cls._invoice(40, 5, partner=cls.badr)

    def _run_tour(self):
        self.start_tour(
            "/odoo/receivables", "crm_suite_receivables", login=self.omar.login, timeout=180
        )

    def test_in_english(self):
        self._run_tour()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_tour()
