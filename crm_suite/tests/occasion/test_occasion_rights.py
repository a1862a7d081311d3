from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from .common import OccasionCase


class TestOccasionRights(OccasionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._rule("at_risk")
        cls._cells(cls.haddad, "loyal", "at_risk")
        cls.occasion = cls._told(cls.haddad)

    def _sees(self, user):
        return bool(self.Occasion.with_user(user).search([("id", "=", self.occasion.id)]))

    def test_who_sees_it(self):
        seen = [self._sees(user) for user in (self.omar, self.nora, self.alia, self.mona)]
        self.assertEqual(seen, [True] * 4)
        self.assertFalse(self._sees(self.sami))
        with self.assertRaises(AccessError):
            self._sees(self.cora)
        self.assertEqual(self.rule.with_user(self.sami).occasion_count, 0)

    def test_nobody_writes_it(self):
        for user in (self.omar, self.mona, self.env.ref("base.user_admin")):
            occasion = self.occasion.with_user(user)
            with self.assertRaises(AccessError):
                occasion.write({"state": "pending"})
            with self.assertRaises(AccessError):
                occasion.unlink()
            with self.assertRaises(AccessError):
                occasion.create({"partner_id": self.haddad.id, "rule_id": self.rule.id})
            with self.assertRaises(AccessError):
                occasion.message_post(body=self.haddad.name, subtype_xmlid="crm_suite.mt_occasion")

    def test_retry_is_for_administrators(self):
        self.occasion.state = "failed"
        with self.assertRaises(AccessError):
            self.occasion.with_user(self.omar).action_retry()
        with self.assertRaises(AccessError):
            self.rule.with_user(self.omar).name = "Mine"
        with self.assertRaises(AccessError):
            self.rule.with_user(self.alia).active = False

    def test_since_is_not_entered(self):
        rule = self.rule.with_user(self.mona)
        rule.since = "2000-01-01"
        self.assertEqual(str(rule.since), "2020-01-01")

    def test_rules_of_all_companies(self):
        """They write to customers of all companies: not by who works for one of them."""
        self.env["res.company"].create({"name": "Other"})
        rule = self.rule.with_user(self.mona)
        for values in ({"company_id": False, "days_late": 3}, {"active": True}):
            with self.assertRaisesRegex(ValidationError, "all companies"):
                rule.write(values)
        rule.company_id = self.env.company
        rule.days_late = 3
        rule.name = "Renamed"
        with self.assertRaisesRegex(ValidationError, "all companies"):
            rule.company_id = False
        self.mona.company_ids = self.env["res.company"].search([])
        rule.company_id = False

    def test_another_company_begins_anew(self):
        today = fields.Date.context_today(self.rule)
        rule = self.rule.with_user(self.mona)
        rule.company_id = self.env.company
        self.assertEqual(rule.since, today)

    def test_views(self):
        for name in ("crm_occasion_action", "crm_occasion_rule_action"):
            action = self.env.ref(f"crm_suite.{name}")
            self.env[action.res_model].with_user(self.omar).get_views(action.views)
