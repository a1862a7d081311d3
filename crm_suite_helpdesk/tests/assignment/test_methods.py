from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestMethods(AssignmentCommon):
    """Whose turn it is."""

    def give(self, count, **values):
        tickets = self.env["crm.ticket"].union(
            *(self.create_ticket(**values) for _number in range(count))
        )
        self.assign()
        return tickets

    def test_by_hand_nothing_happens(self):
        self.team.assignment_method = "manual"
        ticket = self.create_ticket()
        self.assign()
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.assignment_state)

    def test_fewest_open_tickets(self):
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(user_id=self.basim.id)
        (ticket,) = self.give(1)
        self.assertEqual(ticket.user_id, self.carla)
        self.assertEqual(ticket.assignment_state, "automatic")
        tickets = self.give(3)
        self.assertEqual(sorted(tickets.user_id.mapped("name")), ["Amal Agent", "Basim", "Carla"])

    def test_closed_tickets_do_not_count(self):
        self.agent_of(self.basim).accepts = self.agent_of(self.carla).accepts = True
        for _number in range(3):
            self.move(self.create_ticket(user_id=self.carla.id), "solved")
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(user_id=self.basim.id)
        self.assertEqual(self.give(1).user_id, self.carla)

    def test_tickets_of_other_teams_count_if_wanted(self):
        other = self.team.copy({"member_ids": [Command.set(self.carla.ids)], "alias_name": False})
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(user_id=self.basim.id)
        for _number in range(2):
            self.create_ticket(team_id=other.id, user_id=self.carla.id)
        self.assertEqual(self.give(1).user_id, self.carla)
        self.team.assignment_load = "all"
        self.assertNotEqual(self.give(1).user_id, self.carla)

    def test_waiting_tickets_do_not_count_if_wanted(self):
        self.move(self.create_ticket(user_id=self.carla.id), "waiting_customer")
        self.create_ticket(user_id=self.carla.id).sudo().snoozed_until = "2026-03-09 09:00:00"
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(user_id=self.basim.id)
        self.assertNotEqual(self.give(1).user_id, self.carla)
        self.team.assignment_counts_waiting = False
        self.assertEqual(self.agent_of(self.carla).open_ticket_count, 0)
        self.assertEqual(self.give(1).user_id, self.carla)

    def test_in_turn(self):
        self.team.assignment_method = "round_robin"
        for _number in range(5):
            self.create_ticket(user_id=self.agent.id)
        tickets = self.give(6)
        self.assertEqual(tickets[:3].user_id, self.agent | self.basim | self.carla)
        self.assertEqual(tickets[3:].mapped("user_id"), tickets[:3].mapped("user_id"))

    def test_in_turn_goes_on_where_it_was(self):
        self.team.assignment_method = "round_robin"
        first = self.give(1)
        self.travel(minutes=1)
        second = self.give(1)
        self.travel(minutes=1)
        third = self.give(1)
        self.assertEqual(len((first | second | third).user_id), 3)

    def test_by_weight(self):
        self.team.assignment_method = "weighted"
        self.agent_of(self.agent).weight = 3
        self.agent_of(self.basim).weight = 2
        users = [ticket.user_id for _round in range(2) for ticket in self.give(6)]
        self.assertEqual(
            [users.count(user) for user in (self.agent, self.basim, self.carla)], [6, 4, 2]
        )

    def test_the_most_urgent_ticket_gets_the_last_free_agent(self):
        (self.agent_of(self.agent) | self.agent_of(self.basim)).accepts = False
        self.agent_of(self.carla).capacity = 1
        calm, urgent = self.create_ticket(priority="0"), self.create_ticket(priority="3")
        self.assign()
        self.assertEqual(urgent.user_id, self.carla)
        self.assertEqual(calm.assignment_state, "nobody")

    def test_tickets_with_an_agent_are_left_alone(self):
        ticket = self.create_ticket(user_id=self.outsider.id)
        self.assign()
        self.assertEqual((ticket.user_id, ticket.assignment_state), (self.outsider, False))

    def test_a_persons_decision_ends_the_search(self):
        ticket = self.create_ticket()
        self.assertEqual(ticket.assignment_state, "waiting")
        ticket.with_user(self.agent).action_assign_to_me()
        self.assertFalse(ticket.assignment_state)
        ticket.with_user(self.agent).user_id = False
        self.assign()
        self.assertFalse(ticket.user_id)

    def test_a_ticket_that_moves_to_the_team_is_assigned(self):
        other = self.env["crm.ticket.team"].create(
            {"name": "Other", "member_ids": [Command.set(self.outsider.ids)]}
        )
        ticket = self.create_ticket(team_id=other.id, user_id=self.outsider.id)
        member = self.create_ticket(team_id=other.id, user_id=self.carla.id)
        (ticket | member).team_id = self.team
        self.assertEqual(ticket.assignment_state, "waiting")
        self.assign()
        self.assertIn(ticket.user_id, self.team.member_ids)
        self.assertEqual(member.user_id, self.carla, "is his ticket in this team, too")

    def test_spam_and_closed_tickets_get_nobody(self):
        ticket = self.create_ticket(stage_id=self.stages["spam"].id)
        late = self.create_ticket()
        self.move(late, "cancelled")
        self.assign()
        self.assertFalse((ticket | late).user_id)
        self.assertFalse(ticket.assignment_state or late.assignment_state)

    def test_a_reopened_ticket_of_somebody_who_left_is_assigned(self):
        left, stays = (
            self.create_ticket(user_id=self.carla.id),
            self.create_ticket(user_id=self.basim.id),
        )
        for ticket in (left, stays):
            self.move(ticket, "solved")
        self.carla.active = False
        for ticket in (left, stays):
            self.customer_writes(ticket)
        self.assign()
        self.assertEqual(left.user_id, self.agent)
        self.assertEqual(stays.user_id, self.basim)

    def test_on_demand(self):
        self.team.assignment_method = "manual"
        tickets = self.create_ticket() | self.create_ticket()
        message = tickets.with_user(self.agent).action_assign_automatically()["params"]
        self.assertEqual(message["type"], "success")
        self.assertEqual(len(tickets.user_id), 2)
        with self.assertRaises(UserError):
            tickets.with_user(self.agent).action_assign_automatically()

    def test_the_backlog_of_a_team(self):
        self.team.assignment_method = "manual"
        tickets = self.create_ticket() | self.create_ticket()
        self.team.assignment_method = "round_robin"
        self.assign()
        self.assertFalse(tickets.user_id, "nobody asked for it")
        self.team.action_assign_backlog()
        self.assign()
        self.assertEqual(len(tickets.user_id), 2)
        with self.assertRaises(UserError):
            self.team.action_assign_backlog()

    def test_many_at_once_cost_little(self):
        tickets = self.env["crm.ticket"].create(
            [{"name": f"Ticket {n}", "team_id": self.team.id} for n in range(120)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        tickets._assign_automatically()
        self.env.flush_all()
        few = self.env.cr.sql_log_count - before
        self.assertEqual(len(tickets.filtered("user_id")), 120)
        counts = [len(tickets.filtered(lambda t, u=u: t.user_id == u)) for u in tickets.user_id]
        self.assertEqual(counts, [40, 40, 40])
        # core writes two rows for each, a message and what it tracks
        self.assertLess(few, 2 * len(tickets) + 100, "no query of ours for each ticket")

    def test_figures_that_make_no_sense(self):
        agent = self.agent_of(self.carla)
        for values in ({"weight": 0}, {"weight": 5000}, {"capacity": -1}, {"capacity": 10**6}):
            with self.subTest(values), self.assertRaises(ValidationError):
                agent.write(values)
        for values in (
            {"assignment_wait_hours": -1},
            {"assignment_sticky_days": 10**6},
            {"assignment_untouched_hours": -2},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.team.write(values)
