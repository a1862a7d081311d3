from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import AbTestCommon


@tagged("post_install", "-at_install")
class TestRights(AbTestCommon):
    VIEW = "crm_suite_marketing.utm_campaign_view_form_ab_test"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailer = mail_new_test_user(
            cls.env,
            login="ab_mailer",
            email="ab_mailer@test.example.com",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )
        cls.employee = mail_new_test_user(
            cls.env, login="ab_employee", email="ab_employee@test.example.com"
        )

    def test_nobody_forges_results(self):
        campaign, variants = self._run_test(25, 25)
        self._react(variants[0], 5)
        campaign.action_count_ab_results()
        for user in (self.marketer, self.manager, self.mailer):
            results = campaign.with_user(user).ab_result_ids
            self.assertEqual(len(results), 3)
            with mute_logger("odoo.addons.base.models.ir_model"):
                with self.assertRaises(AccessError):
                    results[0].write({"opened": 100})
                with self.assertRaises(AccessError):
                    results[0].unlink()
                with self.assertRaises(AccessError):
                    results.create({"campaign_id": campaign.id})

    def test_nobody_forges_a_decision(self):
        campaign, variants = self._run_test(25, 25)
        for values in (
            {"ab_state": "decided"},
            {"ab_holdout_high": 0},
            {"ab_shares_fixed_on": False},
            {"ab_chosen_id": variants[0].id},
            {"ab_testing_winner_mailing_id": variants[0].id},
        ):
            with self.assertRaises(AccessError):
                campaign.with_user(self.manager).write(values)
        Campaign = self.env["utm.campaign"].with_user(self.manager)
        with self.assertRaises(AccessError):
            Campaign.create({"title": "Forged", "ab_state": "decided"})
        with self.assertRaises(AccessError):
            Campaign.with_context(default_ab_holdout_high=5000).create({"title": "Forged"})

    def test_nobody_moves_a_variant(self):
        _campaign, variants = self._run_test(25, 25)
        for values in ({"ab_bucket_low": 0}, {"ab_bucket_high": 9000}, {"ab_is_final": True}):
            with self.assertRaises(AccessError):
                variants[0].with_user(self.manager).write(values)
        for context in ({"default_ab_is_final": True}, {"default_ab_bucket_high": 9000}):
            with self.assertRaises(AccessError):
                self._create_mailing_with(context)
        self.assertFalse(variants[0].copy().ab_bucket_high)

    def _create_mailing_with(self, context):
        Mailing = self.env["mailing.mailing"].with_user(self.marketer).with_context(**context)
        return Mailing.create({"subject": "Forged", "segment_id": self.ab_segment.id})

    def test_who_may_not_mail_decides_nothing(self):
        campaign, variants = self._run_test(25, 25)
        for user in (self.employee, self.salesperson):
            for method in ("action_choose_ab_leader", "action_view_ab_test"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(campaign.with_user(user), method)()
            for method in ("action_select_as_winner", "action_send_winner_mailing"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(variants[0].with_user(user), method)()
            with self.assertRaises(AccessError):
                campaign.with_user(user).read(["ab_state"])
        self.assertEqual(campaign.ab_state, "running")

    def test_who_decides_about_messages_decides_a_test(self):
        """A mailing user of core may not decide about a single message either."""
        campaign, variants = self._run_test(25, 25)
        self._react(variants[1], 4)
        theirs = variants[0].with_user(self.mailer)
        theirs.campaign_id.action_count_ab_results()
        result = theirs.campaign_id.ab_result_ids.filtered(lambda one: one.mailing_id == theirs)
        for decide in (
            theirs.campaign_id.action_choose_ab_leader,
            theirs.action_select_as_winner,
            theirs.action_send_winner_mailing,
            result.action_choose,
        ):
            with self.assertRaisesRegex(AccessError, "marketing users"):
                decide()
        self.assertEqual(campaign.ab_state, "running")
        campaign.with_user(self.marketer).action_choose_ab_leader()
        self.assertEqual(campaign.ab_decided_by_id, self.marketer)

    def test_other_employees_keep_their_campaigns(self):
        """Everybody may edit a campaign, as in core; what belongs to the test he does not see."""
        campaign, _variants = self._run_test(25, 25)
        campaign.with_user(self.salesperson).title = "Another name"
        self.assertEqual(campaign.title, "Another name")
        made = self.env["utm.campaign"].with_user(self.salesperson).create({"title": "Fair"})
        self.assertEqual(made.sudo().ab_state, "draft")

    def test_amounts_are_not_for_all_who_mail(self):
        campaign, variants = self._run_test(25, 25, ab_testing_winner_selection="ab_order_revenue")
        buyers = self.env["res.partner"].browse(sorted(self._get_people(variants[0]))[:5])
        self._create_orders(buyers, 123, mailing=variants[0])
        campaign.with_user(self.mailer).action_count_ab_results()
        result = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        self.assertEqual((result.revenue, result.outcome), (615, "revenue"))
        theirs = result.with_user(self.mailer)
        self.assertEqual((theirs.orders, theirs.interval_text, theirs.lift_text), (5, False, False))
        self.assertTrue(theirs.verdict_text)
        amounts = ("revenue", "revenue_rate", "value", "low", "high", "lift", "outcome_rate")
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"):
            for name in amounts:
                with self.subTest(name), self.assertRaises(AccessError):
                    theirs.read([name])
                with self.subTest(name), self.assertRaises(AccessError):
                    theirs.search([(name, ">", 0)])
            with self.assertRaises(AccessError):
                variants[0].with_user(self.mailer).read(["ab_order_revenue"])
        with Form(campaign.with_user(self.mailer), self.VIEW) as form:
            self.assertNotIn("revenue", form._view["fields"]["ab_result_ids"]["edition_view"])
        variants[0].with_user(self.marketer).action_select_as_winner()
        self.assertNotIn("\u2066", campaign.with_user(self.mailer).ab_why)
        manager = result.with_user(self.manager)
        self.assertEqual(manager.read(["revenue"])[0]["revenue"], 615)
        self.assertIn("\u2066", manager.interval_text)
        self.assertIn("\u2066", campaign.with_user(self.manager).ab_why)

    def test_who_may_not_mail_changes_no_running_test(self):
        campaign, _variants = self._make_test(25, 25)
        at = campaign.ab_testing_schedule_datetime
        rules = (
            {"ab_testing_winner_selection": "replied_ratio"},
            {"ab_testing_schedule_datetime": at - timedelta(days=9)},
            {"company_id": False},
        )
        mine = campaign.with_user(self.salesperson)
        mine.write(rules[0])
        self._launch(campaign.ab_mailing_ids[0])
        # what stays the same does no harm
        mine.write({"title": "Another", "ab_testing_schedule_datetime": str(at), **rules[0]})
        rules[0]["ab_testing_winner_selection"] = "opened_ratio"
        for values in rules:
            with self.subTest(values), self.assertRaises(AccessError):
                mine.write(values)
            campaign.with_user(self.mailer).write(values)

    def test_nobody_has_the_figures_of_another_company_counted(self):
        elsewhere = self.env["res.company"].create({"name": "ENG elsewhere"})
        campaign, variants = self._run_test(25, 25)
        campaign.with_user(self.mailer).action_count_ab_results()
        self.assertEqual(campaign.ab_result_ids.company_id, self.env.company)
        with self.assertRaises(AccessError):
            campaign.with_user(self.mailer).company_id = elsewhere
        # somebody who works for both
        campaign.sudo().company_id = elsewhere
        for method in ("action_count_ab_results", "action_view_ab_test"):
            with self.assertRaises(AccessError):
                getattr(campaign.with_user(self.mailer), method)()
        campaign.sudo()._count_ab_results()
        self.env.invalidate_all()
        # counted for the other, they stay the other's
        self.assertEqual(campaign.sudo().ab_result_ids.company_id, elsewhere)
        campaign.sudo().company_id = self.env.company
        self.env.invalidate_all()
        results = self.env["crm.ab.result"].with_user(self.mailer)
        self.assertFalse(results.search([("mailing_id", "in", variants.ids)]))

    def test_companies(self):
        campaign, _variants = self._run_test(25, 25)
        campaign.action_count_ab_results()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = mail_new_test_user(
            self.env,
            login="ab_elsewhere",
            email="ab_elsewhere@test.example.com",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
            company_id=company.id,
            company_ids=company.ids,
        )
        Result = self.env["crm.ab.result"].with_user(other)
        self.assertFalse(Result.search([("campaign_id", "=", campaign.id)]))
