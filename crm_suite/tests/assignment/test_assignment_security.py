from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AssignmentCase


@tagged("post_install", "-at_install")
class TestAssignmentSecurity(AssignmentCase):
    def test_only_managers_configure(self):
        values = {
            "crm.territory": {"name": "X", "zip_prefixes": "1"},
            "crm.assignment.rule": {"name": "X", "team_id": self.north.id},
        }
        for model, vals in values.items():
            record = self.env[model].with_user(self.mona).create(vals)
            for user in (self.omar, self.nora, self.alia):
                mine = self.env[model].with_user(user)
                self.assertEqual(mine.browse(record.id).name, "X")
                for attempt in (
                    lambda mine=mine, vals=vals: mine.create(vals),
                    lambda mine=mine, record=record: mine.browse(record.id).write({"name": "Y"}),
                    lambda mine=mine, record=record: mine.browse(record.id).unlink(),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.cora).search([])
        for user in (self.omar, self.nora, self.alia):
            with self.assertRaises(AccessError):
                self.of_omar.with_user(user).open_lead_limit = 5
            with self.assertRaises(AccessError):
                self.north.with_user(user).assignment_at_arrival = True

    def test_salespeople_assign_what_they_may_write(self):
        free = self._create_lead()
        free.with_user(self.sami).action_assign_automatically()
        self.assertEqual(free.user_id, self.omar)
        foreign = self._create_lead(user_id=self.omar.id)
        for user in (self.sami, self.cora):
            with self.assertRaises(AccessError):
                foreign.with_user(user).action_assign_automatically()

    def test_nobody_counts_the_leads_of_colleagues(self):
        self._create_lead(user_id=self.omar.id)
        self.assertEqual(self.of_omar.with_user(self.mona).open_lead_count, 1)
        self.assertEqual(self.of_omar.with_user(self.omar).open_lead_count, 1)
        self.assertEqual(self.of_omar.with_user(self.sami).open_lead_count, 0)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.rami.write({"company_ids": [Command.link(other.id)]})
        self.north.company_id = False
        lead = self._create_lead(company_id=other.id)
        lead.company_id = other
        lead |= self._create_lead(company_id=other.id)
        lead[1].company_id = other
        self.assertFalse(lead._assign_automatically())
        self.assertEqual(lead.user_id, self.rami)
        self.assertEqual(lead.company_id, other)
        self.assertIn("Not Omar: does not work for Other Ltd", self._notes(lead[0]))

    def test_settings_of_other_companies_are_closed(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        territory = self.env["crm.territory"].create(
            {"name": "Theirs", "zip_prefixes": "9", "company_id": other.id}
        )
        team = self.env["crm.team"].create({"name": "Theirs", "company_id": other.id})
        rule = self.env["crm.assignment.rule"].create({"name": "Theirs", "team_id": team.id})
        for record in (territory, rule):
            self.assertNotIn(record, record.with_user(self.mona).search([]))
            with self.assertRaises(AccessError):
                record.with_user(self.mona).write({"name": "Mine"})

    def test_a_rule_of_another_company_does_not_take_leads(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        team = self.env["crm.team"].create(
            {"name": "Theirs", "company_id": other.id, "use_leads": True}
        )
        self.env["crm.assignment.rule"].create({"name": "Theirs", "team_id": team.id})
        lead = self._create_lead(team_id=False, company_id=self.company.id)
        lead.company_id = self.company
        lead._assign_automatically()
        self.assertNotEqual(lead.team_id, team)
