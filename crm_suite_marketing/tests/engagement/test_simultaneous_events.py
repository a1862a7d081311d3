from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...lib import delivery_token
from .test_gateway import ANSWER, REPORT

VISIT = {"method": "GET", "agent": "Mozilla/5.0 (X11) Firefox/140", "network": "192.0.2.0/24"}
ADDRESS = "eng_two@customer.example.com"


@tagged("post_install", "-at_install")
class TestSimultaneousEvents(BaseCase):
    """Several at once, each in a transaction of its own: real cursors, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._session() as env:
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "ENG at once",
                    "mailing_type": "mail",
                    "body_html": "<p>Hello</p>",
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": "[('id', '=', 0)]",
                    "state": "done",
                }
            )
            sent_at = fields.Datetime.now() - timedelta(hours=1)
            partners = env["res.partner"].create(
                [{"name": "ENG", "email": f"{number}{ADDRESS}"} for number in "ab"]
            )
            traces = env["mailing.trace"].create(
                [
                    {
                        "mass_mailing_id": mailing.id,
                        "model": "res.partner",
                        "res_id": partner.id,
                        "email": partner.email,
                        "trace_status": "sent",
                        "sent_datetime": sent_at,
                    }
                    for partner in partners
                ]
            )
            deliveries = env["crm.outbox"].create(
                [
                    {
                        "mailing_id": mailing.id,
                        "company_id": env.company.id,
                        "model": "res.partner",
                        "res_id": trace.res_id,
                        "identity": trace.email,
                        "identity_key": env["crm.consent"]._hash(trace.email, "email"),
                        "address": trace.email,
                        "state": "sent",
                        "sent_at": sent_at,
                        "idem_key": f"m{mailing.id}:{trace.email}",
                        "trace_id": trace.id,
                    }
                    for trace in traces
                ]
            )
            key = env["crm.consent"]._get_key()
            self.message_ids = [
                delivery_token.make_message_id(key, one.id, "test.example.com")
                for one in deliveries
            ]
            self.mailing, self.partners = mailing.id, partners.ids
            self.traces, self.deliveries = traces.ids, deliveries.ids
        self.addCleanup(self._clean)

    def _clean(self):
        with self._session() as env:
            # as nothing else may
            for statement in (
                "ALTER TABLE crm_engagement DISABLE TRIGGER crm_engagement_guard",
                f"DELETE FROM crm_engagement WHERE mailing_id = {self.mailing:d}",
                "ALTER TABLE crm_engagement ENABLE TRIGGER crm_engagement_guard",
                f"DELETE FROM crm_outbox WHERE mailing_id = {self.mailing:d}",
            ):
                env.cr.execute(statement)
            mailing = env["mailing.mailing"].browse(self.mailing)
            mailing.state = "draft"
            source = mailing.source_id
            mailing.unlink()
            source.unlink()
            env["res.partner"].browse(self.partners).unlink()
            env["mail.blacklist"].with_context(active_test=False).search(
                [("email", "like", ADDRESS)]
            ).unlink()

    @contextmanager
    def _session(self):
        with self.registry.cursor() as cr:
            # whoever has to wait fails
            cr.execute("SET LOCAL lock_timeout = '1s'")
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            yield env
            env.flush_all()

    def _read_traces(self):
        with self._session() as env:
            traces = env["mailing.trace"].browse(self.traces)
            return [(one.trace_status, one.open_count) for one in traces]

    def _open(self, env, number):
        env["crm.engagement"]._record_visit("open", VISIT, outbox_id=self.deliveries[number])

    def test_nobody_waits_while_events_are_judged(self):
        with self._session() as env:
            self._open(env, 0)
        with self._session() as judge, self._session() as reader:
            judge["crm.engagement"]._rebuild(judge["mailing.mailing"].browse(self.mailing))
            # nothing of these changes: nothing of these is locked
            self._open(reader, 1)
            reader["crm.engagement"]._record(
                [
                    {
                        "event_key": f"eng:{self.traces[0]}",
                        "kind": "reply",
                        "trace_id": self.traces[0],
                    }
                ]
            )
        self.assertEqual(self._read_traces(), [("reply", 1), ("open", 1)])

    def test_the_job_leaves_rows_that_somebody_writes(self):
        with self._session() as env:
            self._open(env, 0)
            self._open(env, 1)
            # as before a new threshold
            env.cr.execute(
                "UPDATE mailing_trace SET trace_status = 'sent' WHERE id = ANY(%s)", [self.traces]
            )
        with self._session() as worker:
            worker.cr.execute(
                "SELECT FROM mailing_trace WHERE id = %s FOR UPDATE", [self.traces[0]]
            )
            with self._session() as env:
                env["crm.engagement"]._cron_classify()
        self.assertEqual(self._read_traces(), [("sent", 1), ("open", 1)])

    def _receive(self, env, text, **values):
        raw = text.format(number=f"eng-{self._testMethodName}", **values)
        with mute_logger("odoo.addons.mail.models.mail_thread", "odoo.sql_db"):
            return env["mail.thread"].message_process("res.partner", raw.encode())

    def test_no_bounce_is_lost(self):
        """Core's gateway forgets a mail that fails: what is in it must not hang on a conflict."""
        fields_ = "Reporting-MTA: dns; mx\n\nAction: failed\nStatus: 5.1.1"
        with self._session() as gateway:
            self.assertTrue(gateway["mailing.trace"].browse(self.traces[0]).exists())
            with self._session() as reader:
                # its picture of the database is from before
                self._open(reader, 0)
            self._receive(
                gateway,
                REPORT,
                type="delivery-status",
                fields=fields_,
                original=self.message_ids[0],
            )
            # the transaction lives
            gateway.cr.execute("SELECT 1")
        with self._session() as env:
            found = env["crm.engagement"].search([("outbox_id", "=", self.deliveries[0])])
            self.assertEqual(set(found.mapped("kind")), {"open", "bounce_hard"})
            self.assertTrue(env["mailing.trace"].browse(self.traces[0]).bounce_datetime)

    def test_the_way_of_an_answer_goes_on(self):
        with self._session() as gateway:
            self.assertTrue(gateway["mailing.trace"].browse(self.traces[0]).exists())
            with self._session() as reader:
                self._open(reader, 0)
            made = self._receive(
                gateway,
                ANSWER,
                original=self.message_ids[0],
                subject="Re: ENG at once",
                more="",
            )
            self.assertTrue(made)
        self.assertEqual(self._read_traces()[0][0], "reply")
        with self._session() as env:
            partner = env["res.partner"].browse(made)
            self.assertTrue(partner.exists())
            partner.unlink()

    def test_conflicts_are_real(self):
        """The two tests above show something only while this fails."""
        with self._session() as gateway:
            self.assertTrue(gateway["mailing.trace"].browse(self.traces[0]).exists())
            with self._session() as reader:
                self._open(reader, 0)
            with (
                self.assertRaises(psycopg2.errors.SerializationFailure),
                mute_logger("odoo.sql_db"),
                gateway.cr.savepoint(),
            ):
                self._open(gateway, 0)
