import json
import time
from datetime import timedelta

from odoo import fields
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
        # a messenger handed it to him; whose it is, his e-mail address says
        cls.to_faris = cls._deliver(cls.faris, channel="webhook")
        cls.letter = cls.env["crm.consent.purpose"].create(
            {"name": "Test Letter", "text": "Write to me", "needs_opt_in": False}
        )

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

    def _number(self, delivery):
        return delivery_token.make_token(self.key, "webhook", delivery.id)

    def _refusal(self, partner, purpose=None):
        Consent = self.env["crm.consent"]
        return Consent._get_refusals([partner.email], "email", purpose).get(partner.email)

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
                    "message": self._name(self.to_emre),
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
        self.assertEqual(self._refusal(self.emre), "blacklist")
        self.assertIn("3 ", self.source.last_told)

    def test_a_messenger_judges_no_mailbox(self):
        self.env.company.soft_bounce_limit = 2
        event, days = {"message": self._number(self.to_faris)}, (1, 2, 3)
        answer = self._post(
            [event | {"id": "1", "event": "bounced"}, event | {"id": "2", "event": "complained"}]
            + [
                event | {"id": f"s{day}", "event": "soft_bounced", "at": time.time() - day * 86400}
                for day in days
            ]
        )
        self.assertEqual(answer.json()["taken"], 5)
        to_mailbox = self._deliver(
            self.faris, self.mailing.copy({"purpose_id": self.letter.id}), channel="mail"
        )
        self._post([{"id": "m", "event": "soft_bounced", "message": self._name(to_mailbox)}])
        self.assertFalse(self._refusal(self.faris))
        self.mailing.purpose_id = self.letter
        self._post([event | {"id": "3", "event": "complained"}])
        self.assertEqual(self._refusal(self.faris, self.letter), "withdrawn")
        self.assertFalse(self._refusal(self.faris), "other mails go to him as before")

    def test_who_says_stop_there_has_left(self):
        self.mailing.purpose_id = self.letter
        events = [
            {"id": delivery.id, "event": "unsubscribed", "message": self._number(delivery)}
            for delivery in (self.to_amal, self.to_faris)
        ]
        self.assertEqual(self._post(events).json()["taken"], 2)
        for partner, delivery in ((self.amal, self.to_amal), (self.faris, self.to_faris)):
            self.assertEqual(self._refusal(partner, self.letter), "withdrawn")
            self.assertFalse(self._refusal(partner))
            self.assertEqual(self._events(delivery), ["unsubscribe"])
        later = fields.Datetime.now() + timedelta(seconds=1)
        self.env["crm.consent"]._record(
            [self.faris.email], "email", "granted", self.letter, source="form", date=later
        )
        self.assertEqual(self._post(events).json()["known"], 2)
        self.assertFalse(self._refusal(self.faris, self.letter), "told again is not said again")

    def test_what_messengers_tell_without_a_browser(self):
        self.source.name = "odoo"
        event = {"event": "clicked", "message": self._number(self.to_faris)}
        self._post(
            [
                event | {"id": 1, "url": self.offer.url},
                event | {"id": 2, "url": self.news.url},
                event | {"id": 3, "url": self.news.url, "user_agent": "curl/8"},
            ]
        )
        clicks = self.events.search([("outbox_id", "=", self.to_faris.id)], order="id")
        self.assertEqual(clicks.mapped("actor"), ["unknown", "unknown", "bot"])
        self.assertEqual(clicks.mapped("actor_reason"), ["told", "told", "scanner"])
        self.assertEqual(self.to_faris.trace_id.click_count, 2)
        self.assertIn("Told by: odoo", clicks[0].evidence_text)

    def test_told_again(self):
        event = {"id": "1", "event": "opened", "message": self._name(self.to_amal)}
        self._post([event])
        answer = self._post([event, event | {"event": "complained"}])
        self.assertEqual(answer.json(), {"taken": 0, "known": 2, "unknown": 0})
        self.assertEqual(self._events(self.to_amal), ["open"], "a number tells one thing")

    @mute_logger("odoo.http")
    def test_who_cannot_sign_learns_nothing(self):
        """Core's webhooks have the address for their only secret (trap 16)."""
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
                {"id": "1", "event": "applauded", "message": name},
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
        """Core's webhooks have no limit (trap 16)."""
        self.source.most_calls = 1
        # however the minutes fall, two of three are in one
        answers = [self._post([]) for _number in range(3)]
        refused = [answer for answer in answers if answer.status_code == 429]
        self.assertTrue(refused)
        self.assertEqual(refused[0].headers["Retry-After"], "60")
