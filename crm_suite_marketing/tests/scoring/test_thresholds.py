from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import ScoringCommon

PATH = "odoo.addons.crm_suite_marketing.models.scoring.crm_contact_score_threshold"


@tagged("post_install", "-at_install")
class TestThresholds(ScoringCommon):
    """What happens when somebody rises to a number of points: once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Threshold = cls.env["crm.contact.score.threshold"]
        cls.rule = cls._make_rule("click", 10)
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.reps = cls.env["res.users"]
        for number in range(2):
            cls.reps |= mail_new_test_user(
                cls.env,
                login=f"rep{number}",
                name=f"Rep {number}",
                email=f"rep{number}@test.example.com",
                groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            )
        cls.team = cls.env["crm.team"].create(
            {"name": "Callers", "member_ids": [Command.set(cls.reps.ids)]}
        )
        (cls.reachable + cls.faris).user_id = False

    def _make(self, **values):
        values = {"name": "Hot", "bound": 20, "user_id": self.salesperson.id, **values}
        if not {"create_lead", "set_salesperson", "stage_id", "activity_type_id"} & values.keys():
            values["create_lead"] = True
        threshold = self.Threshold.create(values)
        self._settle_definitions()
        return threshold

    def _settle_definitions(self):
        """All have been scored since rules were changed."""
        self.engine._refresh_all()

    def _rise(self, *partners, times=2):
        for partner in partners:
            for _number in range(times):
                self._did(partner)
        self._run_cron()

    def _hits(self, threshold):
        return self.Hit.search(
            [("threshold_id", "=", threshold.id), ("partner_id", "in", self.everybody.ids)],
            order="id",
        )

    def _leads(self, partner):
        return self.env["crm.lead"].search([("partner_id", "=", partner.id)])

    def test_a_lead_is_created_once(self):
        source = self.env["utm.source"].create({"name": "Scores"})
        threshold = self._make(
            create_lead=True, source_id=source.id, team_id=self.team.id, lead_type="opportunity"
        )
        self._rise(self.amal)
        lead = self._leads(self.amal)
        self.assertEqual((lead.user_id, lead.source_id), (self.salesperson, source))
        self.assertEqual((lead.team_id, lead.type), (self.team, "opportunity"))
        hit = self._hits(threshold)
        self.assertEqual((hit.state, hit.lead_id, hit.score), ("done", lead, 20))
        self._rise(self.amal)
        self._run_cron("ir_cron_contact_score_all")
        self.assertEqual(self._leads(self.amal), lead)
        self.assertEqual(threshold.hit_count, 1)

    def test_whoever_is_below_is_left_alone(self):
        threshold = self._make()
        self._rise(self.amal, times=1)
        self.assertFalse(self._hits(threshold))
        self.assertFalse(self._leads(self.amal))

    def test_it_acts_again_after_a_fall(self):
        threshold = self._make(activity_type_id=self.call.id)
        events = self._did(self.amal) + self._did(self.amal)
        self._run_cron()
        self.env.cr.execute("SELECT set_config('crm_suite.engagement_verdict', 'on', true)")
        self.env.cr.execute("UPDATE crm_engagement SET actor = 'bot' WHERE id = %s", [events[0].id])
        self.queue._add_ids(self.amal.ids)
        self._run_cron()
        self.assertTrue(self._hits(threshold).left_at)
        self._rise(self.amal, times=1)
        hits = self._hits(threshold)
        self.assertEqual(hits.mapped("state"), ["done", "done"])
        self.assertEqual([bool(hit.left_at) for hit in hits], [True, False])
        self.assertEqual(len(self.amal.activity_ids), 2)

    def test_whoever_is_above_already_is_only_noted(self):
        self._rise(self.amal)
        threshold = self._make()
        self._run_cron("ir_cron_contact_score_all")
        self.assertEqual(self._hits(threshold).mapped("state"), ["skipped"])
        self.assertFalse(self._leads(self.amal))
        self.assertEqual(threshold.hit_count, 0)

    def test_nobody_rises_because_a_rule_was_changed(self):
        threshold = self._make()
        self._rise(self.amal, times=1)
        self.rule.points = 50
        self._run_cron()
        self.assertEqual(self._hits(threshold).state, "skipped")
        self.assertFalse(self._leads(self.amal))
        # whoever rises later does
        self._rise(self.emre, times=1)
        self.assertEqual(self._hits(threshold)[-1].partner_id, self.emre)
        self.assertTrue(self._leads(self.emre))

    def test_a_manager_has_it_done_all_the_same(self):
        self._rise(self.amal)
        threshold = self._make()
        hit = self._hits(threshold)
        with self.assertRaises(AccessError):
            hit.with_user(self.marketer).action_run()
        hit.with_user(self.manager).action_run()
        self._run_cron()
        self.assertEqual(hit.state, "done")
        self.assertTrue(self._leads(self.amal))

    def test_engagement_and_fit_apart(self):
        self._make_fit([("id", "=", self.amal.id)], 30)
        engaged = self._make(measure="engagement", activity_type_id=self.call.id)
        fitting = self._make(measure="fit", activity_type_id=self.call.id)
        self._settle_definitions()
        self._rise(self.amal, times=1)
        self.assertEqual(self._hits(fitting).state, "skipped")
        self.assertFalse(self._hits(engaged))
        self._rise(self.emre)
        self.assertEqual(self._hits(engaged).partner_id, self.emre)

    def test_the_team_in_turn(self):
        threshold = self._make(user_id=False, team_id=self.team.id, set_salesperson=True)
        people = self.everybody - self.assistant
        self._rise(*people)
        users = self._hits(threshold).user_id
        self.assertEqual(users, self.reps)
        shares = [len(people.filtered(lambda one, rep=rep: one.user_id == rep)) for rep in users]
        self.assertLessEqual(max(shares) - min(shares), 1)
        self.assertEqual(sum(shares), len(people))

    def test_contacts_stay_with_their_salesperson(self):
        self.amal.user_id = self.marketer
        self._make(set_salesperson=True, create_lead=True)
        self._rise(self.amal, self.emre)
        self.assertEqual((self.amal.user_id, self.emre.user_id), (self.marketer, self.salesperson))
        self.assertEqual(self._leads(self.amal).user_id, self.marketer)

    def test_or_are_handed_over(self):
        self.amal.user_id = self.marketer
        self._make(set_salesperson=True, keep_salesperson=False)
        self._rise(self.amal)
        self.assertEqual(self.amal.user_id, self.salesperson)

    def test_no_second_lead_beside_an_open_one(self):
        threshold = self._make()
        known = self.env["crm.lead"].create({"name": "Known", "partner_id": self.amal.id})
        self._rise(self.amal)
        self.assertEqual(self._leads(self.amal), known)
        self.assertIn("open lead", self._hits(threshold).result)

    def test_open_leads_move_forward_only(self):
        stages = self.env["crm.stage"].create(
            [{"name": f"Stage {number}", "sequence": 1000 + number} for number in range(3)]
        )
        behind, ahead, lost = self.env["crm.lead"].create(
            [
                {"name": name, "partner_id": self.amal.id, "stage_id": stage.id}
                for name, stage in (
                    ("behind", stages[0]),
                    ("ahead", stages[2]),
                    ("lost", stages[0]),
                )
            ]
        )
        lost.action_set_lost()
        self._make(stage_id=stages[1].id)
        self._rise(self.amal)
        self.assertEqual((behind + ahead + lost).stage_id, stages[1] + stages[2] + stages[0])
        self.assertEqual((behind.stage_id, ahead.stage_id), (stages[1], stages[2]))

    def test_an_activity_on_the_contact_or_the_new_lead(self):
        self._make(activity_type_id=self.call.id, activity_summary="Call him")
        self._rise(self.amal)
        activity = self.amal.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.salesperson, "Call him"))
        self._make(activity_type_id=self.call.id, create_lead=True)
        self._rise(self.emre)
        self.assertEqual(len(self._leads(self.emre).activity_ids), 1)

    def test_nobody_to_plan_for(self):
        threshold = self._make(user_id=False, activity_type_id=self.call.id)
        self._rise(self.amal)
        self.assertEqual(self._hits(threshold).state, "done")
        self.assertFalse(self.amal.activity_ids)

    def test_a_contact_says_what_was_done(self):
        self._make(set_salesperson=True)
        self._rise(self.amal)
        self.assertIn("reached “Hot”", "".join(self.amal.message_ids.mapped("body")))

    @mute_logger(PATH)
    def test_what_fails_for_one_is_done_for_the_others(self):
        threshold = self._make(activity_type_id=self.call.id)
        refused = self.amal

        def refuse(activities, vals_list):
            if any(values.get("res_id") == refused.id for values in vals_list):
                raise ValidationError(refused.name)
            return create(activities, vals_list)

        create = type(self.env["mail.activity"]).create
        self.patch(type(self.env["mail.activity"]), "create", refuse)
        other = self._make(set_salesperson=True)
        self._rise(self.amal, self.emre)
        states = {hit.partner_id: hit.state for hit in self._hits(threshold)}
        self.assertEqual(states, {self.amal: "failed", self.emre: "done"})
        self.assertIn(refused.name, threshold.last_error)
        self.assertIn(self.amal.name, threshold.last_error)
        self.assertTrue(self.emre.activity_ids)
        self.assertEqual(set(self._hits(other).mapped("state")), {"done"})

    def test_an_archived_threshold_does_nothing(self):
        threshold = self._make()
        self._did(self.amal)
        self._did(self.amal)
        self._refresh(self.amal)
        self.assertEqual(self._hits(threshold).state, "waiting")
        threshold.active = False
        self._run_cron()
        self.assertEqual(self._hits(threshold).state, "skipped")
        self.assertFalse(self._leads(self.amal))

    def test_a_threshold_of_a_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        threshold = self._make(company_id=company.id, activity_type_id=self.call.id)
        self.amal.company_id = self.env.company
        self._rise(self.amal, self.emre)
        self.assertEqual(self._hits(threshold).partner_id, self.emre)

    def test_a_threshold_is_made_on_its_form(self):
        form = Form(self.Threshold.with_user(self.manager))
        form.name = "Hot"
        form.bound = 30
        with self.assertRaises(ValidationError):
            form.save()
        form.set_salesperson = True
        with self.assertRaises(ValidationError):
            form.save()
        form.team_id = self.team
        self.assertTrue(form.save().active)
        with self.assertRaises(AccessError):
            self.Threshold.with_user(self.marketer).create({"name": "x", "create_lead": True})

    def test_a_salesperson_is_told_once(self):
        told = self.env["mail.message"].search([], order="id desc", limit=1).id or 0

        def get_notices(partner):
            return self.env["mail.message"].search(
                [
                    ("id", ">", told),
                    ("model", "=", "res.partner"),
                    ("message_type", "=", "user_notification"),
                    ("res_id", "=", partner.id),
                ]
            )

        threshold = self._make(set_salesperson=True)
        self._rise(self.amal)
        self.assertEqual(get_notices(self.amal).partner_ids, self.salesperson.partner_id)
        # an activity stands in his list
        threshold.activity_type_id = self.call
        self._rise(self.emre)
        self.assertEqual(self.emre.activity_ids.user_id, self.salesperson)
        self.assertFalse(get_notices(self.emre))

    def test_batches_cost_no_query_for_each_contact(self):
        people = self.env["res.partner"].create(
            [
                {"name": f"Person {number}", "email": f"p{number}@x.example.com"}
                for number in range(12)
            ]
        )
        threshold = self._make(set_salesperson=True, activity_type_id=self.call.id)
        counts = []
        for some in (people[:2], people[2:]):
            for partner in some:
                self._did(partner)
                self._did(partner)
            self._refresh(some)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            threshold._act_on(threshold._take())
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(
            set(self.Hit.search([("partner_id", "in", people.ids)]).mapped("state")), {"done"}
        )
        self.assertLess(counts[1], counts[0] + 8 * 4)
