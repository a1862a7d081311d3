from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..journey_action.common import TEXT, ActionCommon


@tagged("post_install", "-at_install")
class TestMessageAgreement(ActionCommon):
    """Who gets a message, and which way he goes then, is as simulated."""

    def _make_journey_with_a_mail(self):
        journey = self._make_journey(
            {
                "start": {"trigger": "manual"},
                "hello": {"kind": "mail", "name": "Hello"},
                "look": {
                    "kind": "condition",
                    "asks": "event",
                    "event": "clicked",
                    "about_node_uid": "hello",
                    "amount": 3,
                    "unit": "days",
                },
                "warm": {"kind": "exit"},
                "cold": {"kind": "exit"},
            },
            ["start > hello", "hello > look", "look.yes > warm", "look.timeout > cold"],
        )
        node = journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "hello")
        node.action_write_message()
        node.mailing_id.write({"subject": "Hi [[name]]", "body_html": TEXT, "body_arch": TEXT})
        return self._go_live(journey)

    def _advance(self):
        with self.enter_registry_test_mode():
            self.env["crm.journey.step"]._advance("test", is_thorough=True)
        self.env.invalidate_all()

    def _simulate(self, participant, answer, moment=None):
        wizard = self.env["crm.journey.simulation"].create(
            {
                "journey_id": participant.journey_id.id,
                "res_id": participant.res_id,
                "moment": moment or participant.entered_at,
            }
        )
        wizard.assumption_ids.write({"answer": answer, "amount": 0})
        wizard.action_simulate()
        return wizard.line_ids

    def test_messages_are_refused_and_answered_as_simulated(self):
        journey = self._make_journey_with_a_mail()
        start = journey.live_version_id.node_ids.filtered(lambda one: one.kind == "trigger")
        people = self.amal + self.celine + self.dalia
        start._enrol(SQL("SELECT unnest(%s::int[]) AS res_id", people.ids))
        self._advance()
        participants = {
            one.res_id: one
            for one in self.env["crm.journey.participant"].search([("journey_id", "=", journey.id)])
        }
        for contact in people:
            hello, look = participants[contact.id].step_ids.sorted("id")
            lines = self._simulate(participants[contact.id], "never", look.entered_at)
            self.assertEqual(lines[0].tone == "refused", hello.state == "skipped", contact.name)
            if hello.state == "skipped":
                self.assertEqual(lines[0].why, hello.detail)
            self.assertEqual(lines[1].node_id.uid, look.node_uid)
            self.assertEqual(lines[2].came_at, look.due_at, "until when he waits")
            self.assertEqual(lines[2].node_id.uid, "cold")
        self._click(participants[self.amal.id])
        lines = self._simulate(participants[self.amal.id], "after")
        self.assertEqual(
            [line.node_id.uid for line in lines],
            participants[self.amal.id].step_ids.sorted("id").mapped("node_uid"),
        )
        self.assertEqual(lines[2].node_id.uid, "warm")

    def _click(self, participant):
        delivery = participant.step_ids.outbox_id
        self.assertEqual(len(delivery), 1)
        self.env["crm.engagement"]._record(
            [
                {
                    "event_key": f"test:click:{delivery.id}",
                    "kind": "click",
                    "ts": fields.Datetime.now(),
                    "outbox_id": delivery.id,
                    "trace_id": delivery.trace_id.id,
                    "mailing_id": delivery.mailing_id.id,
                    "partner_id": participant.partner_id.id,
                    "actor": "human",
                }
            ]
        )
        self._advance()
