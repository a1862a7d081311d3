import re
import smtplib
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import email_normalize, mute_logger

from odoo.addons.link_tracker.models.link_tracker import LinkTracker

from ...lib.delivery_token import read_message_id, read_token
from ...models.sending.handover import Fate, Watch
from ...models.sending.worker import BATCH, WORKER_SPACE, Worker
from ..outbox.common import OutboxCommon

BODY = """<p>Hello <t t-out="object.name"/>,</p>
<p>our <a href="https://example.com/offer">offer</a> and <a href="/shop">shop</a></p>
<p><a href="/view">Browser</a> <a href="/unsubscribe_from_list">Unsubscribe</a></p>"""


WORKER = "odoo.addons.crm_suite_marketing.models.sending.worker"


class SendingCommon(OutboxCommon):
    def _work(self, worker=1):
        """Let a worker send what is due.

        :return: ``{address: the mail that went there}``
        """
        with self.mock_mail_gateway():
            self.env["crm.outbox"]._cron_send(worker)
        addresses = [email_normalize(mail["email_to"][0]) for mail in self._mails]
        self.assertEqual(len(addresses), len(set(addresses)), "nobody gets two")
        return dict(zip(addresses, self._mails, strict=True))

    def _launch_body(self, body=BODY, **values):
        mailing = self._create_mailing(body_arch=body, body_html=body, **values)
        self._launch(mailing)
        return mailing


@tagged("post_install", "-at_install")
class TestSending(SendingCommon):
    def test_everybody_gets_one(self):
        """Core fetches the page of each new link while it sends (trap 14): nobody does here."""
        mailing = self._launch_body(subject="For {{ object.name }}", preview="Dear {{object.name}}")
        with patch.object(LinkTracker, "_get_title_from_url", side_effect=AssertionError):
            mails = self._work()
        self.assertEqual(
            set(mails), {f"{name}@customer.example.com" for name in ("amal", "basil", "emre")}
        )
        mail = mails["amal@customer.example.com"]
        self.assertEqual(mail["subject"], "For Amal")
        self.assertIn("Dear Amal", mail["body"])
        self.assertIn("Hello Amal,", mail["body"])
        self.assertIn("Hello Amal,", mail["body_alternative"])
        self.assertNotIn("xcrm", mail["body"] + mail["body_alternative"], "no mark is left")
        self.assertIn("</html>", mail["body"], "core's layout")
        self.assertNotIn("<style", mail["body_alternative"])
        self.assertFalse(self._new_mails, "no mail.mail is made")
        rows = self._rows(mailing, "sent")
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows.mapped("attempt"), [1, 1, 1])
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"sent"})
        self.assertEqual(rows.mapped("message_id"), rows.trace_id.mapped("message_id"))
        self.assertFalse(any(rows.mapped("worker")))
        self.assertEqual(mailing.state, "done")
        self.assertFalse(self._work(), "run again, nothing goes twice")

    def test_links_are_signed_and_counted_once(self):
        mailing = self._launch_body()
        mails = self._work()
        key = self.env["crm.consent"]._get_key()
        trackers = self.env["link.tracker"].search([("mass_mailing_id", "=", mailing.id)])
        self.assertEqual(len(trackers), 2, "one for each link, not for each recipient")
        seen = set()
        for row in self._rows(mailing, "sent"):
            mail = mails[row.identity]
            for text in (mail["body"], mail["body_alternative"]):
                tokens = re.findall(r"/c/([\w-]+)", text)
                numbers = [read_token(key, "click", token) for token in tokens]
                self.assertEqual(
                    numbers, [(row.id, tracker.id) for tracker in trackers.sorted("id")]
                )
                seen.update(tokens)
            pixel = re.search(r'<img src="[^"]+/o/([\w-]+)\.gif"', mail["body"])[1]
            self.assertEqual(read_token(key, "open", pixel), (row.id,))
            self.assertEqual(read_message_id(key, mail["message_id"]), row.id)
            self.assertNotIn("example.com/offer", mail["body"])
        self.assertEqual(len(seen), 6, "each message has its own")

    def test_unsubscribing(self):
        mailing = self._launch_body()
        mail = self._work()["emre@customer.example.com"]
        raw = mail["EmailMessage"].as_bytes().decode()
        address = re.search(r"^List-Unsubscribe: <(\S+)>\r?$", raw, re.MULTILINE)
        self.assertTrue(address, "readable for programs, in one line")
        self.assertIn("List-Unsubscribe-Post: List-Unsubscribe=One-Click", raw)
        token = re.search(r"/consent/([\w-]+)/one-click", address[1])[1]
        link = self.env["crm.consent.link"]._find(token, "one_click")
        self.assertEqual((link.identity, link.mailing_id), ("emre@customer.example.com", mailing))
        self.assertRegex(mail["body"], r'href="[^"]+/consent/[\w-]+"[^>]*>Unsubscribe')
        self.assertRegex(mail["body"], r'href="[^"]+/consent/[\w-]+/view"')
        self.assertNotIn("unsubscribe_from_list", mail["body"])

    def test_asked_again_right_before(self):
        """Whoever refuses between the launch and the sending gets nothing."""
        mailing = self._launch_body()
        Consent = self.env["crm.consent"]
        Consent._withdraw("amal@customer.example.com", "email", source="preferences")
        self.emre.unlink()
        self.assertEqual(set(self._work()), {"basil@customer.example.com"})
        rows = self._rows(mailing, "suppressed").filtered(
            lambda row: row.reason in ("gone", "withdrawn")
        )
        self.assertEqual(sorted(rows.mapped("reason")), ["gone", "withdrawn"])
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"cancel"})
        self.assertEqual(mailing.state, "done")

    def test_stopped_mailings(self):
        mailing = self._launch_body()
        mailing.action_pause()
        self.assertFalse(self._work())
        self.assertEqual(len(self._rows(mailing, "planned")), 3)
        mailing._resume()
        self.env.flush_all()
        run = Worker(self.env, self.env.cr, "1")
        rows = run.claim(10)
        mailing._pause("Too many errors")
        outcomes = run.prepare(rows)[1]
        self.assertEqual({fate.kind for _row, _was, fate, _id in outcomes}, {"released"})
        run.note(outcomes)
        self.env.invalidate_all()
        self.assertEqual(len(self._rows(mailing, "planned")), 3)
        mailing._resume()
        self.env.flush_all()
        rows = run.claim(10)
        mailing.action_cancel_rest()
        [intent, *_rest] = [(row, "claimed", Fate("sending"), "<x@y>") for row in rows]
        self.assertFalse(run.note([intent]), "taken back in the meantime: it is not sent")
        self.env.invalidate_all()
        self.assertEqual(len(self._rows(mailing, "sending")), 0)

    def test_a_worker_that_hangs_loses_what_it_has_taken(self):
        """It lives, so nobody takes it for dead; but what it has claimed is its own for a while
        only.
        """
        self._launch_body()
        self.env.flush_all()
        hung = Worker(self.env, self.env.cr, "hung")
        late, _early, begun = hung.claim(3)
        hung.note([(begun, "claimed", Fate("sending"), "<x@y>")])
        Outbox = self.env["crm.outbox"]
        over = fields.Datetime.now() - timedelta(minutes=1)
        self._set_state(Outbox.browse(late["id"]), "claimed", lease_until=over)
        self._set_state(Outbox.browse(begun["id"]), "sending", lease_until=over)
        with db_connect(self.env.cr.dbname).cursor() as alive:
            alive.execute("SELECT pg_advisory_xact_lock(%s, hashtext('hung'))", [WORKER_SPACE])
            self.assertEqual(
                set(self._work()), {late["identity"]}, "neither what it holds, nor what may be gone"
            )

    def test_merge_fields_and_hostile_names(self):
        self.amal.name = "<b>[[email]]</b> {{ 7 * 7 }}"
        body = (
            '<p>[[name]] / <t t-out="object.name"/> / [[if email]]yes[[end]]</p>'
            '<a href="https://example.com/o">x</a>'
        )
        self._launch_body(body=body, subject="To [[name]]")
        mail = self._work()["amal@customer.example.com"]
        hostile = "&lt;b&gt;[[email]]&lt;/b&gt; {{ 7 * 7 }}"
        self.assertIn(f"{hostile} / {hostile} / yes", mail["body"])
        self.assertIn("<b>[[email]]</b> {{ 7 * 7 }} /", mail["body_alternative"])
        self.assertEqual(mail["subject"], "To <b>[[email]]</b> {{ 7 * 7 }}")

    def test_templates_with_code(self):
        """Written by somebody who may: core's renderer writes them."""
        body = (
            '<p><t t-foreach="[1, 2]" t-as="n"><t t-out="n"/></t>'
            " <t t-out='object.name.upper()'/>"
            '</p><a href="https://example.com/o">x</a><a t-att-href="\'/x/%s\' % object.id">y</a>'
        )
        self.marketer.group_ids += self.env.ref("mail.group_mail_template_editor")
        mailing = self._launch_body(body=body)
        mails = self._work()
        mail = mails["amal@customer.example.com"]
        self.assertIn("12 AMAL", mail["body"])
        self.assertIn("12 AMAL", mail["body_alternative"])
        self.assertIn(f"{mailing.get_base_url()}/x/{self.amal.id}", mail["body"])
        self.assertEqual(len(re.findall(r"/c/", mail["body"])), 1)

    def test_what_cannot_be_rendered_pauses(self):
        self.marketer.group_ids += self.env.ref("mail.group_mail_template_editor")
        mailing = self._launch_body(body="<p><t t-out='1 / (object.name != \"Amal\")'/></p>")
        mails = self._work()
        self.assertEqual(len(mails), 2, "one who cannot be written to does not keep the others")
        failed = self._rows(mailing, "failed")
        self.assertEqual((failed.res_id, failed.reason), (self.amal.id, "content"))
        self.assertEqual(failed.trace_id.trace_status, "error")

    def test_kept_in_the_chatter(self):
        mailing = self._launch_body(reply_to_mode="update")
        self._work()
        row = self._rows(mailing, "sent").filtered(lambda row: row.res_id == self.amal.id)
        message = self.env["mail.message"].search([("message_id", "=", row.message_id)])
        self.assertEqual((message.model, message.res_id), ("res.partner", self.amal.id))
        self.assertIn("Hello Amal,", message.body)
        self.assertIn("https://example.com/offer", message.body, "not the recipient's own link")
        refused = self._launch_body(reply_to_mode="update")
        with patch.object(Worker, "send", lambda *args: Fate("failed", "refused", "550 No")):
            self._work()
        ids = self._rows(refused, "failed").mapped("message_id")
        self.assertEqual(len(ids), 3)
        self.assertFalse(self.env["mail.message"].search([("message_id", "in", ids)]))
        plain = self._launch_body(reply_to_mode="new")
        self._work()
        ids = self._rows(plain, "sent").mapped("message_id")
        self.assertFalse(self.env["mail.message"].search([("message_id", "in", ids)]))

    def test_dead_workers(self):
        mailing = self._launch_body()
        first, second, third = self._rows(mailing, "planned")
        self._set_state(first, "claimed", worker="77")
        self._set_state(second, "sending", worker="77")
        self.assertEqual(set(self._work()), {first.identity, third.identity})
        self.assertEqual((second.state, second.reason), ("uncertain", "worker_died"))
        self.assertEqual(second.trace_id.trace_status, "process")
        self.assertEqual(mailing.state, "done")

    def test_fair_between_mailings(self):
        mailings = self._launch_body() + self._launch_body()
        run = Worker(self.env, self.env.cr, "1")
        with patch("odoo.addons.crm_suite_marketing.models.sending.claims.LEAST_SHARE", 3):
            rows = run.claim(4)
        taken = [row["mailing_id"] for row in rows]
        self.assertEqual([taken.count(mailing.id) for mailing in mailings], [2, 2])

    def test_few_do_not_wait_behind_many(self):
        """A slow mail server leaves no time for all that was written."""
        many = self.env["res.partner"].create(
            [{"name": f"M {n}", "email": f"many{n}@customer.example.com"} for n in range(20)]
        )
        self._launch(self._create_mailing_to(many, body_arch=BODY, body_html=BODY))
        few = self._launch_body()
        ticks = SimpleNamespace(monotonic=iter(range(99)).__next__)
        with self.mock_mail_gateway(), patch(f"{WORKER}.time", ticks):
            Worker(self.env, self.env.cr, "1").run_batch(200, 12)
        self.assertEqual(len(self._rows(few, "planned")), 0)

    def test_a_broken_mailing_does_not_stop_the_others(self):
        first, second, third = (self._launch_body() for _number in range(3))
        find = type(first)._find_routes

        def fail(mailing, messages):
            if mailing == second:
                raise ValueError("something nobody thought of")
            return find(mailing, messages)

        self.env.cr.execute(
            "UPDATE mailing_mailing SET mailing_type = 'sms' WHERE id = %s", [third.id]
        )
        self.env.invalidate_all()
        with patch.object(type(first), "_find_routes", fail), mute_logger(WORKER):
            self._work()
        self.assertEqual(len(self._rows(first, "sent")), 3)
        self.assertEqual(second.pause_reason, "something nobody thought of")
        for mailing in (second, third):
            self.assertEqual(len(self._rows(mailing, "planned")), 3)

    def test_queries(self):
        """1.2 a message, once the links of the mailing are made."""
        contacts = self.env["res.partner"].create(
            [{"name": f"N {n}", "email": f"many{n}@customer.example.com"} for n in range(2 * BATCH)]
        )
        mailing = self._create_mailing_to(contacts, body_arch=BODY, body_html=BODY)
        self._launch(mailing)
        self.env.invalidate_all()
        with self.mock_mail_gateway(), self.env["crm.outbox"]._get_worker("1") as worker:
            counts = []
            for _batch in range(2):
                before = self.env.cr.sql_log_count
                self.assertEqual(worker.run_batch(BATCH, float("inf")), BATCH)
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(self._mails), 2 * BATCH)
        self.assertLessEqual(counts[0], 1.5 * BATCH)
        self.assertLessEqual(counts[1], 1.2 * BATCH)

    def test_number_of_workers(self):
        Outbox = self.env["crm.outbox"]
        Outbox._set_worker_count(4)
        self.assertEqual(Outbox._count_workers(), 4)
        self.assertIn("model._cron_send(4)", Outbox._get_worker_jobs().mapped("code"))
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.outbox_workers, 4)
        settings.outbox_workers = 1
        settings.execute()
        self.assertEqual(Outbox._count_workers(), 1)
        with self.assertRaises(ValidationError):
            Outbox._set_worker_count(0)
        Outbox._set_worker_count(2)


@tagged("post_install", "-at_install")
class TestFate(SendingCommon):
    """What is known when the session breaks."""

    def _judge(self, error, begun=False, answered=False, accepted=False):
        watch = Watch(None)
        watch.begun, watch.answered, watch.accepted = begun, answered, accepted
        return watch.judge(error)

    def test_kinds(self):
        gone = smtplib.SMTPServerDisconnected("lost")
        self.assertEqual(self._judge(gone).kind, "lost")
        self.assertEqual(self._judge(gone, begun=True).kind, "uncertain")
        self.assertEqual(self._judge(gone, begun=True, answered=True, accepted=True).kind, "sent")
        self.assertEqual(self._judge(TimeoutError("slow"), begun=True).kind, "uncertain")
        full = smtplib.SMTPDataError(452, b"full")
        self.assertEqual(self._judge(full, begun=True, answered=True).kind, "refused")
        unknown = smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"No such user")})
        self.assertEqual(self._judge(unknown), Fate("failed", "refused", "550 No such user"))
        self.assertEqual(self._judge(AssertionError("bad address")).reason, "invalid")
