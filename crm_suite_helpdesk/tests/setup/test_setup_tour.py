from odoo.tests import HttpCase, tagged

from .common import SetupCommon


@tagged("post_install", "-at_install")
class TestSetupTour(SetupCommon, HttpCase):
    """The manager's set-up in the browser, in both languages."""

    def start(self):
        self.start_tour("/odoo", "crm_suite_helpdesk_manager_setup", login="hd_manager", timeout=90)
        team = self.env["crm.ticket.team"].search([("name", "=", "Tour Desk")])
        self.assertEqual(set(team.calendar_id.attendance_ids.mapped("dayofweek")), set("60123"))
        self.assertGreater(len(team.calendar_id.leave_ids), 5)
        policy = team._get_own_policy()
        self.assertIn(1800, policy.target_ids.mapped("budget_s"))

    def test_in_english(self):
        self.start()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.manager.lang = "ar_001"
        self.start()
