from datetime import timedelta

from odoo import fields

from odoo.addons.mail.tests.common import MailCase

from ..common import CrmSuiteCase


class AutomationCase(CrmSuiteCase, MailCase):
    """Only the rules that a test switches on are on, as if since a week ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.env["base.automation"].search([]).active = False

    @classmethod
    def _rule(cls, name):
        return cls.env.ref(f"crm_suite.automation_{name}")

    @classmethod
    def _switch_on(cls, *names, since_days=40):
        for name in names:
            rule = cls._rule(name)
            rule.active = True
            rule.last_run = cls.now - timedelta(days=since_days)

    def _run_cron(self):
        self.env.flush_all()
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            self.env.ref(
                "base_automation.ir_cron_data_base_automation_check"
            ).method_direct_trigger()
        self.env.invalidate_all()
