from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AssignmentCommon

REFUSAL = "No"


@tagged("post_install", "-at_install")
class TestNobody(AssignmentCommon):
    """That nobody is available is said aloud, once, and is over by itself."""

    def setUp(self):
        super().setUp()
        self.team.agent_ids.accepts = False

    def give(self, **values):
        ticket = self.create_ticket(**values)
        self.assign()
        return ticket

    def test_it_is_on_the_ticket_and_the_leader_is_told_once(self):
        ticket = self.give()
        self.assertEqual(ticket.assignment_state, "nobody")
        story = self.tell(ticket)
        self.assertIn("Nobody of the team Test Support is available", story)
        for name in ("Amal Agent", "Basim", "Carla"):
            self.assertIn(f"Not {name}: takes no tickets at present", story)
        self.assertEqual(len(self.todos(ticket, self.manager)), 1)
        for _run in range(3):
            self.assign()
        self.assertEqual(len(self.todos(ticket)), 1)
        notes = " ".join(str(body) for body in ticket.message_ids.mapped("body"))
        self.assertEqual(notes.count("is available for this ticket"), 1)

    def test_over_as_soon_as_somebody_is_free(self):
        ticket = self.give()
        self.agent_of(self.basim).accepts = True
        self.assign()
        self.assertEqual(ticket.user_id, self.basim)
        self.assertFalse(self.todos(ticket))
        self.assertIn("Assigned automatically to Basim", self.tell(ticket))

    def test_who_is_free_wakes_the_job(self):
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_ticket_assign")
        domain = [("cron_id", "=", cron.id)]
        self.give()
        calls = self.env["ir.cron.trigger"].search_count(domain)
        self.agent_of(self.basim).capacity = 5
        self.assertEqual(self.env["ir.cron.trigger"].search_count(domain), calls + 1)
        self.move(self.create_ticket(user_id=self.basim.id), "solved")
        self.assertEqual(self.env["ir.cron.trigger"].search_count(domain), calls + 2)

    def test_a_person_takes_it(self):
        ticket = self.give()
        ticket.with_user(self.carla).action_assign_to_me()
        self.assertFalse(self.todos(ticket) or ticket.assignment_state)

    def test_a_solved_ticket_needs_nobody(self):
        ticket = self.give()
        self.move(ticket, "solved")
        self.assertFalse(self.todos(ticket) or ticket.assignment_state)

    def test_a_team_without_a_leader(self):
        self.team.user_id = False
        ticket = self.give()
        self.assertIn(self.manager, self.todos(ticket).user_id)

    def test_a_team_without_members(self):
        self.team.member_ids = [Command.clear()]
        ticket = self.give()
        self.assertEqual(ticket.assignment_state, "nobody")
        self.assertIn("The team has no members", self.tell(ticket))

    def test_many_make_one_to_do(self):
        self.env["crm.ticket"].create(
            [{"name": f"Ticket {n}", "team_id": self.team.id} for n in range(30)]
        )
        self.assign()
        tickets = self.env["crm.ticket"].search([("team_id", "=", self.team.id)])
        self.assertEqual(set(tickets.mapped("assignment_state")), {"nobody"})
        self.assertEqual(len(self.todos(tickets)), 1)
        self.assertIn("29", self.todos(tickets).summary)

    def test_everybody_reads_it_in_his_language(self):
        ticket = self.give()
        self.manager.lang = "ar_001"
        english = self.tell(ticket, self.carla)
        arabic = self.tell(ticket.with_context(lang="ar_001"), self.manager)
        self.assertIn("takes no tickets", english)
        self.assertIn("Carla", arabic)

    def test_names_are_no_markup(self):
        self.carla.name = "<b>Carla</b>"
        self.assertIn("&lt;b&gt;Carla", self.tell(self.give()))

    def test_colleagues_that_are_gone(self):
        ticket = self.give()
        log = ticket.assignment_log
        ticket.sudo().assignment_log = {**log, "left_out": [[10**8, "paused"]]}
        self.assertIn("Not ?", self.tell(ticket))

    def test_a_ticket_that_cannot_be_written(self):
        self.agent_of(self.carla).accepts = True
        self.env["crm.form.rule"].search([]).unlink()
        ticket, fine = self.create_ticket(name="cursed"), self.create_ticket()
        write = type(ticket).write

        def refuse(records, vals):
            if vals.get("user_id") and ticket in records:
                raise UserError(REFUSAL)
            return write(records, vals)

        with patch.object(type(ticket), "write", refuse):
            self.assign()
        self.assertEqual(fine.user_id, self.carla)
        self.assertFalse(ticket.user_id or ticket.assignment_state)
        self.assertIn("cannot be assigned: No", " ".join(ticket.message_ids.mapped("body")))

    def test_the_counter_of_the_leader(self):
        tickets = self.give() | self.give()
        desk = self.env["crm.ticket.desk"].with_user(self.manager).get_desk()
        counter = next(c for c in desk["counters"] if c["key"] == "nobody")
        listed = self.env["crm.ticket"].with_user(self.manager).search(counter["domain"])
        self.assertEqual(counter["count"], len(listed))
        self.assertEqual(listed.filtered(lambda t: t.team_id == self.team), tickets)
        desk = self.env["crm.ticket.desk"].with_user(self.carla).get_desk()
        self.assertNotIn("nobody", [c["key"] for c in desk["counters"]])
