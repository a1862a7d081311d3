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
        cls._create_lead(type="opportunity").action_set_lost(lost_reason_id=cls.price.id)
        cls.env["crm.lead"].search([("stage_id", "=", cls.new.id)]).name = "Still new"

    def _run_tours(self):
        for path, tour in (
            ("lead-movement", "crm_suite_reports"),
            ("sales-performance", "crm_suite_reports"),
            ("lost-reasons", "crm_suite_reports"),
            (
                "action-crm_suite.crm_pipeline_review_menu_action",
                "crm_suite_pipeline_review",
            ),
        ):
            with self.subTest(path):
                self.start_tour(f"/odoo/{path}", tour, login=self.omar.login, timeout=90)

    def _run_funnel(self):
        # three are open or won; the lost one started in the first stage as well
        self.env["crm.lead"].with_context(active_test=False).search(
            [("won_status", "=", "lost")]
        ).unlink()
        self.start_tour("/odoo/sales-funnel", "crm_suite_funnel", login=self.omar.login, timeout=90)

    def test_reports_in_english(self):
        self._run_tours()

    def test_funnel_in_english(self):
        self._run_funnel()

    def test_reports_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_tours()

    def test_funnel_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._run_funnel()
