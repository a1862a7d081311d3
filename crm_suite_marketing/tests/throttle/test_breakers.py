from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.sending import tally
from ...models.sending.handover import SENT, Fate
from ...models.sending.worker import Worker
from ..sending.test_sending import SendingCommon

WORKER = "odoo.addons.crm_suite_marketing.models.sending.worker"
SLOW = Fate("refused", "deferred", "451 4.2.1 Slow")


@tagged("post_install", "-at_install")
class TestBreakers(SendingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.marketer.company_id
        cls.contacts = cls.env["res.partner"].create(
            [{"name": f"B {n}", "email": f"breaker{n}@customer.example.com"} for n in range(12)]
        )

    def _start(self):
        mailing = self._create_mailing_to(self.contacts, body_html="<p>x</p>", body_arch="<p>x</p>")
        self._launch(mailing)
        return mailing

    def _work_with(self, fate, batch=4):
        with (
            patch.object(Worker, "send", lambda *args: fate(*args) if callable(fate) else fate),
            patch(f"{WORKER}.BATCH", batch),
        ):
            self._work()
        self.env.invalidate_all()

    def test_errors_of_many_small_batches(self):
        self.company.breaker_least_errors = 9
        mailing = self._start()
        self._work_with(SLOW)
        self.assertTrue(mailing.is_paused, "9 errors, never more than 4 in a batch")
        self.assertIn("12 of the 12 messages of the last hour", mailing.pause_reason)
        self.assertEqual(self._rows(mailing, "planned").mapped("reason"), ["deferred"] * 12)
        told = mailing.activity_ids
        self.assertEqual(told.user_id, mailing.user_id)
        self.assertIn("12 of the 12", told.note)
        mailing._resume()
        self.env["crm.outbox"]._look_after(self._watch(mailing))
        self.assertFalse(mailing.is_paused, "a person has looked at it")

    def _watch(self, mailing):
        run = Worker(self.env, self.env.cr, "1")
        run.watched = {mailing.id}
        return run

    def _count(self, mailing, ago, **numbers):
        at = fields.Datetime.now() - ago
        self.env.cr.execute(tally.make_add_query({mailing.id: tally.Count(**numbers)}, at))

    def _look(self, mailing):
        self.env["crm.outbox"]._look_after(self._watch(mailing))
        self.env.invalidate_all()
        return mailing.is_paused

    def test_what_is_long_ago_does_not_count(self):
        mailing = self._start()
        self._count(mailing, timedelta(hours=2), handed=60, errors=60)
        self._count(mailing, timedelta(minutes=5), handed=60, errors=19)
        self.assertFalse(self._look(mailing))
        self._count(mailing, timedelta(minutes=1), handed=20, errors=20)
        self.assertFalse(self._look(mailing), "39 of 80")
        self._count(mailing, timedelta(0), handed=3, errors=3)
        self.assertTrue(self._look(mailing))

    def test_mail_server_away(self):
        mailing = self._start()

        def fail(*args):
            raise ConnectionRefusedError("nobody there")

        with patch.object(Worker, "connect", fail), mute_logger(WORKER):
            self._work()
        self.assertFalse(self._look(mailing), "just now")
        self.assertEqual(set(self._rows(mailing).mapped("state")), {"planned"})
        self._count(mailing, timedelta(minutes=45), unreached=3)
        self._count(mailing, timedelta(minutes=40), handed=1)
        self.assertFalse(self._look(mailing), "it answered in between")
        self._count(mailing, timedelta(minutes=35), unreached=3)
        self.company.breaker_unreached_minutes = 0
        self.assertFalse(self._look(mailing), "switched off")
        self.company.breaker_unreached_minutes = 30
        self.assertTrue(self._look(mailing))
        self.assertIn("has not been reached since", mailing.pause_reason)

    def test_bounces_and_complaints(self):
        self.company.breaker_least_sent = 12
        mailing = self._start()
        self._work_with(SENT)
        rows = self._rows(mailing, "sent")
        # somebody is still to come
        self._set_state(rows[-1], "held", reason="cap")
        mailing.sudo().state = "sending"
        rows -= rows[-1]
        record = self.env["crm.engagement"]._record
        record([{"event_key": "thr:soft", "kind": "bounce_soft", "outbox_id": rows[0].id}])
        self.assertFalse(self._look(mailing))
        record([{"event_key": "thr:spam", "kind": "complaint", "outbox_id": rows[1].id}])
        self.company.breaker_least_sent = 13
        self.assertFalse(self._look(mailing), "too few")
        self.company.breaker_least_sent = 12
        self.assertTrue(self._look(mailing))
        self.assertIn("1 of 12 recipients reported", mailing.pause_reason)
        mailing._resume()
        self.env.invalidate_all()
        self._count(mailing, timedelta(0), handed=12)
        record([{"event_key": "thr:hard", "kind": "bounce_hard", "outbox_id": rows[2].id}])
        self._set_state(rows, "sent", sent_at=fields.Datetime.now() - timedelta(days=1))
        self.assertFalse(self._look(mailing), "of a message before the pause")
        self._set_state(rows, "sent", sent_at=fields.Datetime.now())
        self.company.breaker_bounce_percent = 9
        self.company.breaker_complaint_percent = 0
        self.assertFalse(self._look(mailing))
        self.company.breaker_bounce_percent = 8
        self.assertTrue(self._look(mailing), "8.3 %")
        self.assertIn("more than 8 %", mailing.pause_reason)

    def test_refused_recipients_bounce(self):
        """Whom a mail server does not know is not written to again; whom it will not serve is."""
        said = {
            0: "550 5.1.1 No such user",
            1: "550 5.7.1 Blocked, see example.com/rbl",
            2: "552 5.2.2 Mailbox full",
        }
        rows = {}

        def answer(run, server, mail, session, watch):
            number = rows[mail["Message-ID"]]
            return Fate("failed", "refused", said[number]) if number in said else SENT

        mailing = self._start()
        planned = self._rows(mailing, "planned")
        make = type(planned.env["mailing.mailing"])._render_batch

        def render(this, batch, template):
            made = make(this, batch, template)
            rows.update({one["message_id"]: planned.ids.index(n) for n, one in made.items()})
            return made

        with patch.object(type(mailing), "_render_batch", render):
            self._work_with(answer, 200)
        first, third = planned[0], planned[2]
        self.assertEqual({row.state for row in planned[:3]}, {"failed"})
        events = self.env["crm.engagement"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual(
            {(event.outbox_id, event.kind) for event in events},
            {(first, "bounce_hard"), (third, "bounce_soft")},
        )
        self.assertEqual(
            [row.trace_id.trace_status for row in planned[:3]], ["bounce", "error", "bounce"]
        )
        self.assertEqual(first.trace_id.failure_type, "mail_bounce")
        again = self._start()
        reasons = {row.identity: row.reason for row in self._rows(again, "suppressed")}
        self.assertEqual(reasons, {first.identity: "blacklist"})

    def test_settings(self):
        admin = new_test_user(
            self.env,
            "thr_admin",
            "base.group_system,crm_suite_marketing.group_marketing_manager",
        )
        with Form(self.env["res.config.settings"].with_user(admin)) as form:
            form.breaker_bounce_percent = 7.5
        form.save().execute()
        self.assertEqual(admin.company_id.breaker_bounce_percent, 7.5)
