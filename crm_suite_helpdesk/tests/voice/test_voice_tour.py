from markupsafe import Markup

from odoo.tests import tagged

from .common import VoiceHttpCase


@tagged("post_install", "-at_install")
class TestVoiceTour(VoiceHttpCase):
    """The day of a customer who is asked, and of the agent who hears what he said."""

    browser_size = "1366x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")

    def test_an_agent_hears_the_customer(self):
        self.asked(name="Before")._submit("unhappy", "Slow", "mail")
        for lang in ("en_US", "ar_001"):
            with self.subTest(lang):
                self._hear(lang)

    def _hear(self, lang):
        self.agent.lang = lang
        team = self.team.copy({"name": f"Workshop {lang}", "member_ids": False})
        cause = self.env["crm.ticket.cause"].create({"name": "Glass", "team_id": team.id})
        ticket = self.create_ticket(
            user_id=self.agent.id, kind="complaint", cause_id=cause.id, name=f"Lamp {lang}"
        )
        # Demo data may have switched it on, in another time
        self.company.ticket_sentiment = False
        self.company.ticket_sentiment = True
        ticket.with_user(self.customer_user).message_post(
            body=Markup("<p>This is unacceptable.</p>"),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.env.flush_all()
        self.run_cron("crm.ticket.sentiment", "_cron_read_moods")
        self.start_tour(
            f"/odoo/tickets/{ticket.id}",
            "crm_suite_helpdesk_voice_agent",
            login="hd_agent",
            timeout=90,
        )
        self.env.invalidate_all()
        self.assertEqual(ticket.team_id, team)
        self.assertFalse(ticket.sentiment)


@tagged("post_install", "-at_install")
class TestVoiceTourPhone(VoiceHttpCase):
    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")

    def test_a_customer_answers_in_english_and_arabic(self):
        for lang in ("en_US", "ar_001"):
            with self.subTest(lang):
                self.customer.lang = lang
                survey = self.asked(name=f"Lamp {lang}")
                self.start_tour(self.link(survey, "happy"), "crm_suite_helpdesk_survey")
                self.env.invalidate_all()
                self.assertEqual(survey.satisfaction, "neutral")
                self.assertEqual(survey.feedback, "Quick and kind")
                self.assertEqual(len(survey.answer_ids), 2)

    def test_a_customer_rates_in_the_portal(self):
        for lang in ("en_US", "ar_001"):
            with self.subTest(lang):
                self.customer.lang = lang
                ticket = self.closed_ticket(name=f"Lamp {lang}")
                self.start_tour(
                    f"/my/tickets/{ticket.id}", "crm_suite_helpdesk_rate", login="hd_customer"
                )
                self.env.invalidate_all()
                self.assertEqual(ticket.satisfaction, "unhappy")
