from odoo.tests import HttpCase, tagged

from .common import START, ReportCommon


@tagged("post_install", "-at_install")
class TestReportTour(ReportCommon, HttpCase):
    def test_results_simulation_and_account_on_screen(self):
        self._visit(self._enter(self.amal), "wait", "waiting")
        self._enter(self.basil, state="done", exit_reason="goal", goal_at=START, exited_at=START)
        self.start_tour(
            f"/odoo/journeys/{self.journey.id}",
            "crm_suite_marketing_journey_report",
            login="marketing_manager",
        )
