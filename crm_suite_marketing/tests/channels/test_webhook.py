import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...lib import webhook as lib
from ...models.channels.crm_webhook import FOR_TESTS
from ...models.sending.worker import Worker
from ..outbox.common import OutboxCommon

SECRET = "a secret of the tests"


class OtherProgram(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if answers else 204)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@tagged("post_install", "-at_install")
class TestWebhook(OutboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), OtherProgram)
        cls.server.calls, cls.server.answers = [], []
        thread = threading.Thread(target=cls.server.serve_forever, daemon=True)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.env["ir.config_parameter"].set_param(FOR_TESTS, "1")
        cls.hook = (
            cls.env["crm.webhook"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "Test Messenger",
                    "url": f"http://127.0.0.1:{cls.server.server_port}/in?tool=1",
                    "secret": SECRET,
                }
            )
        )

    def setUp(self):
        super().setUp()
        self.server.calls.clear()
        self.server.answers.clear()

    def _launch_webhook(self, **values):
        mailing = self._create_mailing(
            mailing_type="webhook",
            webhook_id=self.hook.id,
            body_plaintext="Hello [[name]]! {{ object.email }}",
            **values,
        )
        self._launch(mailing)
        return mailing

    def _work(self):
        self.env["crm.outbox"]._cron_send_channel("webhook")
        self.env.invalidate_all()

    def _messages(self):
        return [
            one for _path, _head, body in self.server.calls for one in json.loads(body)["messages"]
        ]

    def test_handed_over_once(self):
        fields = self.env["crm.merge.field"].search(
            [("model_id.model", "=", "res.partner"), ("name", "in", ("first_name", "email"))]
        )
        self.say("emre@customer.example.com", "withdrawn", self.news)
        mailing = self._launch_webhook(
            purpose_id=self.news.id, webhook_field_ids=[(6, 0, fields.ids)]
        )
        self.assertEqual(
            self._results(mailing),
            {
                "Amal": "planned",
                "Basil": "planned",
                "Basil's assistant": "duplicate",
                "Celine": "blacklist",
                "Dalia": "missing",
                "Emre": "withdrawn",
            },
        )
        self.env["crm.outbox"]._cron_send()
        self.assertFalse(self.server.calls, "the workers of mails leave it alone")
        self._work()
        self.assertEqual(len(self.server.calls), 2)
        for path, headers, body in self.server.calls:
            self.assertEqual(path, "/in?tool=1")
            self.assertEqual(headers["Host"], f"127.0.0.1:{self.server.server_port}")
            self.assertTrue(lib.verify(SECRET, headers, body, int(headers[lib.TIMESTAMP])))
            self.assertFalse(lib.verify(SECRET + "x", headers, body, int(headers[lib.TIMESTAMP])))
        messages = self._messages()
        self.assertEqual(
            {one["text"].split("!")[0] for one in messages}, {"Hello Amal", "Hello Basil"}
        )
        self.assertIn("{{ object.email }}", messages[0]["text"], "no code runs")
        self.assertEqual(
            {one["fields"]["email"] for one in messages}, {self.amal.email, self.basil.email}
        )
        self.assertEqual(set(messages[0]["fields"]), {"first_name", "email"}, "the chosen only")
        rows = self._rows(mailing, "sent")
        self.assertEqual(rows.mapped("channel"), ["webhook"] * 2)
        self.assertEqual(rows.mapped("detail"), ["HTTP 204"] * 2)
        self.assertEqual(set(rows.trace_id.mapped("trace_type")), {"webhook"})
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"sent"})
        self.assertEqual(mailing.state, "done")
        self._assert_reconciles(mailing)
        self._work()
        self.assertEqual(len(self.server.calls), 2, "nothing goes twice")

    def test_many_with_one_call_and_again_with_the_same_number(self):
        self.hook.batch_size = 10
        self.server.answers.append(503)
        mailing = self._launch_webhook()
        self._work()
        self.assertEqual(len(self.server.calls), 1)
        rows = self._rows(mailing, "planned")
        self.assertEqual((len(rows), set(rows.mapped("reason"))), (3, {"postponed"}))
        self.assertEqual(mailing.state, "sending")
        self._set_state(rows, "planned", due_at=mailing.create_date)
        self._work()
        [first, second] = self.server.calls
        self.assertEqual(first[1][lib.ID], second[1][lib.ID])
        self.assertEqual(first[2], second[2])
        self.assertEqual(len(self._rows(mailing, "sent")), 3)

    def test_a_wrong_address_pauses(self):
        self.server.answers += [302, 500]
        mailing = self._launch_webhook()
        self._work()
        self.assertEqual(len(self.server.calls), 1, "redirects are not followed")
        self.assertTrue(mailing.is_paused)
        self.assertIn("HTTP 302", mailing.pause_reason)
        states = self._rows(mailing).filtered("idem_key").mapped("state")
        self.assertEqual(states, ["planned"] * 3, "it says nothing of the messages")
        self._work()
        self.assertEqual(len(self.server.calls), 1)
        self.server.answers.clear()
        self.env["crm.outbox.resume"].create({"mailing_id": mailing.id}).action_resume()
        self._set_state(self._rows(mailing, "planned"), "planned", due_at=mailing.create_date)
        self._work()
        self.assertEqual(len(self._rows(mailing, "sent")), 3)
        self.assertEqual(self.hook.last_answer, "HTTP 204")

    def test_an_archived_one_is_not_called(self):
        mailing = self._launch_webhook()
        self.hook.active = False
        self._work()
        self.assertFalse(self.server.calls)
        self.assertIn("“Test Messenger” is archived", mailing.pause_reason)

    def test_an_answer_is_noted_before_anything_that_can_fail(self):
        mailing, renew = self._launch_webhook(), Worker.renew

        def look(worker):
            self.assertFalse(self._rows(mailing, "sending"), "its answer could be lost")
            renew(worker)

        with patch.object(Worker, "renew", look):
            self._work()
        self.assertEqual(len(self._rows(mailing, "sent")), 3)

    def test_what_was_launched_keeps_a_webhook(self):
        mailing = self._launch_webhook()
        for values in ({"webhook_id": False}, {"mailing_type": "mail"}):
            with self.assertRaises(UserError):
                mailing.with_user(self.marketer).write(values)
        mailing.webhook_id = self.hook.copy({"name": "Another"})

    def test_never_into_our_own_network(self):
        mailing = self._launch_webhook()
        self.env["ir.config_parameter"].set_param(FOR_TESTS, False)
        self.hook.url = f"https://localhost:{self.server.server_port}/"
        self._work()
        self.assertTrue(mailing.is_paused)
        self.assertFalse(self.server.calls)
        self.assertEqual(len(self._rows(mailing, "planned")), 3)
        with self.assertRaises(UserError):
            self.hook.action_test()
        for url in ("http://a.example.com/", "https://me:word@a.example.com/", "javascript:1"):
            with self.assertRaises(ValidationError):
                self.hook.url = url

    def test_nobody_there(self):
        mailing = self._launch_webhook()
        with patch("socket.getaddrinfo", side_effect=OSError("no such name")):
            self._work()
        rows = self._rows(mailing, "planned")
        self.assertEqual((len(rows), set(rows.mapped("reason"))), (3, {"connection"}))
        self.assertFalse(mailing.is_paused)
        self.env.cr.execute("UPDATE crm_sending_tally SET minute = minute - interval '1 day'")
        self._set_state(rows, "planned", due_at=mailing.create_date)
        with patch("socket.getaddrinfo", side_effect=OSError("no such name")):
            self._work()
        self.assertIn("“Test Messenger” has not been reached", mailing.pause_reason)

    def test_a_worker_that_dies_leaves_it_uncertain(self):
        mailing = self._launch_webhook()
        hook_class = type(self.env["crm.webhook"])
        with (
            patch.object(hook_class, "_call", side_effect=MemoryError),
            patch.object(Worker, "finish"),
            suppress(MemoryError),
        ):
            self._work()
        self._work()
        self.assertEqual(len(self._rows(mailing, "uncertain")), 1)
        self.assertEqual(len(self._rows(mailing, "sent")), 2)
        self.assertEqual(len(self.server.calls), 2)

    def test_a_test_reaches_nobody(self):
        fields = self.env["crm.merge.field"].search(
            [("model_id.model", "=", "res.partner"), ("name", "in", ("first_name", "email"))]
        )
        mailing = self._create_mailing(
            mailing_type="webhook",
            webhook_id=self.hook.id,
            body_plaintext="Hello [[name]]!",
            webhook_field_ids=[(6, 0, fields.ids)],
        )
        action = mailing.with_user(self.marketer).action_test()
        preview = self.env[action["res_model"]].with_user(self.marketer).browse(action["res_id"])
        preview.resource_ref = self.basil
        answer = preview.action_send_test()["params"]
        self.assertEqual((answer["type"], answer["message"]), ("success", "HTTP 204"))
        [(_path, headers, body)] = self.server.calls
        self.assertTrue(lib.verify(SECRET, headers, body, int(headers[lib.TIMESTAMP])))
        payload = json.loads(body)
        self.assertEqual(payload["type"], "campaign.test", "no program takes it for a message")
        self.assertEqual(payload["mailing"], {"id": mailing.id, "title": mailing.subject})
        [message] = payload["messages"]
        self.assertTrue(message.pop("id").startswith("test-"))
        values = {"first_name": "Basil", "email": self.basil.email}
        self.assertEqual(message, {"text": "Hello Basil!", "fields": values})
        self.assertFalse(self._rows(mailing) or mailing.mailing_trace_ids, "it counts nowhere")
        self.assertEqual(mailing.state, "draft")
        self.server.answers.append(500)
        answer = preview.action_send_test()["params"]
        self.assertEqual((answer["type"], answer["message"]), ("danger", "HTTP 500"))
        company = self.env["res.company"].create({"name": "Webhook Test Other"})
        preview.resource_ref = self.env["res.partner"].create(
            {"name": "Far", "company_id": company.id}
        )
        with self.assertRaises(AccessError):
            preview.action_send_test()
        preview.resource_ref = False
        with self.assertRaises(UserError):
            preview.action_send_test()
        preview.resource_ref = self.basil
        self.hook.active = False
        with self.assertRaises(UserError):
            preview.action_send_test()
        self.assertEqual(len(self.server.calls), 2)

    def test_rights(self):
        hook = self.hook.with_user(self.marketer)
        self.assertTrue(hook.name)
        for name in ("secret", "url"):
            self.assertNotIn(name, hook.fields_get())
            with self.assertRaises(AccessError):
                hook.read([name])
        for act in (
            lambda: hook.write({"url": "https://b.example.com"}),
            hook.action_test,
            hook.action_new_secret,
            lambda: hook.copy(),
            lambda: hook.search([("secret", "like", "a")]),
        ):
            with self.assertRaises(AccessError):
                act()
        company = self.env["res.company"].create({"name": "Webhook Elsewhere"})
        self.hook.company_id = company
        self.other_marketer.company_ids += company
        values = {"mailing_type": "webhook", "webhook_id": self.hook.id}
        for user in (self.marketer, self.other_marketer):
            with self.assertRaises(ValidationError, msg="neither by his name nor by another's"):
                self._create_mailing(user_id=user.id, **values)
        mine = self._create_mailing(self.other_marketer, user_id=self.other_marketer.id, **values)
        self.assertTrue(mine)
