from odoo.tests import HttpCase, tagged

from .common import PurchaseCase


@tagged("post_install", "-at_install")
class TestPurchaseTour(PurchaseCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the customer of the tour is the only one of omar
        cls._order([(cls.desk, 2)], days_ago=90)
        cls._order([(cls.desk, 4), (cls.training, 1)], days_ago=60)
        cls.lead = cls._create_opportunity()

    def _run_tours(self):
        self.start_tour(
            "/odoo/products-bought",
            "crm_suite_products_bought",
            login=self.omar.login,
            timeout=180,
        )
        self.start_tour(
            f"/odoo/crm/{self.lead.id}", "crm_suite_buy_again", login=self.omar.login, timeout=180
        )

    def test_in_english(self):
        self._run_tours()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_tours()
