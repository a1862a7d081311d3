from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCallTour(HelpdeskCommon, HttpCase):
    """A customer calls about what he has written already; in both languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The browser is of today
        cls.env.cr._now = None
        cls.known = cls.create_ticket(name="Tour printer on fire")

    def setUp(self):
        super().setUp()
        self.env.cr._now = None

    def start(self):
        self.start_tour("/odoo/tickets", "crm_suite_helpdesk_call", login="hd_agent", timeout=120)
        ticket = self.env["crm.ticket"].search([], order="id desc", limit=1)
        self.assertEqual(ticket.name, "Fire in the tour printer")
        self.assertEqual(ticket.channel, "phone")
        self.assertTrue(ticket.is_no_duplicate)
        self.assertEqual(len(ticket.interaction_ids), 1)

    def test_in_english(self):
        self.start()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.agent.lang = "ar_001"
        self.start()
