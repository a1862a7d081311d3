from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicket(HelpdeskCommon):
    """The daily work of an agent."""

    def test_a_ticket_for_somebody_who_calls(self):
        self.customer.phone = "+966 11 234 5678"
        with Form(self.env["crm.ticket"].with_user(self.agent)) as form:
            form.name = "No invoice"
            form.partner_id = self.customer
            self.assertEqual(form.email_from, self.customer.email)
            self.assertEqual(form.phone, self.customer.phone)
        ticket = form.record
        self.assertTrue(ticket.number)
        self.assertEqual(ticket.display_name, f"{ticket.number} No invoice")
        self.assertEqual(ticket.stage_type, "new")
        self.assertEqual(ticket.waiting_on, "us")
        self.assertFalse(ticket.user_id)
        ticket.action_assign_to_me()
        self.assertEqual(ticket.user_id, self.agent)
        self.assertIn(self.agent.partner_id, ticket.message_partner_ids)

    def test_the_board_creates_with_a_subject_alone(self):
        ticket_id, name = self.env["crm.ticket"].with_user(self.agent).name_create("Quick one")
        ticket = self.env["crm.ticket"].browse(ticket_id)
        self.assertEqual((ticket.name, name), ("Quick one", ticket.display_name))
        self.assertEqual(ticket.team_id, self.team)

    def test_numbers_are_never_given_twice(self):
        tickets = self.create_ticket() | self.create_ticket().copy() | self.create_ticket()
        self.assertEqual(len(set(tickets.mapped("number"))), 3)

    def test_found_by_number_or_subject(self):
        ticket = self.create_ticket(name="Zebra crossing")
        for term in (ticket.number, "zebra"):
            self.assertIn(ticket.id, dict(self.env["crm.ticket"].name_search(term)))

    def test_closing_and_opening_leave_their_times(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(ticket, "solved")
        self.assertEqual(ticket.closed_at, self.env["crm.ticket"]._now())
        self.assertFalse(ticket.waiting_on)
        self.travel(hours=1)
        self.move(ticket, "closed")
        self.assertLess(ticket.closed_at, self.env["crm.ticket"]._now(), "closed since solved")
        self.move(ticket, "open")
        self.assertFalse(ticket.closed_at)

    def test_whose_turn_it_is(self):
        ticket = self.create_ticket()
        self.travel(minutes=1)
        self.customer_writes(ticket)
        self.assertEqual(ticket.waiting_on, "us")
        self.travel(minutes=1)
        self.reply(ticket)
        self.assertEqual(ticket.waiting_on, "customer")
        self.travel(minutes=1)
        self.customer_writes(ticket)
        self.assertEqual(ticket.waiting_on, "us")

    def test_an_answer_reaches_the_customer(self):
        ticket = self.create_ticket()
        suggested = ticket.with_user(self.agent)._message_get_suggested_recipients()
        self.assertEqual([person["partner_id"] for person in suggested], self.customer.ids)
        message = self.reply(ticket, partner_ids=self.customer.ids)
        self.assertIn(self.customer, message.notified_partner_ids)
        self.assertIn(self.customer, ticket.message_partner_ids, "and the next ones, too")
        note = self.reply(ticket, subtype_xmlid="mail.mt_note")
        self.assertNotIn(self.customer, note.notified_partner_ids)

    def test_teams_may_have_stages_of_their_own(self):
        stage = self.env["crm.ticket.stage"].create(
            {
                "name": "Triage",
                "type": "new",
                "sequence": 1,
                "team_ids": [Command.set(self.team.ids)],
            }
        )
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        ticket = self.create_ticket()
        self.assertEqual(ticket.stage_id, stage)
        ticket.team_id = other
        self.assertEqual(ticket.stage_id, self.stages["new"], "the other team does not have it")
        Ticket = self.env["crm.ticket"].with_context(default_team_id=other.id)
        self.assertNotIn(stage, Ticket._read_group_stage_ids(self.env["crm.ticket.stage"], []))
        Ticket = self.env["crm.ticket"].with_context(default_team_id=self.team.id)
        self.assertIn(stage, Ticket._read_group_stage_ids(self.env["crm.ticket.stage"], []))

    def test_a_stage_in_use_keeps_its_meaning(self):
        stage = self.env["crm.ticket.stage"].create({"name": "Check", "type": "open"})
        stage.type = "waiting_third"
        ticket = self.create_ticket()
        ticket.stage_id = stage
        with self.assertRaisesRegex(UserError, "Move the tickets"):
            stage.type = "closed"
        stage.write({"type": "waiting_third", "name": "Renamed"})

    def test_counts_on_contact_and_team(self):
        self.create_ticket()
        self.create_ticket(user_id=self.agent.id)
        closed = self.create_ticket(partner_id=self.colleague_user.partner_id.id)
        self.move(closed, "closed")
        people = self.customer | self.customer_company | self.stranger_company
        people = people.with_user(self.manager)
        self.assertEqual(people.mapped("ticket_count"), [3, 3, 0], "everybody in the company")
        people.invalidate_recordset(["ticket_count"])
        with self.assertQueryCount(1):
            people.mapped("ticket_count")
        action = self.customer.with_user(self.manager).action_open_tickets()
        self.assertEqual(self.env["crm.ticket"].search_count(action["domain"]), 3)
        self.assertEqual(self.team.open_ticket_count, 2)
        self.assertEqual(self.team.unassigned_ticket_count, 1)

    def test_the_address_of_a_team_knows_its_team(self):
        self.assertEqual(self.team.alias_id.alias_model_id.model, "crm.ticket")
        self.assertIn(str(self.team.id), self.team.alias_defaults)

    def test_an_address_in_use_is_not_taken(self):
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        other._claim_alias("help-test")
        self.assertFalse(other.alias_name)
        other._claim_alias("help-other")
        self.assertEqual(other.alias_name, "help-other")

    def test_everything_is_there_right_after_installation(self):
        team = self.env.ref("crm_suite_helpdesk.crm_ticket_team_support")
        self.assertTrue(team.alias_name)
        self.assertEqual(
            set(self.env["crm.ticket.stage"].search([]).mapped("type")) - {"waiting_third"},
            {"new", "open", "waiting_customer", "solved", "closed", "cancelled", "spam"},
        )
