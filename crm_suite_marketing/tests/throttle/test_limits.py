from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError, OperationalError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ...models.sending.handover import SENT, Fate
from ...models.sending.worker import Worker
from ..sending.test_sending import SendingCommon

WORKER = "odoo.addons.crm_suite_marketing.models.sending.worker"
DOMAIN = "limit.example.com"


class LimitCommon(SendingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.limits = cls.env["crm.sending.limit"]
        cls.holds = cls.env["crm.sending.hold"]
        cls.limits.search([]).unlink()
        cls.holds.search([]).unlink()
        cls.manager = new_test_user(
            cls.env, "thr_manager", "crm_suite_marketing.group_marketing_manager"
        )
        cls.contacts = cls.env["res.partner"].create(
            [{"name": f"L {n}", "email": f"limit{n}@{DOMAIN}"} for n in range(8)]
        )

    def _start(self):
        mailing = self._create_mailing_to(self.contacts, body_html="<p>x</p>", body_arch="<p>x</p>")
        self._launch(mailing)
        return mailing

    def _answer(self, fate, batch=200):
        with (
            patch.object(Worker, "send", lambda *args: fate(*args) if callable(fate) else fate),
            patch(f"{WORKER}.BATCH", batch),
            # the session of the tests cannot be ended
            patch.object(Worker, "disconnect", lambda *args: None),
        ):
            self._work()
        self.env.invalidate_all()

    def _count(self, mailing, *states):
        return [len(self._rows(mailing, state)) for state in states]

    def _let_pass(self, seconds):
        """So much time goes by."""
        self.env.flush_all()
        for query in (
            "UPDATE crm_outbox SET due_at = due_at - %s WHERE state = 'planned'",
            """UPDATE crm_sending_limit SET filled_at = filled_at - %s,
                      queue_at = queue_at - %s""",
            "UPDATE crm_sending_hold SET held_until = held_until - %s",
        ):
            by = [timedelta(seconds=seconds)] * query.count("%s")
            self.env.cr.execute(SQL(query, *by))
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestLimits(LimitCommon):
    def test_a_domain_gets_what_it_may(self):
        limit = self.limits.create({"domain": f" @{DOMAIN.upper()}", "rate": 120, "unit": "hour"})
        self.assertEqual(limit.domain, DOMAIN)
        mailing = self._start()
        now = fields.Datetime.now()
        self._answer(SENT, 3)
        self.assertEqual(self._count(mailing, "sent", "planned"), [2, 6], "those of one minute")
        rows = self._rows(mailing, "planned")
        self.assertEqual(set(rows.mapped("reason")), {"throttled"})
        turns = [(row.due_at - now).total_seconds() for row in rows]
        for number, turn in enumerate(turns, 1):
            self.assertAlmostEqual(turn, 30 * number, delta=10)
        self.assertEqual(mailing.state, "sending")
        self.assertFalse(Worker(self.env, self.env.cr, "1").claim(10), "nobody looks at them")
        self.assertTrue(limit.queue_at)
        mailing.action_pause()
        self.assertFalse(limit.queue_at, "others need not stand behind them")
        mailing._resume()
        self._let_pass(100)
        self._answer(SENT)
        self.assertEqual(self._count(mailing, "sent", "planned"), [4, 4], "two in a minute at most")
        self._let_pass(3600)
        for _minute in range(2):
            self._answer(SENT)
            self._let_pass(61)
        self.assertEqual(self._count(mailing, "sent", "planned"), [8, 0])
        self.assertEqual(mailing.state, "done")
        self.assertFalse(any(self._rows(mailing).mapped("reason")))
        self.assertEqual(limit.today_used, 8)

    def _change(self, limit, **values):
        """Change it as a person does, and commit."""
        self.env.cr.postcommit.clear()
        limit.with_user(self.manager).write(values)
        self.env.flush_all()
        self.env.cr.postcommit.run()

    def test_who_waits_is_asked_again(self):
        limit = self.limits.create({"domain": DOMAIN, "rate": 120, "unit": "hour"})
        mailing = self._start()
        self._answer(SENT)
        turns = self._rows(mailing, "planned").mapped("due_at")
        self._change(limit, rate=12, warmup_first=20)
        self._answer(SENT)
        self.assertGreater(max(self._rows(mailing, "planned").mapped("due_at")), max(turns))
        self._change(limit, active=False)
        self._answer(SENT)
        self.assertEqual(self._count(mailing, "sent"), [8])

    def test_who_waits_behind_what_is_stopped(self):
        self.limits.create({"domain": DOMAIN, "rate": 120, "unit": "hour"})
        first = self._start()
        self._answer(SENT)
        second = self._start()
        self._answer(SENT)
        turns = self._rows(second, "planned").mapped("due_at")
        first.action_cancel_rest()
        self._answer(SENT)
        moved = self._rows(second, "planned").mapped("due_at")
        for number, (before, after) in enumerate(zip(sorted(turns), sorted(moved), strict=True)):
            self.assertGreater(before - after, timedelta(minutes=2), number)

    def test_a_worker_that_dies_keeps_nothing(self):
        limit = self.limits.create({"domain": DOMAIN, "rate": 480, "unit": "hour"})
        mailing = self._start()
        sent = self._rows(mailing)[:3].ids

        def fail(run, route, messages, deadline):
            for row, _message in messages:
                if row["id"] in sent:
                    run.note([(row, "claimed", Fate("sending"), None)])
            raise OperationalError("gone")

        run = Worker(self.env, self.env.cr, "1")
        with patch.object(Worker, "hand_over", fail), suppress(OperationalError):
            run.run_batch(200, float("inf"))
        limit.invalidate_recordset()
        self.assertEqual(limit.used, 8)
        Worker(self.env, self.env.cr, "2").recover()
        self.env.invalidate_all()
        self.assertEqual(self._count(mailing, "uncertain", "planned"), [3, 5])
        self.assertEqual((limit.used, limit.lent or {}), (3, {}))
        self.assertAlmostEqual(limit.tokens, 5, delta=0.5)

    def test_what_does_not_go_costs_nothing(self):
        limit = self.limits.create({"domain": DOMAIN, "rate": 480, "unit": "hour"})
        mailing = self._start()
        with patch.object(Worker, "hand_over", lambda *args: None):
            run = Worker(self.env, self.env.cr, "1")
            run.run_batch(200, float("inf"))
        self.env.invalidate_all()
        self.assertEqual(self._count(mailing, "planned"), [8])
        self.assertAlmostEqual(limit.tokens, 8, delta=0.5)
        self.assertEqual(limit.used, 0)

    def test_warm_up_of_a_mail_server(self):
        server = self.env["ir.mail_server"].create(
            {"name": "Warm", "smtp_host": "127.0.0.1", "smtp_port": 1}
        )
        today = fields.Date.today()
        limit = self.limits.create(
            {
                "kind": "server",
                "server_id": server.id,
                "has_warmup": True,
                "warmup_start": today,
                "warmup_first": 2,
                "warmup_factor": 1.5,
                "warmup_full": 5,
            }
        )
        self.assertEqual(limit.warmup_end, fields.Date.add(today, days=2), "2, 3, 4")
        mailing = self._create_mailing_to(
            self.contacts, body_html="<p>x</p>", body_arch="<p>x</p>", mail_server_id=server.id
        )
        self._launch(mailing)
        self._answer(SENT)
        self.assertEqual(self._count(mailing, "sent", "planned"), [2, 6])
        self.assertEqual((limit.today_used, limit.today_amount, limit.today_percent), (2, 2, 100))
        days = [(row.due_at.date() - today).days for row in self._rows(mailing, "planned")]
        self.assertEqual(days, [1, 1, 1, 2, 2, 2])

    def test_only_who_may_sets_limits(self):
        with self.assertRaises(AccessError):
            self.limits.with_user(self.marketer).create({"domain": DOMAIN, "rate": 1})
        limits = self.limits.with_user(self.manager)
        with Form(limits) as form:
            form.domain = "info@typed.example"
            form.rate = 60
            form.has_warmup = True
        self.assertEqual(form.record.display_name, "typed.example")
        self.assertEqual(form.record.today_amount, 50)
        self.assertEqual(len(self.limits.with_user(self.marketer).search([])), 1)
        with self.assertRaises(ValidationError):
            limits.create({"domain": "no domain", "rate": 1})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            limits.create({"domain": DOMAIN, "has_warmup": True, "warmup_factor": 1})


@tagged("post_install", "-at_install")
class TestHolds(LimitCommon):
    def test_a_domain_that_puts_off_is_held(self):
        mailing = self._start()
        said = f"451 4.7.0 <limit0@{DOMAIN}>: too many\x00 messages"
        self._answer(Fate("refused", "deferred", said, scope="domain"))
        hold = self.holds.search([("is_held", "=", True)])
        heard = "451 4.7.0 …: too many messages"
        self.assertEqual((hold.domain, hold.words, hold.level), (DOMAIN, heard, 1))
        self.assertEqual(hold.display_name, DOMAIN)
        rows = self._rows(mailing, "planned")
        self.assertEqual(sorted(rows.mapped("reason")), ["deferred"] * 3 + ["on_hold"] * 5)
        waiting = rows.filtered(lambda row: row.reason == "on_hold")
        self.assertEqual(set(waiting.mapped("due_at")), {hold.held_until})
        self.assertFalse(any(waiting.mapped("detail")), "who is named there is somebody else")
        told = self.env["crm.consent"]._get_record([(rows[0].identity, "email")])
        self.assertEqual([one["detail"] for one in told["messages"]], [heard])
        self.assertEqual(sum(rows.mapped("attempt")), 3, "the others were not tried")
        # whoever comes now waits, too
        second = self._start()
        self._answer(SENT)
        self.assertEqual(set(self._rows(second).mapped("reason")), {"on_hold"})
        self._let_pass(301)
        self._answer(Fate("refused", "deferred", said, scope="domain"))
        self.assertEqual(hold.level, 2)
        left = (hold.held_until - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(left, 600, delta=20)
        with self.assertRaises(AccessError):
            hold.with_user(self.marketer).action_release()
        hold.with_user(self.manager).action_release()
        self.env.invalidate_all()
        self.assertFalse(hold.is_held)
        self.assertEqual(hold.released_by_id, self.manager)
        with self.assertRaises(UserError):
            hold.with_user(self.manager).action_release()
        mailing.action_cancel_rest()
        self._answer(SENT)
        self.assertNotIn("on_hold", self._rows(second).mapped("reason"))
        self.assertGreaterEqual(self._count(second, "sent")[0], 5)
        self.assertFalse(self.holds.search([("is_held", "=", True)]))

    def test_nobody_waits_for_ever(self):
        mailing = self._start()
        slow = Fate("refused", "deferred", "451 4.3.0 Later", scope="domain")
        self._set_state(self._rows(mailing), "planned", put_off=24 * 3600)
        self._answer(slow)
        todo = mailing.activity_ids.filtered(lambda one: one.summary == "Messages are put off")
        self.assertEqual(todo.user_id, mailing.user_id)
        self.assertGreater(min(self._rows(mailing).mapped("put_off")), 24 * 3600 + 250)
        self._let_pass(301)
        self._set_state(self._rows(mailing), "planned", put_off=72 * 3600 - 60)
        self._answer(slow)
        rows = self._rows(mailing, "failed")
        self.assertEqual((len(rows), set(rows.mapped("reason"))), (8, {"deferred"}))
        self.assertEqual(max(rows.mapped("attempt")), 2, "most have been tried once, or never")
        self.assertEqual(mailing.state, "done")
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"error"})

    def test_who_lets_somebody_through_begins_anew(self):
        self._start()
        slow = Fate("refused", "deferred", "451 4.7.1 Greylisted", scope="domain")
        self._answer(slow)
        [hold] = self.holds.search([("is_held", "=", True)])
        self._let_pass(301)
        answers = iter([SENT, *[slow] * 7])
        self._answer(lambda *args: next(answers))
        self.assertTrue(hold.is_held)
        self.assertEqual(hold.level, 1)

    def test_one_full_mailbox_holds_nobody(self):
        mailing = self._start()
        numbers = iter(range(8))
        full = Fate("refused", "deferred", "452 4.2.2 Mailbox full")
        slow = Fate("refused", "deferred", "451 4.3.0 Later", scope="domain")
        answers = [full, full, full, slow, slow, SENT, slow, SENT]
        self._answer(lambda *args: answers[next(numbers)])
        self.assertFalse(self.holds.search([("is_held", "=", True)]))
        self.assertEqual(self._count(mailing, "sent", "planned"), [2, 6])

    def test_a_mail_server_that_puts_off_is_held(self):
        mailing = self._start()
        self._answer(Fate("refused", "deferred", "421 Too busy", scope="server"))
        [hold] = self.holds.search([("is_held", "=", True)])
        self.assertEqual(hold.kind, "server")
        reasons = self._rows(mailing).mapped("reason")
        self.assertEqual(sorted(reasons), ["deferred"] + ["on_hold"] * 7)
        self._let_pass(301)
        self._answer(SENT)
        self.assertEqual(self._count(mailing, "sent"), [8])

    def test_a_mail_server_that_is_away_is_held(self):
        def fail(*args):
            raise ConnectionRefusedError("nobody there")

        mailing = self._start()
        with patch.object(Worker, "connect", fail), mute_logger(WORKER):
            self._answer(SENT, 5)
        [hold] = self.holds.search([("is_held", "=", True)])
        self.assertEqual((hold.reason, hold.words), ("connection", "nobody there"))
        reasons = self._rows(mailing, "planned").mapped("reason")
        self.assertEqual(sorted(reasons), ["connection"] * 5 + ["on_hold"] * 3, "asked once")
        self.assertEqual(set(self._rows(mailing).mapped("attempt")), {0})

    def test_nobody_writes_holds(self):
        values = {
            "kind": "domain",
            "domain": "x.example",
            "reason": "deferred",
            "held_until": fields.Datetime.now(),
        }
        with self.assertRaises(AccessError):
            self.holds.with_user(self.manager).create(values)
        self.assertTrue(self.holds.with_user(self.marketer).has_access("read"))
