from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestControl(OutboxCommon):
    """Pause, resume, cancel, and send to those it missed, by the buttons."""

    def setUp(self):
        super().setUp()
        self.mailing = self._create_mailing()
        self._launch(self.mailing)

    def _planned(self):
        return self._rows(self.mailing, "planned")

    def _wizard(self, action):
        Wizard = self.env[action["res_model"]].with_user(self.marketer)
        return Form(Wizard.with_context(**action["context"]))

    def _resume(self, **values):
        with self._wizard(self.mailing.action_resume()) as form:
            self.assertEqual(form.overdue_count, 3)
            for name, value in values.items():
                setattr(form, name, value)
        form.save().action_resume()
        self.assertFalse(self.mailing.is_paused)

    def test_a_person_pauses_and_resumes(self):
        self.mailing.action_pause()
        self.assertTrue(self.mailing.is_paused)
        self.assertIn("marketer", self.mailing.pause_reason)
        self._run_core_queue()
        self.assertEqual(self.mailing.state, "sending")
        with self.assertRaises(UserError):
            self.mailing.action_pause()
        self._resume()
        self.assertEqual(len(self._planned()), 3)

    def test_the_responsible_is_told_why_it_was_paused(self):
        self.mailing.with_user(self.env.ref("base.user_root"))._pause("Too many bounces")
        told = self.mailing.message_ids.filtered(lambda one: "Too many bounces" in one.body)
        self.assertEqual(told.notified_partner_ids, self.marketer.partner_id)

    def test_what_is_overdue_is_spread(self):
        self.mailing.action_pause()
        now = fields.Datetime.now()
        self._resume(overdue="spread", hours=6)
        due = sorted(self._planned().mapped("due_at"))
        self.assertEqual(len(set(due)), 3)
        self.assertLess(due[-1], now + timedelta(hours=6, minutes=5))
        self.assertGreater(due[-1], now + timedelta(hours=2))

    def test_spread_needs_sensible_hours(self):
        self.mailing.action_pause()
        for hours in (0, -1, 10**9):
            with self.assertRaises(UserError):
                self._resume(overdue="spread", hours=hours)

    def test_what_is_overdue_is_skipped(self):
        self.mailing.action_pause()
        self._set_state(self._planned()[0], "planned", due_at="2999-01-01")
        form = self._wizard(self.mailing.action_resume())
        self.assertEqual((form.overdue_count, form.later_count), (2, 1))
        form.overdue = "skip"
        form.save().action_resume()
        self.assertEqual(len(self._planned()), 1)
        self.assertEqual(sorted(self._results(self.mailing).values()).count("skipped"), 2)
        self.assertEqual(self.mailing.state, "sending")
        self._assert_reconciles(self.mailing)

    def test_the_rest_is_cancelled(self):
        sent, claimed = self._planned()[:2]
        self._set_state(sent, "sent")
        self._set_state(claimed, "claimed", worker="1")
        self.mailing.action_cancel_rest()
        self.assertEqual(self.mailing.state, "done")
        self.assertEqual(self._results(self.mailing)["Emre"], "cancelled")
        self.assertEqual(self._trace(self.mailing, self.emre).trace_status, "cancel")
        self.assertFalse(self._rows(self.mailing, "claimed"))
        self._assert_reconciles(self.mailing)
        with self.assertRaises(UserError):
            self.mailing.action_cancel_rest()

    def _finish(self, **states):
        """:param states: ``{name: state}``; the others are sent"""
        for row in self._planned():
            state = states.get(row.record_name.lower(), "sent")
            self._set_state(row, state, sent_at="2026-01-01 10:00:00")
        self._run_core_queue()
        self.assertEqual(self.mailing.state, "done")

    def test_send_to_those_it_missed(self):
        self._finish(amal="failed")
        self.env["mail.blacklist"]._remove("celine@customer.example.com")
        self.faris.category_id = self.tag
        form = self._wizard(self.mailing.action_send_missed())
        self.assertEqual((form.failed_count, form.left_out_count, form.joined_count), (1, 1, 1))
        form.save().action_send()
        self.assertEqual(
            self._results(self.mailing),
            {
                "Amal": "planned",
                "Basil": "sent",
                "Basil's assistant": "duplicate",
                "Celine": "planned",
                "Dalia": "missing",
                "Emre": "sent",
                "Faris": "planned",
            },
        )
        self.assertEqual(self.mailing.state, "sending")
        self.assertEqual(self._trace(self.mailing, self.celine).trace_status, "outgoing")
        self.assertFalse(self._trace(self.mailing, self.celine).failure_type)
        self._assert_reconciles(self.mailing)
        self._finish()
        with self.assertRaises(UserError):
            self._wizard(self.mailing.action_send_missed()).save().action_send()

    def test_a_mended_address_is_used(self):
        self._finish()
        self.dalia.email = "dalia@customer.example.com"
        self._wizard(self.mailing.action_send_missed()).save().action_send()
        row = self._planned()
        self.assertEqual(row.identity, "dalia@customer.example.com")
        self.assertEqual(row.idem_key, f"m{self.mailing.id}:dalia@customer.example.com")

    def test_uncertain_ones_only_when_a_person_says_so(self):
        self._finish(amal="uncertain", emre="failed")
        form = self._wizard(self.mailing.action_send_missed())
        self.assertEqual(form.uncertain_count, 1)
        form.save().action_send()
        self.assertEqual(self._results(self.mailing)["Amal"], "uncertain")
        self._finish(emre="sent")
        form = self._wizard(self.mailing.action_send_missed())
        form.with_uncertain = True
        form.save().action_send()
        self.assertEqual(self._planned().mapped("record_name"), ["Amal"])

    def test_cores_retry_asks_too(self):
        self._finish(amal="failed")
        action = self.mailing.action_retry_failed()
        self.assertEqual(action["res_model"], "crm.outbox.missed")

    def test_a_draft_has_missed_nobody(self):
        with self.assertRaises(UserError):
            self._create_mailing().action_send_missed()

    def test_archiving_stops_and_restoring_asks(self):
        waiting = self._create_mailing(
            schedule_type="scheduled", schedule_date=fields.Datetime.now() + timedelta(days=1)
        )
        waiting.action_put_in_queue()
        (self.mailing + waiting).action_archive()
        self.assertTrue(self.mailing.is_paused)
        self.assertIn("Archived", self.mailing.pause_reason)
        self.assertEqual(waiting.state, "draft")
        with self.assertRaises(UserError):
            self.mailing.action_resume()
        action = self.mailing.action_unarchive()
        self.assertEqual(self._run_workers(), [])
        form = self._wizard(action)
        form.overdue = "skip"
        form.save().action_resume()
        self.assertEqual(self.mailing.state, "done")
        self.assertEqual(sorted(self._results(self.mailing).values()).count("skipped"), 3)

    def test_single_messages_are_released_and_cancelled(self):
        self.marketer.company_id.write({"cap_messages": 1, "cap_days": 7})
        amal, basil, emre = self._planned()
        self._set_state(amal + basil, "held", reason="cap")
        with self.assertRaises(AccessError):
            amal.with_user(self.user_marketing).action_release()
        with self.assertRaises(UserError):
            emre.with_user(self.marketer).action_release()
        other = self._create_mailing_to(self.amal, keeps_cap=False)
        self._launch(other)
        self._set_state(self._rows(other), "sent", sent_at=fields.Datetime.now())
        amal.with_user(self.marketer).action_release()
        (basil + emre).with_user(self.marketer).action_cancel_messages()
        self.assertEqual((basil.reason, emre.reason), ("cancelled", "cancelled"))
        self.assertIn("marketer", basil.detail)
        self.assertEqual(basil.trace_id.trace_status, "cancel")
        self.assertEqual(self._run_workers(), [amal.identity])
        self.assertEqual(self.mailing.state, "done")
        self._assert_reconciles(self.mailing)
        with self.assertRaises(UserError):
            amal.with_user(self.marketer).action_cancel_messages()

    def test_a_launched_mailing_keeps_what_it_counts_by(self):
        campaign = self.env["utm.campaign"].create({"name": "Later"})
        self.mailing.campaign_id = campaign
        with self.assertRaises(UserError):
            self.mailing.ab_testing_enabled = True
