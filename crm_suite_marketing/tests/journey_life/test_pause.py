from datetime import timedelta
from itertools import pairwise

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import LifeCommon


@tagged("post_install", "-at_install")
class TestPause(LifeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        nodes = {
            "start": {"trigger": "manual"},
            "wait": {"kind": "wait", "amount": 2},
            "mail": {"kind": "mail"},
            "sms": {"kind": "sms"},
            "rest": {"kind": "wait", "amount": 3},
            "tag": {"kind": "tag"},
        }
        edges = ["start > wait", "wait > mail", "mail > sms", "sms > rest", "rest > tag"]
        cls.journey = cls._go_live(cls._make_journey(nodes, edges))
        now = fields.Datetime.now()
        past, future = now - timedelta(hours=2), now + timedelta(days=2)
        cls.at_wait = cls._put(cls.journey, cls.amal, "wait", due_at=past)
        cls.at_mail = cls._put(cls.journey, cls.basil, "mail", state="due", due_at=past)
        cls.at_rest = cls._put(cls.journey, cls.emre, "rest", due_at=future)
        cls.at_tag = cls._put(cls.journey, cls.celine, "tag", state="due", due_at=past)

    def _pause(self, user=None):
        action = self.journey.with_user(user or self.marketer).action_pause()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(user or self.marketer)
            .with_context(**action["context"])
        )
        wizard.reason = "Sold out"
        wizard.save().action_pause()

    def _open_resume(self):
        action = self.journey.with_user(self.marketer).action_resume()
        return Form(
            self.env[action["res_model"]].with_user(self.marketer).with_context(**action["context"])
        )

    def _where(self, step):
        self.env.invalidate_all()
        steps = step.participant_id.step_ids
        return steps.filtered(lambda one: one.state in ("waiting", "due", "claimed")).node_uid

    def test_whoever_sees_that_it_goes_wrong_pauses_it(self):
        self._pause(self.other_marketer)
        self.assertEqual((self.journey.state, self.journey.pause_reason), ("paused", "Sold out"))
        self.assertEqual(self._where(self.at_mail), "mail", "everybody stays where he is")
        with self.assertRaises(UserError):
            self._pause()
        with self.assertRaises(AccessError):
            self.journey.with_user(self.other_marketer).action_resume()

    def test_resume_and_do_it_now(self):
        self._pause()
        with self._open_resume() as form:
            self.assertEqual((form.overdue_count, form.message_count), (3, 1))
            form.overdue = "now"
        form.record.action_resume()
        self.assertEqual(self.journey.state, "running")
        self.assertFalse(self.journey.pause_reason)
        self.assertEqual(self._where(self.at_mail), "mail")

    def test_resume_spread(self):
        self._pause()
        before = fields.Datetime.now()
        with self._open_resume() as form:
            form.overdue = "spread"
            form.hours = 3
        form.record.action_resume()
        self.env.invalidate_all()
        due = sorted((self.at_wait + self.at_mail + self.at_tag).mapped("due_at"))
        self.assertTrue(all(moment >= before - timedelta(minutes=1) for moment in due))
        gaps = [round((later - first).total_seconds()) for first, later in pairwise(due)]
        self.assertEqual(gaps, [3600, 3600])
        self.assertGreater(self.at_rest.due_at, max(due), "what was not due is left alone")

    def test_resume_and_leave_messages_out(self):
        self._pause()
        with self._open_resume() as form:
            form.overdue = "skip"
        form.record.action_resume()
        # the messages behind the wait that ended meanwhile are left out as well
        for step in (self.at_wait, self.at_mail):
            self.assertEqual(self._where(step), "rest")
            left_out = step.participant_id.step_ids.filtered(lambda one: one.state == "skipped")
            self.assertEqual(sorted(left_out.mapped("node_uid")), ["mail", "sms"])
            self.assertEqual(set(left_out.mapped("reason")), {"paused"})
        self.assertEqual(self._where(self.at_rest), "rest")
        self.assertEqual(self._where(self.at_tag), "tag", "only messages are left out")

    def _skip_after_a_pause(self, nodes, edges, **values):
        """:return: where Amal is after a pause over the moment at which she would have gone on"""
        now = fields.Datetime.now()
        nodes = {"mail": {"kind": "mail"}, "rest": {"kind": "wait", "amount": 3}, **nodes}
        journey = self._go_live(self._make_journey(nodes, [*edges, "mail > rest"], **values))
        step = self._put(journey, self.amal, edges[0].split(" > ")[1], state="due")
        self.env["crm.journey.step"]._advance("pause", is_thorough=True)
        journey._pause("Sold out")
        with freeze_time(now + timedelta(days=1)):
            journey.with_user(self.marketer)._resume("skip")
        self.assertEqual(journey.state, "running")
        where = self._where(step) or step.participant_id.exit_reason
        steps = step.participant_id.step_ids
        sent = steps.filtered(lambda one: one.node_uid == "mail" and one.reason != "paused")
        self.assertFalse(sent, "the message was due in the pause")
        return where

    def test_messages_behind_dates_and_questions_are_left_out(self):
        hour = {"amount": 1, "unit": "hours"}
        until = {"kind": "until", "until_at": fields.Datetime.now() + timedelta(hours=1)}
        ask = {"kind": "branch", "domain": "[('id', '>', 0)]"}
        for nodes, edges in (
            ({"one": until}, ["start > one", "one > mail"]),
            (
                {"one": {"kind": "condition", "domain": "[('id', '=', 0)]", **hour}},
                ["start > one", "one.timeout > mail"],
            ),
            (
                {"one": {"kind": "wait", **hour}, "two": ask},
                ["start > one", "one > two", "two.yes > mail"],
            ),
        ):
            with self.subTest(edges=edges):
                self.assertEqual(self._skip_after_a_pause(nodes, edges), "rest")

    def test_what_cannot_be_asked_stays_where_it_is(self):
        wait = {"kind": "wait", "amount": 1, "unit": "hours"}
        ask = {"kind": "branch", "domain": "[('nothing', '=', 0)]"}
        edges = ["start > one", "one > two", "two.yes > mail"]
        self.assertEqual(self._skip_after_a_pause({"one": wait, "two": ask}, edges), "two")

    def test_whoever_the_exit_rule_takes_out_gets_no_further(self):
        wait = {"kind": "wait", "amount": 1, "unit": "hours"}
        self.journey = self._go_live(
            self._make_journey(
                {"start": {"trigger": "manual"}, "one": wait, "mail": {"kind": "mail"}},
                ["start > one", "one > mail"],
                exit_domain="[('city', '=', 'Gent')]",
            )
        )
        step = self._put(self.journey, self.amal, "one", due_at=fields.Datetime.now())
        self.journey._pause("Sold out")
        self.amal.city = "Gent"
        self.journey.with_user(self.marketer)._resume("skip")
        self.env.invalidate_all()
        self.assertEqual(step.participant_id.exit_reason, "exit_rule")
        self.assertEqual(step.participant_id.step_ids, step)

    def test_resume_over_no_time(self):
        self._pause()
        with self._open_resume() as form:
            form.hours = 0
        with self.assertRaises(UserError):
            form.record.action_resume()

    def test_stop(self):
        with self.assertRaises(AccessError):
            self.journey.with_user(self.other_marketer).action_stop()
        self.journey.with_user(self.marketer).action_stop()
        self.env.invalidate_all()
        self.assertEqual(self.journey.state, "stopped")
        people = self.at_wait.participant_id + self.at_mail.participant_id
        self.assertEqual(set(people.mapped("exit_reason")), {"stopped"})
        self.assertEqual(set(people.step_ids.mapped("state")), {"skipped"})
        with self.assertRaises(UserError):
            self.journey.with_user(self.marketer).action_stop()

    def test_a_stopped_journey_can_be_launched_again(self):
        self.journey.with_user(self.marketer).action_stop()
        self.journey.with_user(self.marketer).action_edit()
        self._go_live(self.journey)
        self.assertEqual(self.journey.state, "running")
        self.assertEqual(self.journey.live_version_id.number, 2)

    def test_an_edit_while_it_is_paused_is_launched_and_resumes_it(self):
        self._pause()
        self.journey.with_user(self.marketer).action_edit()
        self._open_launch(self.journey)
        self.assertEqual(self.journey.state, "paused")

    def test_a_launch_does_not_resume(self):
        """Else what became overdue in the pause would go unasked."""
        self._pause()
        journey = self.journey.with_user(self.marketer)
        journey.action_edit()
        mail = journey.draft_version_id.node_ids.filtered(lambda node: node.uid == "mail")
        mail._make_message()
        journey.draft_version_id._launch()
        self.assertEqual((journey.state, journey.pause_reason), ("paused", "Sold out"))
        self.assertEqual(journey.live_version_id.number, 2)
        message = journey.live_version_id.node_ids.mailing_id
        self.assertEqual((message.state, message.is_paused), ("sending", True))
        self._open_resume().save().action_resume()
        self.assertEqual((journey.state, message.is_paused), ("running", False))
