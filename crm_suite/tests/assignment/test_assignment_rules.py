from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AssignmentCase


@tagged("post_install", "-at_install")
class TestAssignmentRules(AssignmentCase):
    """Which team gets a lead that has none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gulf = cls.env["crm.territory"].create(
            {"name": "Gulf", "country_ids": [Command.link(cls.env.ref("base.ae").id)]}
        )
        cls.by_place, cls.by_language, cls.rest = cls.env["crm.assignment.rule"].create(
            [
                {
                    "name": "Gulf",
                    "sequence": 1,
                    "team_id": cls.south.id,
                    "territory_ids": [Command.link(cls.gulf.id)],
                },
                {
                    "name": "Arabic",
                    "sequence": 2,
                    "team_id": cls.north.id,
                    "lang_ids": [Command.link(cls.arabic.id)],
                },
                {
                    "name": "Big",
                    "sequence": 3,
                    "team_id": cls.north.id,
                    "domain": "[('expected_revenue', '>', 1000)]",
                },
            ]
        )

    def _assign(self, **values):
        lead = self._create_lead(team_id=False, **values)
        self.assertEqual(lead.assignment_state, "waiting")
        self._run_cron()
        return lead

    def test_the_first_rule_that_fits(self):
        emirates = self.env.ref("base.ae").id
        lead = self._assign(country_id=emirates, lang_id=self.arabic.id)
        self.assertEqual((lead.team_id, lead.user_id), (self.south, self.sami))
        self.assertIn("by the assignment rule Gulf", self._notes(lead))
        lead = self._assign(lang_id=self.arabic.id)
        self.assertEqual(lead.team_id, self.north)
        lead = self._assign(expected_revenue=5000)
        self.assertEqual(lead.team_id, self.north)
        self.assertIn("by the assignment rule Big", self._notes(lead))

    def test_no_rule_fits(self):
        lead = self._assign()
        self.assertFalse(lead.team_id | lead.user_id.sale_team_id)
        self.assertEqual(lead.assignment_state, "nobody")
        self.assertIn("No assignment rule", self._notes(lead))
        self._run_cron()
        self.assertEqual(self._notes(lead).count("No assignment rule"), 1)
        # a filter of a team, as core has it, comes after the rules
        self.south.write({"assignment_domain": "[('name', 'ilike', 'chairs')]", "use_leads": True})
        self._run_cron()
        self.assertEqual(lead.team_id, self.south)
        self.assertIn("by the filter of the team", self._notes(lead))

    def test_the_only_team(self):
        self.env["crm.assignment.rule"].search([]).unlink()
        (self.env["crm.team"].search([]) - self.north).action_archive()
        lead = self._create_lead(team_id=False)
        self.assertFalse(lead.assignment_state, "no rule, no switch: nobody asked for it")
        lead._assign_automatically()
        self.assertEqual(lead.team_id, self.north)
        self.assertIn("there is no other", self._notes(lead))

    def test_known_customers_come_before_the_rules(self):
        self.layla.user_id = self.rami
        lead = self._assign(partner_id=self.layla.id, country_id=self.env.ref("base.ae").id)
        self.assertEqual((lead.team_id, lead.user_id), (self.north, self.rami))

    def test_nobody_there_still_gives_the_team(self):
        self.south.user_id = self.nora
        self.south.crm_team_member_ids.away_until = "2026-05-01"
        lead = self._assign(country_id=self.env.ref("base.ae").id)
        self.assertEqual(lead.team_id, self.south)
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.activity_ids.user_id, self.nora)
        self._run_cron()
        self.assertEqual(lead.assignment_state, "nobody")
        self.assertEqual(len(lead.activity_ids), 1)

    def test_rules_serve_the_assignment_of_core(self):
        lead = self._create_lead(team_id=False, country_id=self.env.ref("base.ae").id)
        lead.assignment_state = False
        self.env["crm.team"].search([])._allocate_leads(creation_delta_days=0)
        self.assertEqual(lead.team_id, self.south)

    def test_a_condition_can_be_read(self):
        for domain in ("[('no_such_field', '=', 1)]", "nonsense", "[(1]"):
            with self.assertRaises(ValidationError):
                self.by_place.domain = domain

    def test_a_condition_may_be_read_by_who_writes_it(self):
        for domain, why in (
            ("[('partner_id.credit', '>', 5)]", "may not read"),
            (repr([("name", "=", "x")] * 500), "conditions"),
            ("[('name', '=', 'a\0b')]", "no text"),
        ):
            with self.subTest(why=why), self.assertRaisesRegex(ValidationError, why):
                self.by_place.with_user(self.mona).domain = domain
        self.by_place.domain = "[('partner_id.credit', '>', 5)]"
        self.assertTrue(self._create_lead().exists())

    def test_switched_off(self):
        self.env["crm.assignment.rule"].search([]).active = False
        lead = self._create_lead(team_id=False)
        self.assertFalse(lead.assignment_state)
