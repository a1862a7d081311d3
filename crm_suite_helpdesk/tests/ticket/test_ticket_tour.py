from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketTour(HelpdeskCommon, HttpCase):
    def test_an_agent_answers_a_ticket(self):
        self.start_tour("/odoo", "crm_suite_helpdesk_agent", login="hd_agent", timeout=90)
        ticket = self.env["crm.ticket"].search([("name", "=", "The tour broke the lamp")])
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.stage_type, "open")
        self.assertTrue(ticket.first_response_at)
        self.assertEqual(ticket.user_id, self.agent)

    def test_a_customer_opens_a_ticket(self):
        self.start_tour("/my", "crm_suite_helpdesk_customer", login="hd_customer", timeout=90)
        ticket = self.env["crm.ticket"].search([("name", "=", "The tour needs help")])
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertIn("More details", str(ticket.message_ids.mapped("body")))
