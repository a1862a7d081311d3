from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestSettings(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("admin", "base.group_system,sales_team.group_sale_manager")
        cls.untouched = cls.env.ref("crm_suite.automation_lead_untouched")
        cls.unanswered = cls.env.ref("crm_suite.automation_quotation_unanswered")

    def _open(self):
        return Form(self.env["res.config.settings"].with_user(self.admin))

    def test_rules_are_on_until_switched_off(self):
        Rule = self.env["crm.form.rule"]
        form = self._open()
        self.assertTrue(form.crm_customization_enabled)
        form.crm_customization_enabled = False
        form.save().execute()
        self.assertFalse(Rule._is_enabled())
        form = self._open()
        self.assertFalse(form.crm_customization_enabled)
        form.crm_customization_enabled = True
        form.save().execute()
        self.assertTrue(Rule._is_enabled())

    def test_days_are_those_of_the_automation_rules(self):
        form = self._open()
        self.assertEqual(form.crm_untouched_days, self.untouched.trg_date_range)
        form.crm_untouched_days = 2
        form.crm_unanswered_days = 5
        form.save().execute()
        self.assertEqual(self.untouched.trg_date_range, 2)
        self.assertEqual(self.unanswered.trg_date_range, 5)

    def test_negative_days_are_refused(self):
        form = self._open()
        form.crm_untouched_days = -1
        with self.assertRaises(ValidationError):
            form.save().execute()

    def test_a_rule_that_no_longer_counts_days_is_left_alone(self):
        self.untouched.write({"trg_date_range": 8, "trg_date_range_type": "hour"})
        self.unanswered.unlink()
        form = self._open()
        form.save().execute()
        self.assertRecordValues(
            self.untouched, [{"trg_date_range": 8, "trg_date_range_type": "hour"}]
        )
