import json
import time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...lib import webhook
from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestHook(TriggerCommon, HttpCase):
    """Other programs tell who is to enter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journey = cls._start("webhook", hook_fields="town = city\nfunction")
        cls.start = cls.journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
        cls.hook = cls.env["crm.journey.hook"]._get(cls.start)

    def _post(self, values, hook=None, secret=None, now=None, call="call-1", headers=None):
        hook = hook or self.hook
        body = values if isinstance(values, bytes) else json.dumps(values).encode()
        now = int(now or time.time())
        headers = {
            "Content-Type": "application/json",
            webhook.ID: call,
            webhook.TIMESTAMP: str(now),
            webhook.SIGNATURE: webhook.sign(secret or hook.sudo().secret, call, now, body),
        } | (headers or {})
        self.env.flush_all()
        answer = self.url_open(f"/crm_suite/journey/{hook.key}", data=body, headers=headers)
        self.env.invalidate_all()
        return answer

    def test_a_call(self):
        answer = self._post({"email": "AMAL@customer.example.com", "town": "Beirut"})
        self.assertEqual((answer.status_code, answer.json()), (202, {"result": "taken"}))
        self._check_who(self.journey, self.amal)
        self.assertEqual(self.amal.city, "Beirut")

    def test_nothing_but_what_the_start_says_is_written(self):
        name = self.amal.name
        self._post({"email": self.amal.email, "name": "Mallory", "user_id": 1, "id": 1})
        self.assertEqual(self.amal.name, name)
        self.assertFalse(self.amal.user_id)

    def test_who_is_not_known_learns_nothing(self):
        known = self._post({"email": self.amal.email})
        stranger = self._post({"email": "nobody@customer.example.com"}, call="call-2")
        self.assertEqual((known.status_code, known.json()), (stranger.status_code, stranger.json()))
        self._check_who(self.journey, self.amal)

    def test_forged_old_and_broken_signatures(self):
        values = {"email": self.amal.email}
        for answer in (
            self._post(values, secret="another secret of the tests"),
            self._post(values, now=time.time() - 3600),
            self._post(values, now=time.time() + 3600),
            self._post(values, headers={webhook.SIGNATURE: ""}),
            self._post(values, headers={webhook.ID: "another"}),
            self.url_open("/crm_suite/journey/nothing", data=b"{}"),
            self.url_open("/crm_suite/journey/%00", data=b"{}"),
        ):
            self.assertEqual((answer.status_code, answer.json()), (401, {"error": "signature"}))
        self._check_who(self.journey, self.env["res.partner"])

    def test_a_call_counts_once(self):
        values = {"email": self.amal.email, "town": "Beirut"}
        self.assertEqual(self._post(values).status_code, 202)
        self.amal.city = "Cairo"
        self.assertEqual(self._post(values).status_code, 409)
        self.assertEqual(self.amal.city, "Cairo")
        self.assertEqual(
            self.env["crm.journey.event"].search_count([("hook_id", "=", self.hook.id)]), 1
        )

    @mute_logger("odoo.http")
    def test_too_long(self):
        answer = self._post(b'{"email": "' + b"a" * 70_000 + b'"}')
        self.assertIn(answer.status_code, (400, 413))
        self._check_who(self.journey, self.env["res.partner"])

    def test_too_many(self):
        self.hook.sudo().most_calls = 1
        codes = [
            self._post({"email": self.amal.email}, call=f"call-{number}").status_code
            for number in range(4)
        ]
        # a minute may have begun meanwhile
        self.assertIn(429, codes)
        self.assertEqual(codes[0], 202)

    def test_only_posts(self):
        answer = self.url_open(f"/crm_suite/journey/{self.hook.key}")
        self.assertIn(answer.status_code, (404, 405))

    def test_what_cannot_be_understood(self):
        for number, body in enumerate(
            (
                b"[]",
                b"no",
                b'{"email": 5}',
                b'{"email": "x"}',
                b'{"email": ["a"]}',
                b"[" * 9000,
            )
        ):
            answer = self._post(body, call=f"call-{number}")
            self.assertEqual(answer.status_code, 400, body)
        answer = self._post({"email": self.amal.email, "town": ["x"]}, call="town")
        self.assertEqual(answer.status_code, 400)
        # nothing of it was kept: the same call may come with what is right
        answer = self._post({"email": self.amal.email, "town": "Beirut"}, call="town")
        self.assertEqual(answer.status_code, 202)

    def test_a_journey_that_does_not_run(self):
        self.journey.sudo().state = "paused"
        answer = self._post({"email": self.amal.email, "town": "Beirut"})
        self.assertEqual(answer.status_code, 202)
        self.assertFalse(self.amal.city)

    def test_unknown_contacts_are_created(self):
        journey = self._start("webhook", hook_creates=True)
        hook = self.env["crm.journey.hook"]._get(
            journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
        )
        answer = self._post({"email": "new@customer.example.com", "name": "New"}, hook=hook)
        self.assertEqual(answer.status_code, 202)
        new = self.env["res.partner"].search([("email", "=", "new@customer.example.com")])
        self.assertEqual(new.name, "New")
        self._check_who(journey, new)
        self._post({"email": "NEW@customer.example.com"}, hook=hook, call="call-2")
        self.assertEqual(
            self.env["res.partner"].search_count(
                [("email_normalized", "=", "new@customer.example.com")]
            ),
            1,
        )

    def test_by_a_key_and_by_the_number(self):
        self.amal.ref = "C-1"
        by_key, by_number = (
            self._start("webhook", hook_match=match, **values)
            for match, values in (
                (
                    "field",
                    {"hook_field_id": self.env["ir.model.fields"]._get("res.partner", "ref").id},
                ),
                ("record", {}),
            )
        )
        for journey, values in ((by_key, {"key": "C-1"}), (by_number, {"id": self.emre.id})):
            start = journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
            answer = self._post(values, hook=self.env["crm.journey.hook"]._get(start))
            self.assertEqual(answer.status_code, 202)
        self._check_who(by_key, self.amal)
        self._check_who(by_number, self.emre)

    def test_a_number_of_any_length(self):
        field = self.env["ir.model.fields"]._get("res.partner", "color")
        journey = self._start("webhook", hook_match="field", hook_field_id=field.id)
        start = journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
        hook = self.env["crm.journey.hook"]._get(start)
        for at, key in enumerate(("9" * 5000, "٩" * 5000, "-5", "C-1", 10**40)):
            answer = self._post({"key": key}, hook=hook, call=f"long-{at}")
            self.assertEqual(answer.status_code, 202)
        self.amal.color = 123456789
        self._post({"key": "123456789"}, hook=hook, call="right")
        self._check_who(journey, self.amal)

    def test_who_sees_the_secret(self):
        for user, sees in (
            (self.marketer, True),
            (self.manager, True),
            (self.other_marketer, False),
        ):
            start = self.start.with_user(user)
            start.invalidate_recordset()
            self.assertEqual(bool(start.hook_secret), sees, user.name)
            self.assertTrue(start.hook_address.endswith(self.hook.key))
        with self.assertRaises(AccessError):
            self.start.with_user(self.other_marketer).action_new_hook_secret()
        before = self.hook.sudo().secret
        self.start.with_user(self.manager).action_new_hook_secret()
        self.assertNotEqual(self.hook.sudo().secret, before)
        self.assertEqual(self._post({"email": self.amal.email}, secret=before).status_code, 401)
        with self.assertRaises(AccessError):
            self.hook.with_user(self.manager).read(["secret"])

    def test_what_the_database_cannot_hold_is_not_understood(self):
        journey = self._start(
            "webhook",
            hook_match="field",
            hook_field_id=self._get_ref().id,
            hook_fields="number=color",
        )
        start = journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
        hook = self.env["crm.journey.hook"]._get(start)
        self.amal.ref = "A1"
        for at, body in enumerate(
            (
                b'{"key": "a\\u0000b"}',
                b'{"key": "\\ud800"}',
                b'{"key": "A1", "number": 1e999}',
                b'{"key": "A1", "number": NaN}',
                b'{"key": "A1", "number": 99999999999}',
                b'{"key": ' + b"[" * 20000,
            )
        ):
            with self.subTest(body=body[:40]):
                answer = self._post(body, hook=hook, call=f"call-{at}")
                self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._post(b'{"email": "\\ud800@a.be"}').status_code, 400)

    def test_a_deleted_field_of_the_key(self):
        field = self._get_ref()
        journey = self._start("webhook", hook_match="field", hook_field_id=field.id)
        start = journey.live_version_id.node_ids.filtered(lambda one: one.uid == "start")
        # as the database does it
        self.env.cr.execute(
            "UPDATE crm_journey_node SET hook_field_id = NULL WHERE id = %s", [start.id]
        )
        self.env.invalidate_all()
        hook = self.env["crm.journey.hook"]._get(start)
        self.assertEqual(self._post({"key": "A1"}, hook=hook).status_code, 400)

    def test_calls_do_not_write_what_decides_about_rights(self):
        for name in ("parent_id", "signup_type", "partner_share", "active", "message_bounce"):
            start = self.start.new({"hook_fields": name}, origin=self.start)
            with self.subTest(name=name), self.assertRaises(ValidationError):
                self.env["crm.journey.hook"]._read_mapping(start)

    def _get_ref(self):
        return self.env["ir.model.fields"]._get("res.partner", "ref")
