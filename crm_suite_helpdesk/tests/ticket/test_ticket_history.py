from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketHistory(HelpdeskCommon):
    """Tickets are part of the history of a customer."""

    def rows(self, user, partner=None):
        page = (
            self.env["crm.timeline"]
            .with_user(user)
            .get_page("res.partner", (partner or self.customer).id)
        )
        return page["rows"]

    def test_the_timeline_shows_tickets_and_their_mails(self):
        ticket = self.create_ticket(description="<p>It smells</p>")
        self.reply(ticket, body="Open the window")
        rows = self.rows(self.agent, self.customer_company)
        shown = next(row for row in rows if row["source"] == "ticket")
        self.assertEqual(shown["title"], ticket.display_name)
        self.assertEqual(shown["preview"], "It smells")
        self.assertEqual(shown["state"], ticket.stage_id.name)
        self.assertEqual((shown["res_model"], shown["res_id"]), ("crm.ticket", ticket.id))
        mails = [row for row in rows if row["res_model"] == "crm.ticket" and row != shown]
        self.assertIn("Open the window", str(mails))

    def test_it_shows_nobody_more_than_he_may_see(self):
        self.create_ticket()
        self.assertNotIn("ticket", [row["source"] for row in self.rows(self.outsider)])
        self.assertNotIn("ticket", [row["source"] for row in self.rows(self.employee)])

    def test_a_call_is_logged_on_a_ticket(self):
        ticket = self.create_ticket().with_user(self.agent)
        action = ticket.action_log_interaction()
        Interaction = self.env["crm.interaction"].with_user(self.agent)
        with Form(Interaction.with_context(**action["context"]), action["views"][0][0]) as form:
            form.name = "Called back"
        call = form.record
        self.assertEqual((call.ticket_id, call.partner_id), (ticket, self.customer))
        self.assertEqual(call.company_id, ticket.company_id)
        ticket.invalidate_recordset()
        self.assertEqual(ticket.interaction_count, 1)
        self.assertEqual(Interaction.search(ticket.action_view_interactions()["domain"]), call)
        self.assertFalse(ticket.first_response_at, "only a message to the customer is an answer")

    def test_colleagues_of_the_team_see_it_and_others_do_not(self):
        call = self.env["crm.interaction"].create(
            {"name": "Call", "ticket_id": self.create_ticket().id, "user_id": self.manager.id}
        )
        self.assertEqual(call.partner_id, self.customer)
        self.assertTrue(call.with_user(self.agent).name)
        with self.assertRaises(AccessError):
            call.with_user(self.outsider).read(["name"])

    def test_a_call_about_a_ticket_of_nobody_goes_with_it(self):
        ticket = self.create_ticket(partner_id=False, email_from="nour@unknown.example.org")
        call = self.env["crm.interaction"].create({"name": "Call", "ticket_id": ticket.id})
        self.assertFalse(call.partner_id)
        ticket.partner_id = self.customer
        self.assertEqual(call.partner_id, self.customer)
        ticket.unlink()
        self.assertTrue(call.exists(), "what was said to a customer stays in his history")

    def test_a_call_that_is_done_on_a_ticket_is_logged_once(self):
        ticket = self.create_ticket()
        activity = ticket.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.agent.id, summary="Call back"
        )
        self.env.flush_all()
        Call = self.env["crm.call"].with_user(self.manager)
        if Call.has_access("read"):
            self.assertEqual(Call.search([("activity_id", "=", activity.id)]).res_id, ticket.id)
        activity.with_user(self.agent).action_feedback(feedback="It works again")
        call = self.env["crm.interaction"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual((call.name, call.channel), ("Call back", "phone"))
        self.assertEqual((call.partner_id, call.user_id), (self.customer, self.agent))
