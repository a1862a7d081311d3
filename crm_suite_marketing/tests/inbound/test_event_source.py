import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from ..engagement.common import EngagementCommon


@tagged("post_install", "-at_install")
class TestEventSource(EngagementCommon):
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

    def test_who_may_tell_of_all_companies(self):
        shared = self.env["crm.event.source"].create({"name": "Provider", "company_id": False})
        own = self.env["crm.event.source"].create({"name": "Own"})
        mine = self.env["crm.event.source"].with_user(self.manager)
        self.assertIn(own, mine.search([]))
        self.assertNotIn(shared, mine.search([]))
        for forbidden in (
            lambda: shared.with_user(self.manager).read(["secret"]),
            lambda: mine.create({"name": "Mine", "company_id": False}),
            lambda: own.with_user(self.manager).write({"company_id": False}),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                forbidden()
        admin = mail_new_test_user(
            self.env, login="administrator", groups="base.group_user,base.group_system"
        )
        self.assertTrue(shared.with_user(admin).secret)
        self.assertFalse(
            mine.with_user(admin).create({"name": "A", "company_id": False}).company_id
        )

    def test_calls_do_not_wait_for_each_other(self):
        """The row of the source is let go of at once, and no row of the statistics is taken."""
        Outbox, statements = type(self.env["crm.outbox"]), []

        class Beside:
            def __init__(self, cr):
                self.cr = cr

            def __getattr__(self, name):
                return getattr(self.cr, name)

            def execute(self, statement):
                statements.append(statement.code)
                self.cr.execute(statement)

        @contextmanager
        def beside(records):
            yield Beside(records.env.cr)

        source = self.env["crm.event.source"].create({"name": "Provider"})
        event = {"id": "1", "event": "delivered", "message": self._message_id(self.to_amal)}
        with (
            patch.object(Outbox, "_get_sending_cursor", beside),
            patch.object(type(self.env["mailing.trace"]), "_project_events") as project,
        ):
            self.assertTrue(source._count_call())
            self.assertEqual(source._take(json.dumps({"events": [event]}).encode())["taken"], 1)
        self.assertEqual(
            [words.split()[:2] for words in statements], [["UPDATE", source._table]] * 2
        )
        self.assertIn("SKIP LOCKED", statements[1])
        project.assert_not_called()
        self.assertEqual(source.calls, 1)
        self.assertIn("1 ", source.last_told)

    def test_what_is_refused(self):
        for values in ({"secret": "short"}, {"secret": " " * 3}):
            with self.assertRaises(ValidationError):
                self.env["crm.event.source"].create({"name": "Provider", **values})
