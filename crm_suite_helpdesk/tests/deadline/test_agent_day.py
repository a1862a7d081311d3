from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestAgentDay(HelpdeskCommon, HttpCase):
    browser_size = "1366x900"

    def setUp(self):
        super().setUp()
        # The browser lives in the present, around the clock
        self.env.cr._now = datetime.now()
        self.policy.mode = "always"
        self.late = self._create("Late", minutes=180)
        self.risky = self._create("At risk", minutes=100)
        self.fresh = self._create("Fresh", minutes=0)
        self.waiting = self._create("Waiting", minutes=0)
        self.reply(self.waiting)
        self.move(self.waiting, "waiting_customer")
        self.env.flush_all()

    def _create(self, name, minutes):
        opened_at = self.env["crm.ticket"]._now() - timedelta(minutes=minutes)
        return self.create_ticket(name=name, opened_at=opened_at)

    def _work(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        self.agent.lang = lang
        self.start_tour(
            "/odoo/tickets?view_type=list",
            "crm_suite_helpdesk_agent_day",
            login=self.agent.login,
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(self.risky.stage_type, "solved")
        self.assertEqual(self.risky.user_id, self.agent)
        self.assertEqual(set(self.risky.sla_clock_ids.mapped("result")), {"met"})

    def test_in_english(self):
        self._work("en_US")

    def test_in_arabic(self):
        self._work("ar_001")
