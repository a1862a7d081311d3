from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestEventSource(MarketingCommon):
    def test_a_manager_makes_one(self):
        form = Form(self.env["crm.event.source"].with_user(self.manager))
        form.name = "Provider"
        source = form.save()
        self.assertGreaterEqual(len(source.secret), 32)
        self.assertTrue(source.address.endswith(f"/crm/events/{source.id}"))
        before = source.secret
        source.action_new_secret()
        self.assertNotEqual(source.secret, before)
        self.assertNotEqual(source.copy().secret, source.secret)

    def test_marketers_see_no_secret(self):
        source = self.env["crm.event.source"].create({"name": "Provider"})
        seen = source.with_user(self.marketer)
        self.assertEqual(seen.name, "Provider")
        for forbidden in (
            lambda: seen.secret,
            lambda: seen.write({"name": "Mine"}),
            seen.action_new_secret,
            seen.unlink,
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_what_is_refused(self):
        for values in ({"secret": "short"}, {"secret": " " * 3}):
            with self.assertRaises(ValidationError):
                self.env["crm.event.source"].create({"name": "Provider", **values})
