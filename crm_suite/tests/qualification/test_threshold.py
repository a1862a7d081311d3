from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import QualificationCase

THRESHOLD = "odoo.addons.crm_suite.models.qualification.crm_lead_score_threshold"


@tagged("post_install", "-at_install")
class TestThreshold(QualificationCase):
    """A good score starts something, once for each lead, and says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead.score.rule"].create(
            [
                {
                    "name": "Has a budget",
                    "kind": "answer",
                    "question_id": cls.budget.id,
                    "condition": "yes",
                    "points": 60,
                },
                {"name": "Is known", "domain": '[("partner_id", "!=", False)]', "points": 10},
            ]
        )
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.hot = cls._create_threshold(
            activity_type_id=cls.call.id, activity_summary="Hot: call", activity_days=2
        )

    @classmethod
    def _create_threshold(cls, **values):
        return cls.env["crm.lead.score.threshold"].create(
            {"name": "Hot lead", "score": 50, **values}
        )

    def _heat(self, lead, value="yes"):
        lead.with_user(self.omar).qualification_input = {self.budget.id: value}
        self._end_transaction()

    def _notes(self, lead):
        return " ".join(lead.sudo().message_ids.mapped("body"))

    def test_plan_an_activity_once(self):
        lead = self._create_lead()
        self._end_transaction()
        self.assertFalse(lead.activity_ids)
        self._heat(lead)
        activity = lead.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.omar, "Hot: call"))
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(activity.date_deadline, today + timedelta(days=2))
        self.assertEqual(lead.score_hit_ids.threshold_id, self.hot)
        self.assertEqual(lead.score_hit_ids.score, 70)
        self.assertIn("Has a budget", self._notes(lead))
        self._heat(lead, "no")
        self._heat(lead)
        self.assertEqual(len(lead.activity_ids), 1, "once in the life of a lead")

    def test_everything_that_a_threshold_does(self):
        tag = self.env["crm.tag"].create({"name": "Hot"})
        self.hot.write(
            {"convert": True, "stage_id": self.talking.id, "tag_ids": tag.ids, "assign": True}
        )
        lead = self._create_lead()
        self._heat(lead)
        # the need must be known before a lead is converted
        self.assertEqual((lead.type, lead.stage_id, lead.tag_ids), ("lead", self.talking, tag))
        self.assertIn("Need?", self._notes(lead))
        other = self._create_lead()
        other.qualification_input = {self.need.id: "Chairs"}
        self._heat(other)
        self.assertEqual(other.type, "opportunity")
        self.assertIn("converted", other.score_hit_ids.result)

    def test_assign(self):
        self.hot.write({"assign": True, "activity_type_id": False})
        lead = self._create_lead(user_id=False)
        self.env["crm.team.member"].search([("crm_team_id", "=", self.north.id)]).write(
            {"assignment_optout": False}
        )
        lead.qualification_input = {self.budget.id: "yes"}
        self._end_transaction()
        self.assertEqual(lead.user_id, self.omar)
        self.assertIn("Omar", lead.score_hit_ids.result)

    def test_only_forward(self):
        self.hot.write({"stage_id": self.talking.id})
        lead = self._create_opportunity(stage_id=self.closing.id)
        self._heat(lead)
        self.assertEqual(lead.stage_id, self.closing)

    def test_a_created_lead_may_be_hot(self):
        self.hot.score = 10
        lead = self._create_lead()
        self._end_transaction()
        self.assertEqual(lead.score_hit_ids.threshold_id, self.hot)

    def test_what_was_above_before_does_not_rise_to_it(self):
        lead = self._create_lead()
        self._end_transaction()
        # a changed rule wakes nobody, nor does the next fact about the lead
        rule = self.env["crm.lead.score.rule"].search([("name", "=", "Is known")])
        rule.points = 55
        self._end_transaction()
        self.assertEqual(lead.rule_score, 55)
        self._heat(lead)
        self.assertEqual(lead.rule_score, 115)
        self.assertFalse(lead.score_hit_ids)
        # having fallen, it can
        self._heat(lead, "no")
        rule.points = 10
        self._end_transaction()
        self._heat(lead)
        self.assertEqual(lead.score_hit_ids.threshold_id, self.hot)

    def test_nothing_on_closed_leads_and_other_teams(self):
        lead = self._create_opportunity(stage_id=self.fresh.id)
        lead.action_set_lost()
        self._heat(lead)
        self.hot.team_ids = self.south
        other = self._create_lead()
        self._heat(other)
        self.hot.write({"team_ids": False, "lead_type": "opportunity"})
        third = self._create_lead()
        self._heat(third)
        self.assertFalse((lead | other | third).score_hit_ids)

    def test_a_changed_rule_wakes_nobody(self):
        lead = self._create_lead()
        self._end_transaction()
        self.env["crm.lead.score.rule"].search([("name", "=", "Is known")]).points = 90
        self._end_transaction()
        self.assertEqual(lead.rule_score, 90)
        self.assertFalse(lead.score_hit_ids)

    def test_for_whom(self):
        lead = self._create_lead(user_id=False)
        self.hot.activity_user = "leader"
        lead.qualification_input = {self.budget.id: "yes"}
        self._end_transaction()
        self.assertEqual(lead.activity_ids.user_id, self.nora)
        self.hot.write({"activity_user": "user", "activity_user_id": self.alia.id})
        other = self._create_lead()
        self._heat(other)
        self.assertEqual(other.activity_ids.user_id, self.alia)
        with self.assertRaises(ValidationError):
            self.hot.activity_user_id = False

    def test_a_threshold_that_fails_loses_nothing(self):
        lead = self._create_lead()
        with (
            patch.object(
                self.registry["crm.lead.score.threshold"], "_plan", side_effect=ValueError("no")
            ),
            self.assertLogs(THRESHOLD, "ERROR"),
        ):
            self._heat(lead)
        self.assertEqual(lead.answer_ids.value, "Yes")
        self.assertIn("Failed", lead.score_hit_ids.result)

    def test_merged_leads_reach_it_once(self):
        lead, other = self._create_lead(), self._create_lead(name="Twin")
        self._heat(lead)
        merged = (lead | other).merge_opportunity()
        self._end_transaction()
        self._heat(merged, "no")
        self._heat(merged)
        self.assertEqual(len(merged.score_hit_ids), 1)
