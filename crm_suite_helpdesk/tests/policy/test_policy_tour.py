from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestPolicyTour(HelpdeskCommon, HttpCase):
    """A manager reads a policy, changes it, applies it and tries it out, in both languages."""

    def start(self):
        ticket = self.create_ticket(priority="3")
        self.start_tour(
            "/odoo/action-crm_suite_helpdesk.crm_sla_policy_action",
            "crm_suite_helpdesk_manager_policy",
            login="hd_manager",
            timeout=90,
        )
        self.assertEqual(self.policy.revision_id.number, 2)
        self.assertEqual(self.clock(ticket, "first_response").budget_s, 1800)

    def test_in_english(self):
        self.start()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.manager.lang = "ar_001"
        self.start()
