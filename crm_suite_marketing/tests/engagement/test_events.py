import re
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import mail_new_test_user

from ...lib import delivery_token
from ...models.engagement import crm_engagement_rebuild
from ...models.sending.mailing_mailing import append_pixel
from .common import EngagementCommon

KINDS = (
    "open",
    "click",
    "reply",
    "auto_reply",
    "bounce_soft",
    "complaint",
    "unsubscribe",
    "delivered",
)
RESULTS = (
    "trace_status",
    "failure_type",
    "open_datetime",
    "last_open_datetime",
    "open_count",
    "links_click_datetime",
    "click_count",
    "bot_open_count",
    "bot_click_count",
    "is_bot_only",
    "reply_datetime",
    "auto_reply_datetime",
    "bounce_datetime",
    "bounce_class",
    "complaint_datetime",
    "unsubscribe_datetime",
)
AGENTS = ("Mozilla/5.0 (X11) Firefox/140", "curl/8", "Nokia")


@tagged("post_install", "-at_install")
class TestEvents(EngagementCommon):
    """The ledger of what happened, and what follows from it."""

    def _values(self, number, kind, minutes, agent, delivery=None):
        return {
            "event_key": f"evt-test:{number}",
            "kind": kind,
            "outbox_id": (delivery or self.to_amal).id,
            "ts": self.sent_at + timedelta(minutes=minutes),
            "evidence": {"method": "GET", "agent": agent, "network": str(number)},
            "link_id": self.offer.id if kind == "click" else None,
        }

    def _read(self, trace):
        self.env.invalidate_all()
        return {name: trace[name] for name in RESULTS}, sorted(
            trace.links_click_ids.engagement_id.mapped("event_key")
        )

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.sampled_from(AGENTS)),
            max_size=6,
        ),
        st.randoms(),
    )
    def test_any_order_gives_the_same_statistics(self, events, random):
        values = [self._values(number, *event) for number, event in enumerate(events)]
        results = []
        for order in (values, random.sample(values, len(values))):
            with self.env.cr.savepoint(flush=False) as savepoint:
                for one in order:
                    self.events._record([one])
                    self.events._record([dict(one)])  # told twice
                once = self._read(self.to_amal.trace_id)
                self.events._rebuild(self.mailing)
                self.assertEqual(self._read(self.to_amal.trace_id), once)
                results.append(once)
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(*results)

    def test_status_only_rises(self):
        """Core's status went down again (trap 13)."""
        trace = self.to_amal.trace_id
        trace.set_bounced()
        self.assertEqual(trace.trace_status, "bounce")
        trace.set_opened()
        self.assertEqual(trace.trace_status, "open")
        trace.set_replied()
        for lower in (trace.set_bounced, trace.set_sent, trace.set_opened, trace.set_failed):
            lower()
            self.assertEqual(trace.trace_status, "reply")
        trace.set_canceled()
        self.assertEqual(trace.trace_status, "reply")

    def test_programs_count_where_people_want_it(self):
        self._visit(self.to_amal, "click", agent="curl/8", link=self.offer)
        trace = self.to_amal.trace_id
        self.assertEqual((trace.trace_status, trace.click_count), ("sent", 0))
        self.env.company.engagement_count_bots = True
        self.mailing.with_user(self.marketer).action_rebuild_engagement()
        self.assertEqual((trace.trace_status, trace.click_count), ("open", 1))
        self.assertTrue(trace.links_click_ids)
        self.env.company.engagement_count_bots = False
        cron = self.env.ref("crm_suite_marketing.ir_cron_engagement_classify")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((trace.trace_status, trace.click_count), ("sent", 0))
        self.assertFalse(trace.links_click_ids)

    def test_new_limits_judge_again(self):
        event = self._visit(self.to_amal, "click", link=self.offer)
        self.assertEqual(event.actor, "human")
        self.env.company.bot_click_seconds = 3600
        self.env.cr.execute(
            "UPDATE crm_outbox SET sent_at = %s WHERE id = %s",
            (event.ts - timedelta(seconds=9), self.to_amal.id),
        )
        event.with_user(self.marketer).action_classify()
        self.env.invalidate_all()
        self.assertEqual((event.actor, event.actor_reason), ("bot", "early"))
        self.assertEqual(self.to_amal.trace_id.trace_status, "sent")
        with self.assertRaises(ValidationError):
            self.env.company.bot_burst_links = 1

    def test_many_events_are_judged_in_the_background(self):
        """Neither one request nor one transaction for all events of a mailing."""
        for delivery in (self.to_amal, self.to_emre):
            self._visit(delivery, "click", agent="curl/8", link=self.offer)
        self.env.company.engagement_count_bots = True
        mailing = self.mailing.with_user(self.marketer)
        with patch.object(crm_engagement_rebuild, "AT_ONCE", 1):
            action = mailing.action_rebuild_engagement()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(mailing.engagement_next, 1)
        self.assertFalse(self.to_amal.trace_id.click_count)
        with (
            patch.object(crm_engagement_rebuild, "BATCH", 1),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0),
        ):
            self.events._cron_classify()
        self.env.invalidate_all()
        clicked = (self.to_amal | self.to_emre).trace_id.mapped("click_count")
        self.assertEqual(clicked, [1, 0], "the time of the job was over")
        self.assertGreater(mailing.engagement_next, 1)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 1):
            self.events._cron_classify()
        self.env.invalidate_all()
        clicked = (self.to_amal | self.to_emre).trace_id.mapped("click_count")
        self.assertEqual((clicked, mailing.engagement_next), ([1, 1], 0))
        self.assertTrue(mailing.engagement_judged_on)

    def test_the_link_for_programs(self):
        company = self.mailing._get_sending_company().sudo()
        for wanted in (False, True):
            company.engagement_trap_link = wanted
            link = self.mailing._get_trap_link(self.key, self.to_amal.id, "https://a.example")
            self.assertEqual(bool(link), wanted)
        token = re.search(r'https://a.example/c/([\w-]+)" style="display:none"', link)[1]
        numbers = delivery_token.read_token(self.key, "click", token)
        self.assertEqual(numbers, (self.to_amal.id, 0))
        self.assertIn(link, append_pixel("<body>x</body>", "https://a.example/o", link))

    def test_tests_of_a_mailing_leave_no_events(self):
        trace = self.to_amal.trace_id
        trace.is_test_trace = True
        trace.set_opened()
        self.assertEqual(trace.trace_status, "open")
        self.assertFalse(self.events.search([("trace_id", "=", trace.id)]))

    def test_what_odoo_noted_before(self):
        trace = self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": self.basil.id,
                "email": "basil@customer.example.com",
                "trace_status": "reply",
                "sent_datetime": self.sent_at,
                "open_datetime": self.sent_at + timedelta(minutes=1),
                "reply_datetime": self.sent_at + timedelta(minutes=2),
            }
        )
        for _time in range(2):
            self.events._adopt_traces()
        found = self.events.search([("trace_id", "=", trace.id)])
        self.assertEqual(sorted(found.mapped("kind")), ["open", "reply"])
        self.assertEqual(
            set(found.mapped("identity_key")),
            {self.env["crm.consent"]._hash("basil@customer.example.com", "email")},
        )
        self.events._rebuild(self.mailing)
        self.env.invalidate_all()
        self.assertEqual(trace.trace_status, "reply")
        self.assertEqual(trace.open_datetime, self.sent_at + timedelta(minutes=1))

    def test_unsubscribing(self):
        self.mailing._unsubscribe_address("amal@customer.example.com", "one_click")
        [event] = self._events_of(self.to_amal)
        self.assertEqual((event.kind, event.partner_id), ("unsubscribe", self.amal))
        self.assertTrue(self.to_amal.trace_id.unsubscribe_datetime)
        self.mailing._unsubscribe_address("amal@customer.example.com", "link")
        self.assertEqual(len(self._events_of(self.to_amal)), 1)
        # somebody to whom no message is known
        self.mailing._unsubscribe_address("faris@customer.example.com", "link")
        event = self.events.search([("mailing_id", "=", self.mailing.id)]) - event
        self.assertEqual(event.kind, "unsubscribe")

    def test_erasure(self):
        self._visit(self.to_amal)
        self._visit(self.to_emre)
        self.env["crm.consent"]._erase("amal@customer.example.com", "email", "Request 7")
        [event] = self._events_of(self.to_amal)
        self.assertFalse(event.partner_id)
        self.assertFalse(event.evidence)
        self.assertFalse(event.email)
        self.assertEqual(self._events_of(self.to_emre).partner_id, self.emre)
        self.events._rebuild(self.mailing)
        self.env.invalidate_all()
        self.assertEqual(event.actor, "human")
        self.assertEqual(self.to_amal.trace_id.trace_status, "open")

    def test_a_bounce_after_the_erasure_names_nobody(self):
        address = "amal@customer.example.com"
        self.env["crm.consent"]._erase(address, "email", "Request 7")
        facts = {"status": "5.1.1", "text": f"550 <{address}> unknown", "network": "192.0.2.0/24"}
        for name, number in (
            ("outbox_id", self.to_amal.id),
            ("trace_id", self.to_amal.trace_id.id),
        ):
            values = {"event_key": f"late:{name}", "kind": "bounce_hard", name: number}
            [event] = self.events._record([values | {"evidence": facts}])
            self.assertEqual(event.evidence, {"status": "5.1.1"})
        self.env.invalidate_all()
        self.assertEqual(self.to_amal.trace_id.trace_status, "bounce")
        self.assertFalse(self.to_amal.trace_id.failure_reason)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_nobody_forges_events(self):
        event = self._visit(self.to_amal)
        values = {"event_key": "x", "ts": fields.Datetime.now(), "kind": "open"}
        for user in (
            self.marketer,
            self.manager,
            self.salesperson,
            self.env.ref("base.user_admin"),
        ):
            mine = event.with_user(user)
            for forge in (
                lambda mine=mine: mine.create(values),
                lambda mine=mine: mine.write({"actor": "bot"}),
                lambda mine=mine: mine.unlink(),
            ):
                with self.assertRaises(UserError), mute_logger("odoo.addons.base.models.ir_model"):
                    forge()
        with self.assertRaises(UserError):
            event.sudo().unlink()
        for statement in (
            "UPDATE crm_engagement SET actor = 'bot' WHERE id = %s",
            "UPDATE crm_engagement SET ts = ts - interval '1 day' WHERE id = %s",
            "UPDATE crm_engagement SET mailing_id = 1 WHERE id = %s",
            "DELETE FROM crm_engagement WHERE id = %s",
        ):
            with (
                self.assertRaises(psycopg2.errors.RaiseException),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, (event.id,))

    def test_nobody_forges_statistics(self):
        """Core's mailing users may write them (trap 17)."""
        user = mail_new_test_user(
            self.env,
            login="evt_plain_mailer",
            email="evt_plain@test.example.com",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )
        for one in (user, self.marketer, self.manager, self.env.ref("base.user_admin")):
            trace = self.to_amal.trace_id.with_user(one)
            self.assertTrue(trace.read(["trace_status"]))
            values = {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": self.amal.id,
                "trace_status": "reply",
            }
            for forge in (
                lambda trace=trace: trace.write({"trace_status": "reply"}),
                lambda trace=trace: trace.unlink(),
                lambda trace=trace, values=values: trace.create(values),
                lambda trace=trace: trace.set_replied(),
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    forge()
            with self.assertRaises(AccessError):
                clicks = self.env["link.tracker.click"].with_user(one)
                clicks.add_click(self.offer.code, mailing_trace_id=trace.id)
            self.assertEqual(self.to_amal.trace_id.trace_status, "sent")

    def test_who_reads(self):
        event = self._visit(self.to_amal)
        self.assertTrue(event.with_user(self.marketer).read(["kind"]))
        with self.assertRaises(AccessError):
            self.events.with_user(self.salesperson).search([])
        with self.assertRaises(AccessError):
            event.with_user(self.salesperson).action_classify()
        other = self.env["res.company"].create({"name": "EVT elsewhere"})
        self.env.cr.execute(
            "UPDATE crm_outbox SET company_id = %s WHERE id = %s", (other.id, self.to_emre.id)
        )
        self.env.invalidate_all()
        foreign = self._visit(self.to_emre)
        self.assertEqual(foreign.company_id, other)
        found = self.events.with_user(self.marketer).search([("mailing_id", "=", self.mailing.id)])
        self.assertEqual(found.ids, event.ids)

    def test_what_odoo_sent_is_of_the_company_of_who_sent_it(self):
        other = self.env["res.company"].create({"name": "EVT elsewhere"})
        self.manager.write({"company_ids": [Command.link(other.id)], "company_id": other.id})
        theirs = self._create_mailing(user=self.manager, user_id=self.manager.id)
        values = {
            "mass_mailing_id": theirs.id,
            "model": "res.partner",
            "res_id": self.basil.id,
            "email": "basil@customer.example.com",
        }
        seen, noted = self.env["mailing.trace"].create(
            [values, values | {"trace_status": "open", "open_datetime": self.sent_at}]
        )
        seen.set_opened()
        self.events._adopt_traces()
        self.events._record(
            [{"event_key": "evt:left", "kind": "unsubscribe", "mailing_id": theirs.id}]
        )
        of_theirs = [("mailing_id", "=", theirs.id)]
        events = self.events.search(of_theirs)
        self.assertEqual(set(events.trace_id.ids), {seen.id, noted.id})
        self.assertEqual(events.mapped("kind").count("unsubscribe"), 1)
        self.assertEqual(events.company_id, other)
        self.assertTrue(all(event.company_id for event in events))
        # one of before they had a company
        events += self.events.create(
            {
                "event_key": "evt:old",
                "kind": "open",
                "ts": self.now,
                "actor": "unknown",
                "mailing_id": theirs.id,
            }
        )
        self.assertFalse(self.events.with_user(self.marketer).search(of_theirs))
        mine = self.events.with_user(self.manager).with_context(allowed_company_ids=other.ids)
        self.assertEqual(set(mine.search(of_theirs).ids), set(events.ids))

    def test_buttons(self):
        self._visit(self.to_amal)
        mailing = self.mailing.with_user(self.marketer)
        self.assertEqual(mailing.engagement_count, 1)
        contact = self.amal.with_user(self.marketer)
        self.assertEqual(contact.engagement_count, 1)
        for record in (mailing, contact):
            domain = record.action_view_engagement()["domain"]
            self.assertEqual(self.events.search_count(domain), 1)
        with self.assertRaises(AccessError):
            self.mailing.with_user(self.salesperson).action_rebuild_engagement()
