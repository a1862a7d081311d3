from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..sending.test_sending import SendingCommon
from .common import TEXT, ActionCommon


@tagged("post_install", "-at_install")
class TestEngine(ActionCommon, SendingCommon):
    """Through the engine, as it runs."""

    def _run(self, journey, records):
        journey = self._go_live(journey)
        start = journey.live_version_id.node_ids.filtered(lambda node: node.kind == "trigger")
        start._enrol(SQL("SELECT unnest(%s::int[]) AS res_id", records.ids))
        self._advance()
        return journey

    def _advance(self):
        with self.enter_registry_test_mode():
            self.env["crm.journey.step"]._advance("test", is_thorough=True)

    def _walks(self, journey):
        """:return: ``{id of the record: [(key of the node, state, reason)]}``"""
        participants = self.env["crm.journey.participant"].search([("journey_id", "=", journey.id)])
        return {
            one.res_id: [
                (step.node_uid, step.state, step.reason or "") for step in one.step_ids.sorted("id")
            ]
            for one in participants
        }

    def _make_walk(self):
        self._grant(self.marketer, "base.group_partner_manager")
        self.late = self.env["res.partner.category"].create({"name": "Came to the end"})
        journey = self._make_journey(
            {
                "hello": {"kind": "mail"},
                "mark": {"kind": "tag", "category_ids": [Command.set(self.late.ids)]},
            },
            ["start > hello", "hello > mark"],
        )
        node = journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "hello")
        node.action_write_message()
        node.mailing_id.write({"subject": "Hi [[name]]", "body_html": TEXT, "body_arch": TEXT})
        return journey, node

    def test_a_mail_and_a_tag(self):
        journey, node = self._make_walk()
        self._run(journey, self.amal + self.celine)
        self.assertEqual(
            self._walks(journey),
            {
                self.amal.id: [("hello", "done", ""), ("mark", "done", "")],
                self.celine.id: [("hello", "skipped", "blacklist"), ("mark", "done", "")],
            },
        )
        self.assertIn(self.late, self.amal.category_id & self.celine.category_id)
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})
        step = self.env["crm.journey.step"].search(
            [("node_id", "=", node.id), ("state", "=", "done")]
        )
        self.assertEqual(step.outbox_id.state, "sent")
        self.assertEqual(step.outbox_id.journey_step_id, step)
        self._advance()
        self.assertFalse(self._work(), "run again, nothing goes twice")

    def test_one_who_cannot_be_done_keeps_nobody(self):
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("server_action")
        node.sudo().server_action_id = self.env["ir.actions.server"].create(
            {
                "name": "Fails for Emre",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "if 'Emre' in records.mapped('name'): raise UserError('Not him')\n"
                "records.write({'ref': 'done'})",
            }
        )
        self._run(node.journey_id, self.amal + self.basil + self.emre)
        walks = self._walks(node.journey_id)
        self.assertEqual(walks[self.amal.id], [("act", "done", "")])
        self.assertNotEqual(walks[self.emre.id][0][1], "done")
        self.assertEqual(self.basil.ref, "done")
        self.assertFalse(self.emre.ref)

    def test_what_the_responsible_may_not_change_waits_as_failed(self):
        field = self.env["ir.model.fields"]._get("res.partner", "ref")
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("update", update_field_id=field.id, update_text="x")
        other = self.env["res.company"].create({"name": "Other"})
        journey = self._run(node.journey_id, self.amal + self.emre)
        self.assertEqual(self._walks(journey)[self.amal.id], [("act", "done", "")])
        second = self._make_node("update", update_field_id=field.id, update_text="y")
        journey = self._go_live(second.journey_id)
        start = journey.live_version_id.node_ids.filtered(lambda one: one.kind == "trigger")
        start._enrol(SQL("SELECT %s AS res_id", self.faris.id))
        self.faris.company_id = other
        self.env.flush_all()
        self._advance()
        self.assertEqual(self._walks(journey)[self.faris.id], [("act", "failed", "access")])

    def test_a_new_version_has_a_message_of_its_own(self):
        journey, node = self._make_walk()
        journey.action_launch()
        if journey.state == "draft":
            # the launch asks first
            journey.draft_version_id._launch()
        self.assertEqual((journey.state, node.mailing_id.state), ("running", "sending"))
        journey.with_user(self.marketer).action_edit()
        draft = journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "hello")
        self.assertNotEqual(draft.mailing_id, node.mailing_id)
        self.assertEqual(draft.mailing_id.state, "draft")
        draft.with_user(self.marketer).mailing_id.subject = "Better"
        self.assertEqual(node.mailing_id.subject, "Hi [[name]]")
        journey.draft_version_id._launch()
        self.assertEqual(node.mailing_id.state, "sending", "people go on through the old version")
        self.assertEqual(draft.mailing_id.state, "sending")
        start = journey.live_version_id.node_ids.filtered(lambda one: one.kind == "trigger")
        start._enrol(SQL("SELECT %s AS res_id", self.amal.id))
        self._advance()
        self.assertEqual(self._work()["amal@customer.example.com"]["subject"], "Better")

    def test_a_journey_that_nobody_came_into_can_be_deleted(self):
        journey, node = self._make_walk()
        journey.draft_version_id._launch()
        mailing = node.mailing_id
        journey.sudo().state = "stopped"
        journey.with_user(self.marketer).unlink()
        self.assertFalse(journey.exists())
        self.assertFalse(mailing.exists())

    def test_a_pause_asks_what_becomes_of_messages(self):
        for overdue, expected in (("now", 1), ("skip", 0), ("spread", 0)):
            with self.subTest(overdue):
                node = self._make_message()
                journey = self._go_live(node.journey_id)
                self._pass(node, self.amal)
                self.env.cr.execute(
                    """UPDATE crm_outbox SET due_at = due_at - interval '1 hour'
                        WHERE mailing_id = %s""",
                    [node.mailing_id.id],
                )
                more = self._stand(node, self.emre)
                journey._pause("for a test")
                self.assertTrue(node.mailing_id.is_paused)
                self._act(node, more)
                self.assertFalse(self._work())
                journey._resume(overdue, 24)
                self.assertFalse(node.mailing_id.is_paused)
                self.assertGreaterEqual(len(self._work()), expected)
                states = {row.res_id: row.reason for row in self._rows(node.mailing_id)}
                self.assertEqual(states[self.amal.id] == "skipped", overdue == "skip")
