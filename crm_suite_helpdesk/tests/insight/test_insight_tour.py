from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged

from .common import InsightCommon

LANGUAGES = ("en_US", "ar_001")


@tagged("post_install", "-at_install")
class TestInsightTour(InsightCommon, HttpCase):
    """The desk and the reports as people see them, in English and in Arabic."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("ar_001")
        # The browser lives in the present of the machine, and so do the tickets that it shows
        now = datetime.now().replace(microsecond=0)
        self.env.cr._now = now - timedelta(days=9)
        self.late = self.create_ticket(user_id=self.agent.id)
        done = self.create_ticket(user_id=self.agent.id)
        self.reply(done)
        self.move(done, "solved")
        self.travel(now)
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket()

    def test_the_agents_home(self):
        for lang in LANGUAGES:
            with self.subTest(lang=lang):
                free = self.env["crm.ticket"].search([("user_id", "=", False)], limit=1)
                free = free or self.create_ticket()
                self.agent.lang = lang
                self.start_tour("/odoo", "crm_suite_helpdesk_desk", login="hd_agent", timeout=120)
                free.invalidate_recordset()
                self.assertEqual(free.user_id, self.agent)

    def test_the_managers_reports(self):
        for lang in LANGUAGES:
            with self.subTest(lang=lang):
                self.manager.lang = lang
                self.start_tour(
                    "/odoo/helpdesk-desk",
                    "crm_suite_helpdesk_reports",
                    login="hd_manager",
                    timeout=120,
                )
