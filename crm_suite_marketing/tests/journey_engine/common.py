from unittest.mock import patch

from odoo.tools import SQL

from ..journey.common import JourneyCommon


class EngineCommon(JourneyCommon):
    """Journeys that run, records that are let in, and actions that only note what they did."""

    def setUp(self):
        super().setUp()
        self.acted = []
        Node = self.registry["crm.journey.node"]

        def run_tag(node, steps):
            self.acted += [(node.uid, step["res_id"]) for step in steps]
            return self.answer(node, steps)

        # whatever tagging is set to: the engine is the same for all that does something
        self.startClassPatcher(patch.object(Node, "_run_tag", run_tag, create=True))

    def answer(self, node, steps):
        return {}

    def _enrol(self, journey, records, entry=None):
        start = journey.live_version_id.node_ids.filtered(lambda node: node.kind == "trigger")
        query = SQL("SELECT unnest(%s::int[]) AS res_id", records.ids)
        return start._enrol(query, entry)

    def _advance(self):
        return self.env["crm.journey.step"]._advance("test", is_thorough=True)

    def _participants(self, journey):
        return self.env["crm.journey.participant"].search([("journey_id", "=", journey.id)])

    def _where(self, journey):
        """:return: ``{res_id: key of the node or reason of the end}`` of the last passages"""
        found = {}
        for participant in self._participants(journey).sorted("id"):
            step = participant.step_ids.filtered(
                lambda one: one.state in ("waiting", "due", "claimed", "failed")
            )
            self.assertEqual(len(step), int(participant.state == "running"))
            found[participant.res_id] = step.node_uid or participant.exit_reason
        return found

    def _walk(self, participant):
        """:return: keys of the nodes that a participant has come by"""
        return participant.step_ids.sorted("id").mapped("node_uid")
