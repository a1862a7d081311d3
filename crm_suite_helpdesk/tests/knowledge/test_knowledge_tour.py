from odoo.tests import HttpCase, tagged

from .common import KnowledgeCommon


class KnowledgeTour(KnowledgeCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lamp, cls.goodwill = cls.create_articles(
            {
                "name": "Lamps that do not shine",
                "body": "<p>Change the bulb.</p>",
                "visibility": "portal",
            },
            {"name": "Goodwill", "visibility": "internal"},
        )
        cls.ticket = cls.create_ticket(name="A lamp does not shine", user_id=cls.agent.id)

    def walk_as_agent(self):
        self.start_tour(
            f"/odoo/tickets/{self.ticket.id}",
            "crm_suite_helpdesk_articles_agent",
            login="hd_agent",
            timeout=90,
        )
        self.assertTrue(self.ticket.first_response_at)
        self.assertEqual(self.lamp.visit_ids.filtered("used").user_id, self.agent)

    def walk_as_customer(self):
        self.start_tour(
            "/my/tickets/new",
            "crm_suite_helpdesk_articles_customer",
            login="hd_customer",
            timeout=90,
        )
        self.assertRecordValues(
            self.lamp.visit_ids,
            [{"source": "portal", "unhelped": 1, "comment": "Which bulb?"}],
        )
        self.assertEqual(self.lamp.visit_ids.partner_id, self.customer)


@tagged("post_install", "-at_install")
class TestKnowledgeTour(KnowledgeTour):
    def test_an_agent_in_english(self):
        self.walk_as_agent()

    def test_an_agent_in_arabic(self):
        self.agent.lang = "ar_001"
        self.walk_as_agent()


@tagged("post_install", "-at_install")
class TestKnowledgeTourPhone(KnowledgeTour):
    browser_size = "390x844"

    def test_a_customer_in_english(self):
        self.walk_as_customer()

    def test_a_customer_in_arabic(self):
        self.customer_user.lang = "ar_001"
        self.walk_as_customer()
