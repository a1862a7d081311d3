from markupsafe import Markup

from odoo.tests import tagged

from ..assignment.common import AssignmentCommon
from ..common import MONDAY


@tagged("post_install", "-at_install")
class TestUntouched(AssignmentCommon):
    """A ticket that its agent leaves alone goes back to the queue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.assignment_untouched_hours = 4

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()
        self.assign()
        self.first = self.ticket.user_id

    def later(self, moment):
        self.travel(moment)
        self.assign()

    def test_after_four_working_hours_somebody_else_gets_it(self):
        # an hour at noon does not count
        self.assertEqual(self.ticket.untouched_at, MONDAY.replace(hour=14))
        self.later(MONDAY.replace(hour=13, minute=59))
        self.assertEqual(self.ticket.user_id, self.first)
        self.later(MONDAY.replace(hour=14))
        self.assertTrue(self.ticket.user_id)
        self.assertNotEqual(self.ticket.user_id, self.first)
        self.assertIn(f"Not {self.first.name}: has had this ticket already", self.tell(self.ticket))
        notes = " ".join(str(body) for body in self.ticket.message_ids.mapped("body"))
        self.assertIn(f"{self.first.name} has done nothing on this ticket for 4 working", notes)

    def test_everybody_had_his_chance(self):
        for day in (3, 4, 5):
            self.later(MONDAY.replace(day=day, hour=16))
        self.assertEqual(self.ticket.assignment_state, "nobody")
        self.assertEqual(len(self.todos(self.ticket, self.manager)), 1)

    def test_what_counts_as_work(self):
        def reply():
            self.reply(self.ticket, self.first)

        def note():
            self.ticket.with_user(self.first).message_post(body=Markup("Looking"))

        def move():
            self.ticket.with_user(self.first).stage_id = self.stages["open"]

        for touch in (reply, note, move):
            with self.subTest(touch.__name__):
                self.ticket.user_id = False
                self.env.flush_all()
                self.travel(MONDAY)
                self.ticket.user_id = self.first
                self.env.flush_all()
                self.travel(MONDAY.replace(hour=10))
                touch()
                self.later(MONDAY.replace(day=3, hour=16))
                self.assertEqual(self.ticket.user_id, self.first)
                self.assertFalse(self.ticket.untouched_at)

    def test_what_others_do_does_not_count(self):
        self.travel(MONDAY.replace(hour=10))
        self.customer_writes(self.ticket)
        self.ticket.with_user(self.manager).message_post(body=Markup("Well?"))
        self.later(MONDAY.replace(hour=16))
        self.assertNotEqual(self.ticket.user_id, self.first)

    def test_taking_a_ticket_is_no_work_on_it(self):
        self.ticket.user_id = False
        self.env.flush_all()
        self.ticket.with_user(self.carla).action_assign_to_me()
        self.later(MONDAY.replace(hour=16))
        self.assertNotEqual(self.ticket.user_id, self.carla)

    def test_not_while_others_are_to_act(self):
        self.move(self.ticket, "waiting_third")
        self.later(MONDAY.replace(hour=16))
        self.assertEqual(self.ticket.user_id, self.first)
        self.assertGreater(self.ticket.untouched_at, MONDAY.replace(hour=16))
        self.move(self.ticket, "open")
        self.later(MONDAY.replace(day=4, hour=9))
        self.assertNotEqual(self.ticket.user_id, self.first)

    def test_not_while_snoozed_nor_when_closed(self):
        self.ticket.sudo().snoozed_until = MONDAY.replace(day=5)
        closed = self.create_ticket(user_id=self.carla.id)
        self.move(closed, "solved")
        self.later(MONDAY.replace(hour=16))
        self.assertEqual(self.ticket.user_id, self.first)
        self.assertEqual(closed.user_id, self.carla)
        self.assertFalse(closed.untouched_at)

    def test_by_hand_it_is_free_for_all(self):
        self.team.assignment_method = "manual"
        self.later(MONDAY.replace(hour=16))
        self.assertFalse(self.ticket.user_id or self.ticket.assignment_state)

    def test_another_agent_has_his_own_time(self):
        self.travel(MONDAY.replace(hour=11))
        self.ticket.user_id = self.outsider
        self.assertEqual(self.ticket.assigned_at, MONDAY.replace(hour=11))
        self.assertEqual(self.ticket.untouched_at, MONDAY.replace(hour=16))

    def test_no_limit(self):
        self.team.assignment_untouched_hours = 0
        self.assertFalse(self.ticket.untouched_at)
        self.team.assignment_untouched_hours = 1
        self.assertEqual(self.ticket.untouched_at, MONDAY.replace(hour=10))
