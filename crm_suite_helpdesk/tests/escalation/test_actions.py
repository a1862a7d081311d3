from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EscalationCommon


@tagged("post_install", "-at_install")
class TestActions(EscalationCommon):
    """What a step does to the ticket."""

    def codes(self, ticket):
        return [entry[0] for entry in ticket.sla_event_ids.outcome["done"]]

    def test_priority_assignment_tags_and_team(self):
        tag = self.env["crm.ticket.tag"].create({"name": "Late"})
        second = self.env["crm.ticket.team"].create(
            {"name": "Second Line", "user_id": self.manager.id, "member_ids": self.agent.ids}
        )
        self.set_rules(
            {
                "kind": "after",
                "to_agent": False,
                "raise_priority": True,
                "assign_to": "leader",
                "tag_ids": tag.ids,
                "team_id": second.id,
            }
        )
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual((ticket.team_id, ticket.user_id), (second, self.manager))
        self.assertEqual(ticket.tag_ids, tag)
        self.assertEqual(self.codes(ticket), ["moved", "priority", "tags", "assigned"])
        self.assertEqual(ticket.sla_event_ids.told_ids, self.manager, "the new agent knows")
        self.assertIn("Second Line", ticket.sla_event_ids.done_text)

    def test_assigned_to_a_user(self):
        self.set_rules({"kind": "after", "assign_to": "user", "assign_user_id": self.outsider.id})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        self.assertEqual(ticket.user_id, self.outsider)
        self.assertEqual(ticket.sla_event_ids.told_ids, self.agent | self.outsider)
        self.assertTrue(
            ticket.message_ids.filtered(lambda m: "Omar Outsider" in m.body), "in the history"
        )

    def test_the_highest_priority_stays(self):
        self.set_rules({"kind": "after", "raise_priority": True})
        ticket = self.create_ticket(priority="3")
        self.tick_at(hours=3)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(self.codes(ticket), [])

    def test_what_cannot_be_done_is_undone_and_said(self):
        self.set_rules({"kind": "after", "raise_priority": True})
        ticket = self.create_ticket(user_id=self.agent.id)
        other = self.create_ticket()
        write = type(ticket).write

        def refuse(records, vals):
            res = write(records, vals)
            if "priority" in vals and ticket in records:
                message = "Not like this."
                raise UserError(message)
            return res

        with patch.object(type(ticket), "write", refuse):
            self.tick_at(hours=3)
        self.assertEqual((ticket.priority, other.priority), ("1", "2"), "others are not stopped")
        self.assertIn("Not like this.", ticket.sla_event_ids.problem_text)
        self.assertEqual(ticket.sla_event_ids.told_ids, self.agent, "and the agent is told")

    def test_archived_agents_and_teams(self):
        old = self.env["crm.ticket.team"].create({"name": "Old Team"})
        self.set_rules(
            {
                "kind": "after",
                "assign_to": "user",
                "assign_user_id": self.outsider.id,
                "team_id": old.id,
            }
        )
        self.outsider.active = False
        old.active = False
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        self.assertEqual((ticket.user_id, ticket.team_id), (self.agent, self.team))
        codes = [entry[0] for entry in ticket.sla_event_ids.outcome["problems"]]
        self.assertEqual(codes, ["archived_team", "cannot_assign"])
