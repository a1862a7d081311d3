from odoo.tests import HttpCase, tagged

from .common import MovementCase


@tagged("post_install", "-at_install")
class TestReportsUi(MovementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        source = cls.env["utm.source"].create({"name": "Fair"})
        for way in ([], [cls.offer], [cls.offer, cls.signed]):
            lead = cls._create_lead(type="opportunity", source_id=source.id)
            for stage in way:
                lead.stage_id = stage
        # not in the funnel, but with a reason
        cls._create_lead().action_set_lost(lost_reason_id=cls.price.id)

    def _run_tour(self):
        self.start_tour(
            "/odoo/sales-funnel", "crm_suite_reports", login=self.omar.login, timeout=180
        )

    def test_reports_in_english(self):
        self._run_tour()

    def test_reports_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_tour()
