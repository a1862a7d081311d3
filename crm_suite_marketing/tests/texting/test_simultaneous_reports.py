import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo import api, fields, modules
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.sms.tools.sms_api import SmsApi

from ...models.sending import claims

NUMBERS = ("+32456009901", "+32456009902")


@tagged("post_install", "-at_install")
class TestSimultaneousReports(BaseCase):
    """A provider that tells of the first message while it takes the second: real transactions."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._session() as env:
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "TXT at once",
                    "mailing_type": "sms",
                    "body_plaintext": "Hello",
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": "[('id', '=', 0)]",
                    "state": "sending",
                    "delivery_engine": "suite",
                    "launched_at": fields.Datetime.now(),
                }
            )
            partners = env["res.partner"].create(
                [{"name": f"TXT {number}", "phone": number} for number in NUMBERS]
            )
            traces = env["mailing.trace"].create(
                [
                    {
                        "mass_mailing_id": mailing.id,
                        "trace_type": "sms",
                        "model": "res.partner",
                        "res_id": partner.id,
                        "sms_number": partner.phone,
                        "trace_status": "outgoing",
                    }
                    for partner in partners
                ]
            )
            env["crm.outbox"].create(
                [
                    {
                        "mailing_id": mailing.id,
                        "company_id": env.company.id,
                        "channel": "sms",
                        "model": "res.partner",
                        "res_id": trace.res_id,
                        "partner_id": trace.res_id,
                        "identity": trace.sms_number,
                        "identity_key": env["crm.consent"]._hash(trace.sms_number, "sms"),
                        "address": trace.sms_number,
                        "idem_key": f"m{mailing.id}:{trace.sms_number}",
                        "trace_id": trace.id,
                    }
                    for trace in traces
                ]
            )
            self.mailing, self.partners, self.traces = mailing.id, partners.ids, traces.ids
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
            env["sms.sms"].search([("mailing_id", "=", self.mailing)]).unlink()
            mailing = env["mailing.mailing"].browse(self.mailing)
            mailing.state = "draft"
            source = mailing.source_id
            mailing.unlink()
            source.unlink()
            env["res.partner"].browse(self.partners).unlink()

    @contextmanager
    def _session(self):
        with self.registry.cursor() as cr:
            # whoever has to wait fails
            cr.execute("SET LOCAL lock_timeout = '1s'")
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            yield env
            env.flush_all()

    def _report(self, uuid, state):
        with self._session() as env:
            tracker = env["sms.tracker"].search([("sms_uuid", "=", uuid)])
            if state == "sent":
                tracker._action_update_from_sms_state(state)
            else:
                tracker._action_update_from_provider_error(state)
            env["sms.sms"].search([("uuid", "=", uuid)]).write({"to_delete": True})

    def _send(self, *reports):
        """Send both; the provider reports of them before it answers."""

        def call(_api, messages, delivery_reports_url=False):
            self.assertTrue(delivery_reports_url)
            uuids = [one["uuid"] for message in messages for one in message["numbers"]]
            for uuid, state in zip(uuids, reports, strict=False):
                self._report(uuid, state)
            return [{"uuid": uuid, "state": "success"} for uuid in uuids]

        # a worker as it runs: it commits, and takes these only
        with (
            patch.object(modules.module, "current_test", False),
            patch.object(SmsApi, "_send_sms_batch", call),
            patch.object(claims, "make_live_query", lambda *_args: SQL("SELECT %s", self.mailing)),
            mute_logger("odoo.sql_db"),
            self.registry.cursor() as cr,
        ):
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            with env["crm.outbox"]._get_worker("test of texts", "sms") as run:
                self.assertEqual(run.run_batch(10, time.monotonic() + 60), 2)

    def _read(self):
        with self._session() as env:
            rows = env["crm.outbox"].search([("mailing_id", "=", self.mailing)], order="id")
            self.assertFalse(rows.mailing_id.is_paused)
            return [(row.state, row.trace_id.trace_status) for row in rows]

    def test_reports_while_it_is_handed_over(self):
        self._send("sent")
        self.assertEqual(self._read(), [("sent", "sent"), ("sent", "pending")])

    def test_a_report_comes_before_the_message_is_called_sent(self):
        self._send("not_delivered")
        self.assertEqual(self._read(), [("failed", "error"), ("sent", "pending")])
