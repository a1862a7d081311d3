import re
from unittest.mock import patch

from odoo.tests import Form, tagged

from odoo.addons.sms.tests.common import MockSMS
from odoo.addons.sms.tools.sms_api import SmsApi

from ...models.texting import text_worker
from ..engagement.common import FIREFOX
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
        row = self._rows(mailing).filtered(lambda row: row.trace_id == trace)
        self.assertRegex(text, rf"^Hello Amal, Amal: http\S+/r/\w+/t/{row.id}/[\w-]{{8}}\n")
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
        # on the cursor of the call: workers hold these rows, and wait for the traces
        with patch.object(self.registry["crm.outbox"], "_get_sending_cursor", None):
            trackers[1]._action_update_from_provider_error("not_delivered")
        self.env.invalidate_all()
        first, second = (tracker.mailing_trace_id for tracker in trackers[:2])
        by_trace = rows.grouped("trace_id")
        self.assertEqual((first.trace_status, by_trace[first].state), ("sent", "sent"))
        event = self.env["crm.engagement"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((event.kind, event.trace_id), ("delivered", first))
        self.assertEqual((second.trace_status, by_trace[second].state), ("error", "failed"))
        self.assertEqual(by_trace[second].reason, "declined")
        # in any order: what has arrived stays so
        trackers[0]._action_update_from_provider_error("not_delivered")
        trackers[1]._action_update_from_sms_state("sent")
        self.env.invalidate_all()
        for trace in first + second:
            self.assertEqual((trace.trace_status, by_trace[trace].state), ("sent", "sent"))
        self._assert_reconciles(mailing)

    def test_a_click_counts(self):
        mailing = self._launch_texts()
        link = re.search(r"/r/\w+/t/\S+", self._work()["+32456000001"])[0]
        row, other = self._rows(mailing).sorted(lambda row: row.record_name != "Amal")[:2]
        row.env["crm.engagement"]._get_main_company().bot_click_seconds = 0
        forged = link.replace(f"/t/{row.id}/", f"/t/{other.id}/")
        for address in (link, forged):
            answer = self.url_open(address, headers={"User-Agent": FIREFOX}, allow_redirects=False)
            self.assertEqual(answer.status_code, 302)
            self.assertTrue(answer.headers["Location"].startswith("https://a.example/b?utm"))
        self.env.invalidate_all()
        [event] = self.env["crm.engagement"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((event.kind, event.outbox_id, event.actor), ("click", row, "human"))
        self.assertTrue(row.trace_id.links_click_datetime)
        self.assertFalse(other.trace_id.links_click_datetime)
        page = self.env["crm.campaign.page"].get_page(mailing_id=mailing.id)
        self.assertEqual(page["figures"]["clicked"], 1)

    def test_a_time_out_is_uncertain(self):
        """Providers call whatever nobody knows an error of the server."""
        mailing = self._launch_texts()
        self._work(nbr_t_error={"+32456000001": "server_error"})
        states = {row.record_name: row.state for row in self._rows(mailing) if row.idem_key}
        self.assertEqual(states.pop("Amal"), "uncertain")
        self.assertEqual(set(states.values()), {"sent"})
        self.assertFalse(mailing.is_paused)
        self.assertEqual(
            self._rows(mailing, "uncertain").trace_id.mapped("trace_status"), ["process"]
        )
        mailing = self._launch_texts()
        with patch.object(text_worker, "TEXTS", 2):
            self._work(sim_error="server_error")
        self.assertEqual(len(self._rows(mailing, "uncertain")), 2)
        self.assertTrue(mailing.is_paused, "no answer to any of them")

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

    def test_the_timeline_has_texts_to_other_records_with_the_number(self):
        lead = self.env["mailing.contact"].create({"name": "Amal B", "mobile": "+32456000001"})
        mailing = self._create_mailing_to(lead, mailing_type="sms", body_plaintext="Hello")
        self._launch(mailing)
        self._work()
        timeline = self.env["crm.timeline"].with_user(self.salesperson)
        page = timeline.get_page("res.partner", self.amal.id, sources=["campaign_sent"])
        self.assertEqual([row["icon"] for row in page["rows"]], ["fa-mobile"])

    def test_a_test_says_what_the_chosen_one_would_get(self):
        mailing = self._create_mailing(
            mailing_type="sms", body_plaintext="Hello [[name]]", sms_allow_unsubscribe=True
        )
        action = mailing.action_test()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.marketer)
            .with_context(default_mailing_id=mailing.id)
        )
        wizard.resource_ref = f"res.partner,{self.basil.id}"
        wizard.numbers = "+32456000099\nno number"
        with self.mockSMSGateway():
            wizard.save().action_send_sms()
        [text] = self._sms
        self.assertEqual(text["number"], "+32456000099")
        self.assertTrue(text["body"].startswith("Hello Basil\n"))
        self.assertIn(f"/sms/{mailing.id}/", text["body"])
        self.assertIn("no number", mailing.message_ids[0].body)
        self.assertTrue(mailing.mailing_trace_ids.is_test_trace)

    def test_the_preview_says_what_goes(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.amal.lang = "ar_001"
        ready = self.env.ref("crm_suite_marketing.sms_template_reminder").body
        self.assertIn("{{ object.name }}", ready)
        values = {"body_plaintext": f"[[name]]: {ready}", "sms_allow_unsubscribe": True}
        mailing = self._create_mailing(mailing_type="sms", **values)
        action = mailing.with_user(self.marketer).action_preview()
        preview = self.env[action["res_model"]].with_user(self.marketer).browse(action["res_id"])
        shown = {}
        for partner in (self.amal, self.basil):
            preview.resource_ref = partner
            self.assertFalse(preview.error)
            shown[partner.phone_sanitized] = preview.text
        self.assertIn("Amal: Hello Amal, a short reminder:", shown["+32456000001"])
        self._launch(mailing)
        sent = self._work()
        for number, text in shown.items():
            self.assertIn(f"/sms/{mailing.id}/", text)
            # shortened links, and the code of the one to leave, are each message's own
            expected, found = (re.sub(r"http\S+", "LINK", one) for one in (text, sent[number]))
            self.assertEqual(found, expected)
        preview.resource_ref = False
        self.assertIn(f"/sms/{mailing.id}/", preview.text, "samples have it, too")
        mailing.sms_allow_unsubscribe = False
        preview.invalidate_recordset()
        self.assertNotIn("/sms/", preview.text)

    def test_an_ab_test_of_texts_promises_nothing_of_ours(self):
        names = ["delivery_engine", "keeps_quiet_hours", "keeps_cap", "keeps_preference"]
        mailing = self._create_mailing(mailing_type="sms", body_plaintext="Hello")
        with Form(mailing.with_user(self.marketer)) as form:

            def find_shown():
                return [name for name in names if not form._get_modifier(name, "invisible")]

            self.assertEqual(find_shown(), names)
            form.ab_testing_enabled = True
            self.assertFalse(find_shown(), "Odoo's own test keeps none of them")
            form.ab_testing_enabled = False
