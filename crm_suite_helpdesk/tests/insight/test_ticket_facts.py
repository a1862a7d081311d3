from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketFacts(HelpdeskCommon):
    def test_the_first_response_is_measured_in_working_time(self):
        ticket = self.create_ticket()
        self.travel(hours=26)  # Tuesday at eleven: a day of eight hours, and two
        self.reply(ticket)
        self.assertEqual(ticket.response_s, 10 * HOUR)
        self.travel(hours=3)
        self.reply(ticket)
        self.assertEqual(ticket.response_s, 10 * HOUR, "it stays the first")
        self.assertEqual(ticket.answer_count, 2)

    def test_the_hours_of_the_team_go_before_those_of_the_company(self):
        self.team.calendar_id = self._create_calendar("Mornings", [("0", 8, 10), ("1", 8, 10)])
        ticket = self.create_ticket()
        self.travel(hours=26)
        self.reply(ticket)
        self.assertEqual(ticket.response_s, 3 * HOUR)

    def test_hours_that_change_later_change_nothing(self):
        ticket = self.create_ticket()
        self.travel(hours=2)
        self.reply(ticket)
        self.move(ticket, "solved")
        self.calendar.attendance_ids.filtered(lambda a: a.dayofweek == "0").unlink()
        self.travel(hours=1)
        ticket.name = "Another subject"
        self.env.flush_all()
        self.assertEqual((ticket.response_s, ticket.solution_s), (2 * HOUR, 2 * HOUR))

    def test_notes_and_moves_are_no_answers(self):
        ticket = self.create_ticket()
        note = {"body": "Ask Omar", "subtype_xmlid": "mail.mt_note"}
        ticket.with_user(self.agent).message_post(**note)
        self.move(ticket, "waiting_customer")
        self.customer_writes(ticket)
        self.assertEqual((ticket.answer_count, ticket.response_s), (0, 0))

    def test_each_closing_is_kept(self):
        ticket = self.create_ticket(user_id=self.agent.id)
        self.travel(hours=1)
        self.reply(ticket)
        self.move(ticket, "solved")
        first = ticket.closing_ids
        self.assertEqual(
            (first.closed_at, first.stage_type, first.solution_s, first.answer_count),
            (MONDAY + timedelta(hours=1), "solved", HOUR, 1),
        )
        self.travel(hours=1)
        self.customer_writes(ticket)
        self.assertEqual(first.reopened_at, MONDAY + timedelta(hours=2))
        self.assertEqual(ticket.solution_s, 0, "it is not solved any more")
        self.travel(hours=2)
        self.move(ticket.with_user(self.agent), "closed")
        second = ticket.closing_ids - first
        self.assertEqual((second.solution_s, second.user_id), (3 * HOUR, self.agent))
        self.assertFalse(second.reopened_at)

    def test_another_way_of_being_closed_is_the_same_closing(self):
        ticket = self.create_ticket()
        self.move(ticket, "solved")
        self.travel(hours=1)
        self.move(ticket, "cancelled")
        closing = ticket.closing_ids
        self.assertEqual(len(closing), 1)
        self.assertEqual((closing.stage_type, closing.closed_at), ("cancelled", MONDAY))
        self.assertEqual((closing.solution_s, ticket.solution_s), (0, 0))

    def test_many_tickets_are_closed_at_once(self):
        tickets = self.env["crm.ticket"].create(
            [{"name": f"Ticket {i}", "team_id": self.team.id} for i in range(5)]
        )
        tickets.write({"stage_id": self.stages["solved"].id})
        self.assertEqual(tickets.closing_ids.ticket_id, tickets)
        tickets.write({"stage_id": self.stages["open"].id})
        self.assertEqual(len(tickets.closing_ids.filtered("reopened_at")), 5)

    def test_a_ticket_that_comes_in_closed_has_its_closing(self):
        ticket = self.env["crm.ticket"].create(
            {
                "name": "From the old system",
                "team_id": self.team.id,
                "opened_at": MONDAY - timedelta(days=3),
                "closed_at": MONDAY - timedelta(hours=16),
                "stage_id": self.stages["closed"].id,
            }
        )
        self.assertEqual(ticket.closing_ids.closed_at, MONDAY - timedelta(hours=16))
        self.assertEqual(ticket.closing_ids.solution_s, ticket.solution_s)

    def test_the_first_assignment_is_remembered(self):
        ticket = self.create_ticket()
        self.assertFalse(ticket.first_assigned_at)
        self.travel(hours=1)
        ticket.user_id = self.agent
        self.travel(hours=1)
        ticket.user_id = False
        ticket.user_id = self.manager
        self.assertEqual(ticket.first_assigned_at, MONDAY + timedelta(hours=1))
        given = self.create_ticket(user_id=self.agent.id)
        self.assertEqual(given.first_assigned_at, given.opened_at)

    def test_nobody_enters_what_is_measured(self):
        ticket = self.create_ticket()
        for values in ({"response_s": 1}, {"solution_s": 1}, {"answer_count": 0}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                ticket.with_user(self.manager).write(values)
        made = (
            self.env["crm.ticket"]
            .with_user(self.manager)
            .with_context(default_answer_count=7, default_response_s=5)
            .create({"name": "From outside", "team_id": self.team.id})
        )
        self.assertEqual((made.answer_count, made.response_s), (0, 0))
        self.move(ticket, "solved")
        with self.assertRaises(AccessError):
            ticket.closing_ids.with_user(self.manager).write({"reopened_at": MONDAY})
        with self.assertRaises(AccessError):
            ticket.closing_ids.with_user(self.manager).unlink()
        self.assertTrue(ticket.with_user(self.agent).closing_ids.closed_at)
        with self.assertRaises(AccessError):
            ticket.closing_ids.with_user(self.outsider).mapped("closed_at")

    def test_closing_costs_one_more_insert(self):
        tickets = self.env["crm.ticket"].create(
            [{"name": f"Ticket {i}", "team_id": self.team.id} for i in range(20)]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        tickets._note_closings({t.id: (t.stage_type, False) for t in tickets})
        self.assertEqual(self.env.cr.sql_log_count - before, 0, "nothing was closed")
