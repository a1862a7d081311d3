from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.sms.tests.common import MockSMS
from odoo.addons.sms.tools.sms_api import SmsApi

from ...models.texting import text_worker
from ..outbox.common import OutboxCommon


@tagged("post_install", "-at_install")
class TestTextMessages(OutboxCommon, MockSMS):
    def _launch_texts(self, **values):
        values = {
            "body_plaintext": "Hello [[name]], {{ object.name }}: https://a.example/b"
        } | values
        mailing = self._create_mailing(mailing_type="sms", keep_archives=True, **values)
        self._launch(mailing)
        return mailing

    def _work(self, **options):
        """:return: ``{number: text that went there}``"""
        with self.mockSMSGateway(**options):
            self.env["crm.outbox"]._cron_send_channel("sms")
        self.env.invalidate_all()
        numbers = [one["number"] for one in self._sms]
        self.assertEqual(len(numbers), len(set(numbers)), "nobody gets two")
        return {one["number"]: one["body"] for one in self._sms}

    def test_everybody_gets_one(self):
        self.say("+32456000006", "withdrawn", self.offers, "sms")
        for number in ("+32456000001", "+32456000002"):
            self.say(number, "granted", self.offers, "sms")
        mailing = self._launch_texts(purpose_id=self.offers.id, sms_allow_unsubscribe=True)
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
        texts = self._work()
        self.assertEqual(set(texts), {"+32456000001", "+32456000002"})
        text = texts["+32456000001"]
        trace = self._rows(mailing).filtered(lambda row: row.record_name == "Amal").trace_id
        self.assertRegex(text, rf"^Hello Amal, Amal: http\S+/r/\w+/s/{trace.sms_id_int}\n")
        self.assertIn(f"/sms/{mailing.id}/{trace.sms_code}", text)
        rows = self._rows(mailing, "sent")
        self.assertEqual(rows.mapped("channel"), ["sms", "sms"])
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"pending"})
        celine = self._rows(mailing).filtered(lambda row: row.record_name == "Celine")
        self.assertEqual(celine.trace_id.failure_type, "sms_blacklist")
        self.assertEqual(mailing.state, "done")
        self._assert_reconciles(mailing)
        self.assertIn("Hello Amal", self.amal.message_ids[0].body)
        self.assertFalse(self._work(), "run again, nothing goes twice")
        self.assertFalse(self.env["sms.sms"].search([("state", "=", "outgoing")]))

    def test_what_the_provider_tells_later(self):
        mailing = self._launch_texts()
        self._work()
        rows = self._rows(mailing, "sent")
        self.assertEqual(len(rows), 3)
        trackers = rows.trace_id.sms_tracker_ids
        trackers[0]._action_update_from_sms_state("sent")
        trackers[1]._action_update_from_provider_error("not_delivered")
        self.env.invalidate_all()
        first, second = (tracker.mailing_trace_id for tracker in trackers[:2])
        by_trace = rows.grouped("trace_id")
        self.assertEqual((first.trace_status, by_trace[first].state), ("sent", "sent"))
        event = self.env["crm.engagement"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((event.kind, event.trace_id), ("delivered", first))
        self.assertEqual((second.trace_status, by_trace[second].state), ("error", "failed"))
        self.assertEqual(by_trace[second].reason, "declined")
        self._assert_reconciles(mailing)

    def test_no_credit_pauses(self):
        mailing = self._launch_texts()
        self._work(sim_error="credit")
        self.assertTrue(mailing.is_paused)
        rows = self._rows(mailing, "planned")
        self.assertEqual(len(rows), 3)
        self.assertEqual(set(rows.trace_id.mapped("trace_status")), {"outgoing"})
        self.assertFalse(self._work(), "paused")
        mailing._resume()
        self._set_state(rows, "planned", due_at=mailing.create_date)
        self.assertEqual(len(self._work()), 3)
        self.assertEqual(mailing.state, "done")

    def test_no_answer_is_uncertain(self):
        mailing = self._launch_texts()
        with (
            patch.object(text_worker, "TEXTS", 1),
            patch.object(SmsApi, "_send_sms_batch", side_effect=TimeoutError("too late")),
        ):
            self.env["crm.outbox"]._cron_send_channel("sms")
        self.env.invalidate_all()
        rows = self._rows(mailing, "uncertain")
        self.assertEqual(len(rows), 1)
        self.assertEqual(len(self._rows(mailing, "planned")), 2)
        self.assertIn("too late", mailing.pause_reason)
        mailing._resume()
        self.assertNotIn(rows.identity, self._work(), "nothing goes twice by itself")
        rows.with_user(self.marketer).action_mark_sent()
        self.assertEqual(len(self._rows(mailing, "sent")), 3)
