import json
import time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...lib import delivery_token, webhook
from ..engagement.common import FIREFOX, EngagementCommon

SECRET = "a secret of the tests"


@tagged("post_install", "-at_install")
class TestEventsRoute(EngagementCommon, HttpCase):
    """A mail provider, and whoever would like to be one, post events."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # nobody waits for a test before he follows a link
        cls.env.company.bot_click_seconds = 0
        cls.source = cls.env["crm.event.source"].create({"name": "Provider", "secret": SECRET})

    def _name(self, delivery):
        return delivery_token.make_message_id(self.key, delivery.id, "example.com")

    def _post(self, events, secret=SECRET, now=None, body=None, headers=None, source=None):
        body = json.dumps({"events": events}).encode() if body is None else body
        now = int(now or time.time())
        headers = {
            "Content-Type": "application/json",
            webhook.ID: "call-1",
            webhook.TIMESTAMP: str(now),
            webhook.SIGNATURE: webhook.sign(secret, "call-1", now, body),
        } | (headers or {})
        path = f"/crm/events/{(source or self.source).id}"
        answer = self.url_open(path, data=body, headers=headers)
        self.env.invalidate_all()
        return answer

    def _events(self, delivery):
        events = self.events.search([("outbox_id", "=", delivery.id)], order="id")
        return events.mapped("kind")

    def test_what_became_of_messages(self):
        answer = self._post(
            [
                {"id": "1", "event": "delivered", "message": self._name(self.to_amal)},
                {
                    "id": 2,
                    "event": "clicked",
                    "message": self._name(self.to_amal),
                    "url": self.offer.url,
                    "user_agent": FIREFOX,
                    "ip": "198.51.100.7",
                },
                {
                    "id": "3",
                    "event": "bounced",
                    "message": delivery_token.make_token(self.key, "webhook", self.to_emre.id),
                    "status": "5.1.1",
                    "text": "No such\x00 user",
                },
            ]
        )
        self.assertEqual(answer.json(), {"taken": 3, "known": 0, "unknown": 0})
        self.assertEqual(self._events(self.to_amal), ["delivered", "click"])
        click = self.events.search([("outbox_id", "=", self.to_amal.id), ("kind", "=", "click")])
        self.assertEqual((click.link_id, click.actor), (self.offer, "human"))
        self.assertEqual(click.evidence["network"], "198.51.100.0/24", "nothing names a line")
        bounce = self.events.search([("outbox_id", "=", self.to_emre.id)])
        self.assertEqual(bounce.evidence["text"], "No such user")
        self.assertEqual(self.to_emre.trace_id.trace_status, "bounce")
        self.assertIn("3 ", self.source.last_told)

    def test_told_again(self):
        event = {"id": "1", "event": "opened", "message": self._name(self.to_amal)}
        self._post([event])
        answer = self._post([event, event | {"event": "complained"}])
        self.assertEqual(answer.json(), {"taken": 0, "known": 2, "unknown": 0})
        self.assertEqual(self._events(self.to_amal), ["open"], "a number tells one thing")

    @mute_logger("odoo.http")
    def test_who_cannot_sign_learns_nothing(self):
        event = {"id": "1", "event": "complained", "message": self._name(self.to_amal)}
        archived = self.source.copy({"secret": SECRET, "active": False})
        answers = [
            self._post([event], secret="another secret of tests"),
            self._post([event], now=time.time() - webhook.WINDOW - 60),
            self._post([event], headers={webhook.ID: "call-2"}),
            self._post([event], headers={webhook.SIGNATURE: ""}),
            self._post([event], source=archived),
            self._post([event], source=self.source.browse(2**31 - 1)),
        ]
        self.assertEqual({answer.status_code for answer in answers}, {401})
        self.assertEqual(len({answer.text for answer in answers}), 1)
        self.assertEqual(self._events(self.to_amal), [])
        self.assertEqual(self.url_open(f"/crm/events/{self.source.id}").status_code, 405, "a GET")

    @mute_logger("odoo.http")
    def test_bad_bodies(self):
        many = json.dumps({"events": [{}] * 501}).encode()
        for body in (b"no", b"[]", b'{"events": 1}', b"[" * 90000, b"\xff", many):
            self.assertEqual(self._post([], body=body).status_code, 400, body[:20])
        self.assertEqual(self._post([], body=b" " * 300_000).status_code, 413)

    def test_what_is_not_understood(self):
        name = self._name(self.to_amal)
        foreign = delivery_token.make_message_id("another key", self.to_amal.id, "example.com")
        answer = self._post(
            [
                {"id": "1", "event": "unsubscribed", "message": name},
                {"id": "2", "event": "opened", "message": foreign},
                {"id": "3", "event": "opened", "message": str(self.to_amal.id)},
                {"event": "opened", "message": name},
                {"id": ["4"], "event": ["opened"], "message": {"a": 1}},
                None,
            ]
        )
        self.assertEqual(answer.json(), {"taken": 0, "known": 0, "unknown": 6})

    def test_messages_of_another_company(self):
        self.source.company_id = self.env["res.company"].create({"name": "Another"})
        event = {"id": "1", "event": "opened", "message": self._name(self.to_amal)}
        self.assertEqual(self._post([event]).json(), {"taken": 0, "known": 0, "unknown": 1})

    def test_too_many_calls(self):
        self.source.most_calls = 1
        # however the minutes fall, two of three are in one
        answers = [self._post([]) for _number in range(3)]
        refused = [answer for answer in answers if answer.status_code == 429]
        self.assertTrue(refused)
        self.assertEqual(refused[0].headers["Retry-After"], "60")
