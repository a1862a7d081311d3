from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import AbTestCommon


@tagged("post_install", "-at_install")
class TestRights(AbTestCommon):
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

    def test_a_mailing_user_runs_a_test(self):
        campaign, variants = self._run_test(25, 25)
        self._react(variants[1], 4)
        campaign.with_user(self.mailer).action_choose_ab_leader()
        self.assertEqual(campaign.ab_decided_by_id, self.mailer)

    def test_other_employees_keep_their_campaigns(self):
        """Everybody may edit a campaign, as in core; what belongs to the test he does not see."""
        campaign, _variants = self._run_test(25, 25)
        campaign.with_user(self.salesperson).title = "Another name"
        self.assertEqual(campaign.title, "Another name")
        made = self.env["utm.campaign"].with_user(self.salesperson).create({"title": "Fair"})
        self.assertEqual(made.sudo().ab_state, "draft")

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
