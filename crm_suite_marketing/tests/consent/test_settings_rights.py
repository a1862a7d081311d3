from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ConsentCommon


@tagged("post_install", "-at_install")
class TestSettingsRights(ConsentCommon):
    def test_settings_are_the_administrators(self):
        """`set_values` can be called without the button that asks for rights."""
        Settings = self.env["res.config.settings"]
        parameters = self.env["ir.config_parameter"].sudo()
        ours = [("key", "=like", "crm_suite_marketing.%")]
        before = {one.key: one.value for one in parameters.search(ours)}
        for user in (self.marketer, self.manager, self.salesperson):
            for settings in (Settings, Settings.new({"outbox_workers": 3})):
                with self.assertRaises(AccessError):
                    settings.with_user(user).set_values()
        after = {one.key: one.value for one in parameters.search(ours)}
        self.assertEqual(after, before)
