from odoo.tests import HttpCase, tagged

from .common import RecommendationCase


@tagged("post_install", "-at_install")
class TestRecommendationTour(RecommendationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_desks_with_lamps()
        cls._order([(cls.desk, 1)], days_ago=10)
        cls.Association._refresh()
        cls.quotation = cls._order([(cls.desk, 1)], confirm=False)
        cls.lead = cls._create_opportunity([(cls.desk, 1)])

    def _run_tours(self):
        for path, tour in (
            (f"/odoo/sales/{self.quotation.id}", "crm_suite_suggestion_quotation"),
            (f"/odoo/crm/{self.lead.id}", "crm_suite_suggestion_opportunity"),
            (f"/odoo/res.partner/{self.haddad.id}", "crm_suite_suggestion_customer"),
        ):
            self.start_tour(path, tour, login=self.omar.login, timeout=180)
        self.assertEqual(self.quotation.order_line.product_id, self.desk | self.lamp)
        self.assertEqual(self.lead.line_ids.product_id, self.desk | self.lamp)
        self.assertEqual(self.lead.line_ids[1].price_unit, 30)
        latest = self.env["sale.order"].search(
            [("partner_id", "=", self.haddad.id)], order="id desc", limit=1
        )
        self.assertEqual(latest.order_line.product_id, self.lamp)
        self.assertEqual(latest.amount_untaxed, 30)

    def test_in_english(self):
        self._run_tours()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_tours()
