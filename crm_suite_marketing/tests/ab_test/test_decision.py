from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import AbTestCommon

DECISION = "odoo.addons.crm_suite_marketing.models.ab_decision.utm_campaign"


@tagged("post_install", "-at_install")
class TestDecision(AbTestCommon):
    def _make_clear(self, **values):
        """B is opened by far more people than A."""
        campaign, variants = self._run_test(45, 45, **values)
        self._react(variants[0], 10)
        self._react(variants[1], 70)
        self._make_due(campaign)
        return campaign, variants

    def test_winner_goes_out_by_itself(self):
        campaign, variants = self._make_clear(holdout=2.0)
        self._run_cron()
        self.assertEqual((campaign.ab_state, campaign.ab_decision), ("decided", "clear"))
        self.assertEqual(campaign.ab_chosen_id, variants[1])
        final = campaign.ab_testing_winner_mailing_id
        self.assertTrue(final.ab_is_final)
        # the job goes by the rights of who launched what won
        self.assertTrue(final.launched_by_id)
        self.assertEqual(final.launched_by_id, variants[1].launched_by_id)
        self.assertTrue(campaign.ab_testing_completed)
        self.assertEqual(final.subject, "Offer B")
        self.assertEqual(final.state, "in_queue")
        self.assertEqual(final._get_bucket_range(), (9200, 10_000))
        # the next runs choose nobody else
        self._run_cron()
        self.assertEqual(campaign.ab_testing_winner_mailing_id, final)
        self.assertEqual(len(campaign.ab_mailing_ids), 3)

    def test_nothing_before_the_time(self):
        campaign, _variants = self._make_clear()
        self._make_due(campaign, days=-2)
        self._run_cron()
        self.assertEqual(campaign.ab_state, "running")

    def test_nobody_wins_while_a_sibling_is_being_sent(self):
        """Core chooses as soon as one variant is done, among those that are done (trap 10)."""
        campaign, variants = self._make_test(45, 45)
        self._launch(variants)
        self._deliver(variants[0])
        self._react(variants[0], 60)
        self._make_due(campaign)
        self.assertEqual(variants.mapped("state"), ["done", "sending"])
        self._run_cron()
        self.assertEqual(campaign.ab_state, "running")
        self.assertIn("Offer B", campaign.ab_why)
        self._deliver(variants[1])
        self._run_cron()
        self.assertEqual((campaign.ab_state, campaign.ab_chosen_id), ("decided", variants[0]))

    def test_a_variant_that_never_comes_is_told_to_a_person(self):
        campaign, variants = self._make_test(45, 45)
        self._launch(variants[0])
        self._deliver(variants[0])
        self._make_due(campaign, days=4)
        self._run_cron()
        self.assertEqual(campaign.ab_state, "person")
        self.assertEqual(variants[0].activity_ids.user_id, self.marketer)

    def test_metrics_are_those_of_the_decision(self):
        """Core shows the figures of today only: nobody can say any more why this one won."""
        campaign, variants = self._make_clear()
        self._run_cron()
        self._react(variants[0], 130, kind="click")
        campaign.action_count_ab_results()
        frozen = campaign.ab_decision_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        now = campaign.ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        self.assertEqual((frozen.opened, now.opened), (10, 130))
        self.assertIn("better than all other variants", campaign.ab_why)
        self.assertEqual(frozen.verdict, "worse")

    def test_bots_do_not_choose(self):
        """Core counts every request of the picture as an opening."""
        campaign, variants = self._run_test(45, 45)
        self._react(variants[0], 130, actor="bot")
        self._react(variants[1], 60)
        self._make_due(campaign)
        self._run_cron()
        self.assertEqual(campaign.ab_chosen_id, variants[1])

    def test_by_click_reply_lead_order_and_revenue(self):
        for selection, kind in (("clicks_ratio", "click"), ("replied_ratio", "reply")):
            campaign, variants = self._run_test(45, 45, subject=selection)
            campaign.ab_testing_winner_selection = selection
            self._react(variants[0], 130)
            self._react(variants[1], 60, kind=kind)
            self._make_due(campaign)
            self._run_cron()
            self.assertEqual(campaign.ab_chosen_id, variants[1], selection)
        campaign, variants = self._run_test(45, 45, subject="lead")
        campaign.ab_testing_winner_selection = "crm_lead_count"
        self.env["crm.lead"].create(
            [
                {
                    "name": partner.name,
                    "partner_id": partner.id,
                    "source_id": variants[1].source_id.id,
                }
                for partner in self.people[:60]
            ]
        )
        self._make_due(campaign)
        self._run_cron()
        self.assertEqual(campaign.ab_chosen_id, variants[1])

    def test_by_orders_and_their_revenue(self):
        campaign, variants = self._run_test(45, 45)
        people = [sorted(self._get_people(one)) for one in variants]
        partner = self.env["res.partner"]
        self._create_orders(partner.browse(people[0][:45]), 10, variants[0])
        self._create_orders(partner.browse(people[1][:14]), 1000, variants[1])
        for selection, winner in (("ab_order_count", 0), ("ab_order_revenue", 1)):
            campaign.ab_testing_winner_selection = selection
            _variants, judgement = campaign.sudo()._count_ab_results()
            self.assertEqual(
                (judgement.status, judgement.leader), ("clear", winner), (selection, judgement)
            )
        rows = {one.mailing_id: one for one in campaign.sudo().ab_result_ids}
        self.assertEqual([rows[one].orders for one in variants], [45, 14])
        self.assertEqual([rows[one].revenue for one in variants], [450.0, 14_000.0])
        self.assertEqual([one.ab_order_count for one in variants], [45, 14])

    def test_not_enough_data_waits_and_then_asks(self):
        """Core sends whatever is ahead, if only by one opening."""
        campaign, variants = self._run_test(25, 25)
        self.assertEqual((campaign.ab_policy, campaign.ab_wait_days), ("wait", 3))
        self._react(variants[0], 3)
        self._react(variants[1], 2)
        self._make_due(campaign)
        self._run_cron()
        self.assertEqual((campaign.ab_state, campaign.ab_looks), ("waiting", 1))
        # looked at once a day, however often the job runs
        self._run_cron()
        self.assertEqual(campaign.ab_looks, 1)
        for days in (1, 2, 3):
            self._make_due_again(campaign, days)
            self._run_cron()
        self.assertEqual(campaign.ab_state, "person")
        self.assertFalse(campaign.ab_testing_winner_mailing_id)
        activity = variants[0].activity_ids
        self.assertEqual(activity.user_id, self.marketer)
        self.assertIn("not enough data", activity.note)
        # a later date lets the system look again
        campaign.ab_testing_schedule_datetime = fields.Datetime.now() + timedelta(days=1)
        self.assertEqual((campaign.ab_state, campaign.ab_looks), ("running", 0))

    def _make_due_again(self, campaign, days):
        """As if so many days were over, without planning anew."""
        self.env.cr.execute(
            "UPDATE utm_campaign SET ab_testing_schedule_datetime = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=days, hours=1), campaign.id],
        )
        campaign.invalidate_recordset()

    def test_not_enough_data_best_so_far(self):
        campaign, variants = self._run_test(25, 25)
        campaign.ab_policy = "best"
        self._react(variants[1], 3)
        self._make_due(campaign)
        self._run_cron()
        self.assertEqual((campaign.ab_decision, campaign.ab_chosen_id), ("best", variants[1]))
        self.assertIn("not enough data", campaign.ab_why)

    def test_not_enough_data_a_person_decides(self):
        campaign, _variants = self._run_test(25, 25)
        campaign.ab_policy = "person"
        self._make_due(campaign)
        self._run_cron()
        self.assertEqual(campaign.ab_state, "person")

    def test_by_hand_at_any_time(self):
        """Core lets people choose only when they said so beforehand."""
        campaign, variants = self._make_test(25, 25)
        with self.assertRaisesRegex(UserError, "nothing to choose"):
            variants[0].action_select_as_winner()
        self._launch(variants)
        action = variants[0].action_select_as_winner()
        final = campaign.ab_testing_winner_mailing_id
        self.assertEqual(action["res_id"], final.id)
        self.assertEqual(campaign.ab_decision, "hand")
        self.assertEqual(campaign.ab_decided_by_id, self.marketer)
        self.assertIn("marketer", campaign.ab_why)
        for choose in (
            variants[1].action_select_as_winner,
            variants[1].action_send_winner_mailing,
            campaign.action_choose_ab_leader,
        ):
            with self.assertRaisesRegex(UserError, "chosen already"):
                choose()
        self.assertEqual(len(campaign.ab_mailing_ids), 3)

    def test_by_the_buttons_of_the_comparison(self):
        campaign, variants = self._run_test(25, 25)
        self._react(variants[1], 5)
        campaign.action_count_ab_results()
        results = campaign.ab_result_ids.sorted("sequence")
        self.assertEqual(results.mapped("role"), ["variant", "variant", "holdout"])
        with self.assertRaisesRegex(UserError, "Only a variant"):
            results[2].action_choose()
        campaign.action_choose_ab_leader()
        self.assertEqual(campaign.ab_chosen_id, variants[1])

    def test_everybody_has_a_variant(self):
        """There is nobody left to send the winner to: it is noted, and nothing is sent."""
        campaign, variants = self._run_test(50, 50, holdout=0.0)
        variants[0].action_select_as_winner()
        self.assertEqual(campaign.ab_testing_winner_mailing_id, variants[0])
        self.assertEqual(campaign.ab_mailing_ids, variants)
        for words in (campaign.ab_why, variants[1].ab_testing_description):
            self.assertIn("“Offer A” won", words)
            self.assertIn("nothing more is sent", words)

    def test_what_became_of_the_rest(self):
        campaign, variants = self._run_test(25, 25)
        variants[0].action_select_as_winner()
        final = campaign.ab_testing_winner_mailing_id
        for state, words in (
            ("in_queue", "on its way"),
            ("done", "was sent to everybody"),
            ("draft", "is a draft"),
        ):
            final.sudo().state = state
            self.assertIn(words, campaign.ab_why)
            self.assertIn(words, final.ab_testing_description)
        final.sudo().is_paused = True
        self.assertIn("was paused", campaign._describe_ab_rest())
        view = self.env.ref("mass_mailing.view_mail_mass_mailing_form")
        with Form(variants[1], view) as form:
            node = form._view["tree"].xpath("//field[@name='ab_testing_schedule_datetime']")[0]
            self.assertIn("ab_testing_completed", node.get("invisible"))

    def test_one_that_fails_stops_nobody(self):
        """Core's job ends with the first campaign that raises, and the others wait (trap 10)."""
        first, _variants = self._make_clear(subject="First")
        second, _variants = self._make_clear(subject="Second")
        self._make_due(first, days=1)
        Campaign = type(self.env["utm.campaign"])
        choose = Campaign._choose_ab_winner

        def fail_for_first(campaign, *args):
            if campaign == first.sudo():
                raise ValueError("Something is broken")
            return choose(campaign, *args)

        with (
            patch.object(Campaign, "_choose_ab_winner", fail_for_first),
            mute_logger(DECISION),
        ):
            self._run_cron()
        self.assertEqual((first.ab_state, second.ab_state), ("running", "decided"))
        self.assertIn("Something is broken", first.ab_problem)
        self._run_cron()
        self.assertEqual(first.ab_state, "decided")
        self.assertFalse(first.ab_problem)

    def test_completed_is_computed_for_many(self):
        """Core reads the winner of all campaigns for each of them, and fails."""
        campaign, variants = self._run_test(25, 25)
        other, _variants = self._make_test(25, 25, subject="Other")
        variants[0].action_select_as_winner()
        both = (campaign | other).sudo()
        self.env.add_to_compute(both._fields["ab_testing_completed"], both)
        self.assertEqual(both.mapped("ab_testing_completed"), [True, False])

    def test_the_job_of_core_leaves_ours_alone(self):
        campaign, _variants = self._make_clear()
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        self.assertEqual(campaign.ab_state, "running")
        self.assertFalse(campaign.ab_testing_winner_mailing_id)

    def test_tests_of_core_are_decided_as_ever(self):
        """With Odoo's own engine core copies the best of those that are done, and sends it."""
        mailings = self.env["mailing.mailing"]
        for subject in ("Core A", "Core B"):
            mailings |= self._create_mailing(
                subject=subject,
                segment_id=self.ab_segment.id,
                ab_testing_enabled=True,
                ab_testing_pc=10,
                delivery_engine="core",
                campaign_id=mailings.campaign_id.id,
            )
        campaign = mailings.campaign_id
        campaign.ab_testing_winner_selection = "opened_ratio"
        mailings[0].state = "done"
        self._make_due(campaign)
        self.env["utm.campaign"]._cron_process_mass_mailing_ab_testing()
        final = campaign.ab_testing_winner_mailing_id
        self.assertEqual(final.subject, "Core A")
        self.assertFalse(final.ab_is_final)
        self.assertEqual(campaign.ab_state, "draft")
