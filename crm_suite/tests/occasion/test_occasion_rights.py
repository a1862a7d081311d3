from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

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

    def test_told_to_salespeople_of_the_company_only(self):
        """Figures and birthdays are for them, whoever is entered as responsible."""
        clerk = new_test_user(self.env, "occasion_clerk", "base.group_user")
        other = self.env["res.company"].create({"name": "Other"})
        for user, company, state in (
            (clerk, self.env.company, "skipped"),
            (self.omar, other, "skipped"),
            (self.omar, self.env.company, "planned"),
        ):
            customer = self._customer("Told", user_id=user.id)
            self.env["crm.customer.metric"]._on_cells_changed(
                [(customer.id, company.id, "loyal", "at_risk")]
            )
            self._run()
            occasion = self._told(customer)
            self.assertEqual(occasion.state, state)
            self.assertEqual(bool(customer.sudo().activity_ids), state == "planned")
        self.assertEqual(self._told(customer).skip_kind, False)

    def test_messages_do_not_tell_the_customer_what_was_found(self):
        """Whoever gets a message may read the name of its record."""
        self.assertEqual(self.occasion.display_name, "Haddad Trading")
        message = self.occasion.message_post(
            body=Markup("Hello"),
            partner_ids=self.layla.ids,
            message_type="auto_comment",
            subtype_xmlid="crm_suite.mt_occasion",
        )
        portal = new_test_user(self.env, "occasion_portal", "base.group_portal")
        portal.sudo().partner_id = self.layla
        [row] = message.with_user(portal).read(["record_name"])
        self.assertEqual(row["record_name"], "Haddad Trading")
