from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketRights(HelpdeskCommon):
    """Who sees and does what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.of_team = cls.create_ticket(name="Of the team")
        cls.of_nobody = cls.create_ticket(name="Of nobody", team_id=False)
        cls.tickets = cls.of_team | cls.of_nobody

    def visible(self, user):
        return self.env["crm.ticket"].with_user(user).search([("id", "in", self.tickets.ids)])

    def test_members_see_their_team_and_what_has_none(self):
        self.assertEqual(self.visible(self.agent), self.tickets)
        self.assertEqual(self.visible(self.outsider), self.of_nobody)

    def test_managers_see_all_and_employees_nothing(self):
        self.assertEqual(self.visible(self.manager), self.tickets)
        with self.assertRaises(AccessError):
            self.visible(self.employee)

    def test_what_is_assigned_is_seen(self):
        self.of_team.user_id = self.outsider
        self.assertIn(self.of_team, self.visible(self.outsider))
        self.of_team.with_user(self.outsider).write({"priority": "2"})

    def test_agents_do_not_touch_what_they_do_not_see(self):
        ticket = self.of_team.with_user(self.outsider)
        for attempt in (
            lambda: ticket.read(["name"]),
            lambda: ticket.write({"priority": "2"}),
            lambda: ticket.action_assign_to_me(),
            lambda: self.reply(self.of_team, self.outsider),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_only_managers_delete_and_set_up(self):
        with self.assertRaises(AccessError):
            self.of_team.with_user(self.agent).unlink()
        for record in (self.team, self.stages["new"]):
            with self.assertRaises(AccessError):
                record.with_user(self.agent).write({"name": "Mine"})
            record.with_user(self.manager).write({"name": "Ours"})
        self.of_team.with_user(self.manager).unlink()

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Sister"})
        other.resource_calendar_id = self.calendar
        abroad = new_test_user(
            self.env,
            "hd_abroad",
            "crm_suite_helpdesk.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.visible(abroad))
        for model in ("crm.ticket.team", "crm.sla.policy", "crm.sla.target", "crm.sla.clock"):
            records = self.env[model].with_user(abroad).search([])
            self.assertLessEqual(records.company_id, other, model)
        ticket = self.env["crm.ticket"].with_user(abroad).create({"name": "Abroad"})
        self.assertEqual(ticket.company_id, other)
        self.assertFalse(ticket.sla_clock_ids, "our promises are not theirs")
        with self.assertRaises(AccessError):
            ticket.team_id = self.team

    def test_nobody_is_assigned_from_another_company(self):
        other = self.env["res.company"].create({"name": "Sister"})
        abroad = new_test_user(
            self.env,
            "hd_abroad",
            "crm_suite_helpdesk.group_agent",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(UserError):
            self.of_team.user_id = abroad
