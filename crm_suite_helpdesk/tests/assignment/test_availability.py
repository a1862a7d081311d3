from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..common import MONDAY
from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestAvailability(AssignmentCommon):
    """Who is there: working hours, shifts, days off, absences, limits, rights."""

    def only(self, user, **values):
        """This agent alone takes tickets."""
        agent = self.agent_of(user)
        (self.team.agent_ids - agent).accepts = False
        agent.write(values)
        return agent

    def give(self, **values):
        ticket = self.create_ticket(**values)
        self.assign()
        return ticket

    def add_leave(self, user, start, end, **values):
        """A day off of a person, as HR enters it."""
        resource = user.resource_ids[:1] or self.env["resource.resource"].create(
            {"name": user.name, "user_id": user.id, "calendar_id": self.calendar.id}
        )
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "date_from": start,
                "date_to": end,
                "resource_id": resource.id,
                "calendar_id": self.calendar.id,
                "time_type": "leave",
                **values,
            }
        )

    def test_nobody_works_at_night(self):
        self.travel(MONDAY.replace(hour=22))
        ticket = self.give()
        self.assertFalse(ticket.user_id)
        self.assertEqual(ticket.assignment_state, "later")
        self.assertIn("It is assigned at", self.tell(ticket))
        self.assertFalse(self.todos(ticket), "nobody is alarmed about an ordinary night")
        self.travel(MONDAY.replace(day=3, hour=8))
        self.assign()
        self.assertTrue(ticket.user_id)

    def test_the_job_is_woken_when_the_shift_begins(self):
        self.travel(MONDAY.replace(hour=22))
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_ticket_assign")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.give()
        new = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertIn(MONDAY.replace(day=3, hour=8), new.mapped("call_at"))

    def test_ahead_to_who_is_back_first_at_work(self):
        self.team.assignment_off_hours = "ahead"
        self.travel(MONDAY.replace(hour=22))
        ticket = self.give()
        self.assertTrue(ticket.user_id)
        self.assertIn("Is at work again at", self.tell(ticket))

    def test_a_weekend_that_is_too_long(self):
        self.team.assignment_wait_hours = 24
        self.travel(MONDAY.replace(day=6, hour=20))  # a Friday
        ticket = self.give()
        self.assertEqual(ticket.assignment_state, "nobody")
        self.assertEqual(len(self.todos(ticket, self.manager)), 1)

    def test_own_shift(self):
        night = self._create_calendar("Night", [(str(day), 18, 23) for day in range(5)])
        self.agent_of(self.carla).resource_calendar_id = night
        self.only(self.carla)
        self.assertEqual(self.give().assignment_state, "later")
        self.travel(MONDAY.replace(hour=19))
        self.assertEqual(self.give().user_id, self.carla)

    def test_a_day_off(self):
        self.only(self.carla)
        self.add_leave(self.carla, MONDAY.replace(hour=0), MONDAY.replace(hour=23))
        self.team.assignment_wait_hours = 8
        ticket = self.give()
        self.assertEqual(ticket.assignment_state, "nobody")
        self.assertIn("Not Carla: does not come to work soon enough", self.tell(ticket))
        self.travel(MONDAY.replace(day=3, hour=9))
        self.assign()
        self.assertEqual(ticket.user_id, self.carla)

    def test_half_a_day_off(self):
        self.only(self.carla)
        self.add_leave(self.carla, MONDAY.replace(hour=8), MONDAY.replace(hour=10, minute=30))
        self.assertEqual(self.give().assignment_state, "later")
        self.travel(MONDAY.replace(hour=10, minute=30, second=1))
        self.assign()
        self.assertEqual(self.give().user_id, self.carla)

    def test_working_somewhere_else_is_no_day_off(self):
        self.only(self.carla)
        self.add_leave(
            self.carla, MONDAY.replace(hour=0), MONDAY.replace(hour=23), time_type="other"
        )
        self.assertEqual(self.give().user_id, self.carla)

    def test_public_holidays_are_those_of_the_company(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        values = {
            "name": "Holiday",
            "date_from": MONDAY.replace(hour=0),
            "date_to": MONDAY.replace(hour=23),
            "calendar_id": False,
        }
        Leave = self.env["resource.calendar.leaves"]
        holiday = Leave.with_company(sister).create(values)
        self.assertEqual(holiday.company_id, sister)
        self.assertTrue(self.give().user_id, "the holiday of a sister company is none of ours")
        holiday.unlink()
        Leave.create(values)
        self.assertEqual(self.give().assignment_state, "later")

    def test_away_until_the_end_of_a_day_where_the_agent_is(self):
        self.carla.tz = "Pacific/Auckland"
        agent = self.only(self.carla, away_until="2026-03-03")
        ticket = self.give()
        self.assertEqual(agent.presence, "away")
        self.assertIn("Not Carla: away until", self.tell(ticket))
        self.travel(MONDAY.replace(day=3, hour=10, minute=59))
        self.assign()
        self.assertFalse(ticket.user_id)
        self.travel(MONDAY.replace(day=3, hour=11))  # Wednesday begins in Auckland
        self.assign()
        self.assertEqual(ticket.user_id, self.carla)

    def test_limit(self):
        self.only(self.carla, capacity=2)
        tickets = self.give() | self.give() | self.give()
        self.assertEqual(tickets.mapped("assignment_state"), ["automatic", "automatic", "nobody"])
        self.assertEqual(self.agent_of(self.carla).presence, "full")
        self.assertIn("Not Carla: has 2 open tickets, the limit is 2", self.tell(tickets[2]))
        self.move(tickets[0], "solved")
        self.assign()
        self.assertEqual(tickets[2].user_id, self.carla)

    def test_a_person_may_exceed_the_limit(self):
        self.only(self.carla, capacity=1)
        self.give()
        ticket = self.create_ticket()
        ticket.with_user(self.carla).action_assign_to_me()
        self.assertEqual(ticket.user_id, self.carla)

    def test_who_has_left_or_lost_his_rights(self):
        self.only(self.carla)
        self.carla.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        ticket = self.give()
        self.assertIn("Not Carla: has no rights in Helpdesk", self.tell(ticket))
        self.carla.active = False
        self.assign()
        self.assertIn("Not Carla: has no active account", self.tell(ticket))

    def test_agents_follow_the_members(self):
        agent = self.agent_of(self.carla)
        agent.capacity = 7
        self.team.member_ids = [Command.unlink(self.carla.id)]
        self.assertFalse(agent.active)
        self.assertNotIn(self.carla, self.team.agent_ids.user_id)
        self.team.member_ids = [Command.link(self.carla.id), Command.link(self.outsider.id)]
        self.assertTrue(agent.active)
        self.assertEqual(agent.capacity, 7)
        self.assertIn(self.outsider, self.team.agent_ids.user_id)

    def test_presence(self):
        agent = self.agent_of(self.carla)
        self.assertEqual(agent.presence, "here")
        agent.accepts = False
        self.assertEqual(agent.presence, "paused")
        agent.accepts = True
        self.travel(MONDAY.replace(hour=12, minute=30))
        self.assertEqual(agent.presence, "off")
        self.assertTrue(agent.presence_text)
        for days in (2, 30):
            self.add_leave(self.carla, MONDAY, MONDAY + timedelta(days=days))
            agent.invalidate_recordset()
            self.assertEqual(agent.presence, "away")
