from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestAssignmentRights(AssignmentCommon):
    """Who may see and change what."""

    def test_agents_see_their_colleagues_and_change_nothing(self):
        agents = self.env["crm.ticket.agent"].with_user(self.carla)
        self.assertEqual(agents.search([("team_id", "=", self.team.id)]), self.team.agent_ids)
        for agent in self.team.agent_ids.with_user(self.carla):
            for values in ({"capacity": 1}, {"accepts": False}, {"active": False}):
                with self.assertRaises(UserError):
                    agent.write(values)
        with self.assertRaises(AccessError):
            agents.create({"team_id": self.team.id, "user_id": self.outsider.id})
        with self.assertRaises(AccessError):
            self.team.agent_ids.with_user(self.carla).unlink()

    def test_others_see_nothing(self):
        for user in (self.outsider, self.employee, self.customer_user):
            Agent = self.env["crm.ticket.agent"].with_user(user)
            if user == self.outsider:
                self.assertFalse(Agent.search([]) & self.team.agent_ids)
            else:
                with self.assertRaises(AccessError):
                    Agent.search([])
                with self.assertRaises(AccessError):
                    self.env["crm.ticket.desk"].with_user(user).set_availability(True)
                with self.assertRaises(AccessError):
                    self.env["crm.ticket.hand.over"].with_user(user).create({})
                with self.assertRaises(AccessError):
                    self.env["crm.ticket.skill"].with_user(user).search([])

    def test_leaders_change_the_agents_of_their_teams(self):
        self.team.user_id = self.basim
        agent = self.agent_of(self.carla).with_user(self.basim)
        agent.write({"capacity": 3, "accepts": False})
        for values in ({"user_id": self.outsider.id}, {"credit": 100}, {"active": False}):
            with self.assertRaises(UserError):
                agent.write(values)
        foreign = self.env["crm.ticket.team"].create(
            {"name": "Foreign", "member_ids": [Command.set(self.basim.ids)]}
        )
        with self.assertRaises(AccessError):
            foreign.agent_ids.with_user(self.basim).capacity = 3

    def test_other_companies_are_apart(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["crm.ticket.team"].create({"name": "There", "company_id": company.id})
        team.sudo().member_ids = self.env.user.browse()
        agents = self.env["crm.ticket.agent"].with_user(self.manager)
        self.assertFalse(agents.search([("team_id", "=", team.id)]))

    def test_nobody_enters_what_the_assignment_says(self):
        ticket = self.create_ticket().with_user(self.carla)
        for values in (
            {"assignment_state": "automatic"},
            {"assignment_log": {"state": "nobody"}},
            {"assigned_at": "2020-01-01 00:00:00"},
            {"untouched_at": False},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                ticket.write(values)

    def test_the_customer_reads_nothing_of_it(self):
        ticket = self.create_ticket()
        self.assign()
        for name in ("assignment_state", "assignment_log", "assignment_story", "skill_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                ticket.with_user(self.customer_user).read([name])
        with self.assertRaises(AccessError):
            ticket.with_user(self.customer_user).action_assign_automatically()

    def test_an_outsider_assigns_nothing(self):
        ticket = self.create_ticket()
        with self.assertRaises(AccessError):
            ticket.with_user(self.outsider).action_assign_automatically()
        with self.assertRaises(AccessError):
            self.team.with_user(self.carla).action_assign_backlog()

    def test_an_agent_switches_himself_off_and_on(self):
        desk = self.env["crm.ticket.desk"].with_user(self.carla)
        self.assertEqual(desk.get_desk()["availability"]["presence"], "here")
        off = desk.set_availability(False)
        self.assertEqual((off["accepts"], off["presence"]), (False, "paused"))
        self.assertFalse(self.agent_of(self.carla).accepts)
        self.assertTrue(self.agent_of(self.basim).accepts)
        away = desk.set_availability(True, "2026-03-04")
        self.assertEqual((away["away_until"], away["presence"]), ("2026-03-04", "away"))
        back = desk.set_availability(True)
        self.assertEqual((back["away_until"], back["presence"]), (False, "here"))

    def test_hostile_switching(self):
        desk = self.env["crm.ticket.desk"].with_user(self.carla)
        for arguments in (
            ("yes",),
            (1,),
            (None,),
            (True, "tomorrow"),
            (True, "2026-99-99"),
            (True, ["2026-03-04"]),
            (True, {"a": 1}),
            (True, "2020-01-01"),
            (True, "9999-12-31"),
            (True, "\x00"),
        ):
            with self.subTest(arguments), self.assertRaises(ValidationError):
                desk.set_availability(*arguments)
        with self.assertRaises(UserError):
            self.env["crm.ticket.desk"].with_user(self.outsider).set_availability(True)

    def test_no_switch_where_tickets_are_taken_by_hand(self):
        self.team.assignment_method = "manual"
        desk = self.env["crm.ticket.desk"].with_user(self.carla)
        self.assertIsNone(desk.get_desk()["availability"])
