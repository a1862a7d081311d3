from odoo.tests import HttpCase, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestQuotationTour(CrmSuiteCase, HttpCase):
    def _tour(self):
        lead = self._create_opportunity(name="Furniture for the tour")
        self.start_tour(
            f"/odoo/crm/{lead.id}",
            "crm_suite_quotation_from_products",
            login=self.omar.login,
            timeout=120,
        )
        lead.invalidate_recordset()
        self.assertRecordValues(
            lead, [{"expected_revenue": 1000.0, "quoted_amount": 1000.0, "alternative_count": 1}]
        )
        self.assertEqual(lead.line_ids.quantity, 5.0)

    def test_quotation_from_products(self):
        self._tour()

    def test_quotation_from_products_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._tour()
