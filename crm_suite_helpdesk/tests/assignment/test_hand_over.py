from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestHandOver(AssignmentCommon):
    """The queue of an absent agent."""

    def setUp(self):
        super().setUp()
        self.tickets = self.env["crm.ticket"].union(
            *(self.create_ticket(user_id=self.carla.id) for _number in range(4))
        )
        self.closed = self.create_ticket(user_id=self.carla.id)
        self.move(self.closed, "solved")

    def hand_over(self, user=None, **values):
        Wizard = self.env["crm.ticket.hand.over"].with_user(user or self.manager)
        wizard = Wizard.create({"user_id": self.carla.id, **values})
        return wizard.action_hand_over()

    def test_to_whoever_can(self):
        result = self.hand_over(away_until="2026-03-13", note="On leave")
        users = self.tickets.mapped("user_id")
        self.assertEqual(users, self.agent | self.basim)
        self.assertEqual(self.closed.user_id, self.carla)
        self.assertIn("Tickets handed over: 4", result["params"]["title"])
        self.assertIn("Basim: 2", result["params"]["message"])
        agent = self.agent_of(self.carla)
        self.assertEqual(str(agent.away_until), "2026-03-13")
        notes = " ".join(str(body) for body in self.tickets[0].message_ids.mapped("body"))
        self.assertIn("Handed over from Carla: On leave", notes)

    def test_nobody_can(self):
        (self.agent_of(self.agent) | self.agent_of(self.basim)).capacity = 1
        result = self.hand_over()
        self.assertEqual(len(self.tickets.filtered("user_id")), 2)
        rest = self.tickets.filtered(lambda t: not t.user_id)
        self.assertEqual(set(rest.mapped("assignment_state")), {"nobody"})
        self.assertIn("Nobody yet: 2", result["params"]["message"])
        self.assertIn("Not Carla: has had this ticket already", self.tell(rest[0]))

    def test_to_one_colleague_or_to_the_queue(self):
        self.hand_over(way="user", new_user_id=self.basim.id)
        self.assertEqual(self.tickets.user_id, self.basim)
        Wizard = self.env["crm.ticket.hand.over"].with_user(self.manager)
        Wizard.create({"user_id": self.basim.id, "way": "queue"}).action_hand_over()
        self.assertFalse(self.tickets.user_id)
        self.assign()
        self.assertFalse(self.tickets.user_id, "whoever wants takes them")

    def test_only_what_waits_for_us(self):
        self.move(self.tickets[0], "waiting_customer")
        self.hand_over(scope="us")
        self.assertEqual(self.tickets[0].user_id, self.carla)
        self.assertNotIn(self.carla, self.tickets[1:].user_id)

    def test_only_one_team(self):
        other = self.env["crm.ticket.team"].create(
            {"name": "Other", "member_ids": [Command.set(self.carla.ids)]}
        )
        ticket = self.create_ticket(team_id=other.id, user_id=self.carla.id)
        self.hand_over(team_ids=[Command.set(self.team.ids)])
        self.assertEqual(ticket.user_id, self.carla)
        self.assertNotIn(self.carla, self.tickets.user_id)

    def test_of_one_who_has_left(self):
        self.carla.active = False
        self.assertIn(
            self.carla,
            self.env["crm.ticket.hand.over"]
            .with_user(self.manager)
            .new({})
            .possible_user_ids._origin,
        )
        self.hand_over()
        self.assertEqual(self.tickets.user_id, self.agent | self.basim)

    def test_agents_hand_over_their_own(self):
        self.hand_over(user=self.carla, away_until="2026-03-05")
        self.assertNotIn(self.carla, self.tickets.user_id)

    def test_agents_do_not_hand_over_the_queue_of_a_colleague(self):
        for values in (
            {},
            {"team_ids": [Command.set(self.team.ids)]},
            {"away_until": "2026-04-01"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                self.hand_over(user=self.basim, **values)
        self.assertEqual(self.tickets.user_id, self.carla)
        self.assertFalse(self.agent_of(self.carla).away_until)

    def test_leaders_stay_in_their_teams(self):
        self.team.user_id = self.basim
        foreign = self.env["crm.ticket.team"].create(
            {"name": "Foreign", "member_ids": [Command.set(self.carla.ids)]}
        )
        ticket = self.create_ticket(team_id=foreign.id, user_id=self.carla.id)
        with self.assertRaises(AccessError):
            self.hand_over(user=self.basim, team_ids=[Command.set(foreign.ids)])
        self.hand_over(user=self.basim)
        self.assertNotIn(self.carla, self.tickets.user_id)
        self.assertEqual(ticket.user_id, self.carla)

    def test_what_makes_no_sense(self):
        for values in (
            {"way": "user"},
            {"way": "user", "new_user_id": self.outsider.id},
            {"way": "user", "new_user_id": self.carla.id},
            {"way": "user", "new_user_id": self.customer_user.id},
            {"away_until": "2026-02-01"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self.hand_over(**values)
        self.hand_over()
        with self.assertRaises(UserError):
            self.hand_over()

    def test_the_dialog(self):
        action = self.agent_of(self.carla).with_user(self.manager).action_hand_over()
        Wizard = self.env["crm.ticket.hand.over"].with_user(self.manager)
        form = Form(Wizard.with_context(**action["context"]))
        self.assertEqual(form.ticket_count, 4)
        form.scope = "us"
        form.way = "user"
        form.new_user_id = self.basim
        wizard = form.save()
        listed = self.env["crm.ticket"].search(wizard.action_view_tickets()["domain"])
        self.assertEqual(listed, self.tickets)
        wizard.action_hand_over()
        self.assertEqual(self.tickets.user_id, self.basim)
