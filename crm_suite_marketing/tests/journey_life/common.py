from odoo import fields

from ..journey.common import JourneyCommon

# start > hello > pause > more; the second version has no pause
NODES = {
    "start": {"kind": "trigger", "trigger": "manual"},
    "hello": {"kind": "wait", "amount": 1, "name": "Hello"},
    "pause": {"kind": "wait", "amount": 3, "name": "Pause"},
    "more": {"kind": "exit", "name": "More"},
}
EDGES = ["start > hello", "hello > pause", "pause > more"]


class LifeCommon(JourneyCommon):
    """A journey of two waits, and people at its steps without the engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.purpose = cls.env["crm.consent.purpose"].search([], limit=1)
        cls.journey = cls._make_journey(NODES, EDGES, purpose_id=cls.purpose.id)

    @classmethod
    def _put(cls, journey, contact, uid, state="waiting", **values):
        """Put a contact at a node of the live version.

        :return: the step
        """
        version = journey.live_version_id
        now = fields.Datetime.now()
        participant = (
            cls.env["crm.journey.participant"]
            .sudo()
            .create(
                {
                    "journey_id": journey.id,
                    "version_id": version.id,
                    "company_id": journey.company_id.id,
                    "model": contact._name,
                    "res_id": contact.id,
                    "partner_id": contact.id if contact._name == "res.partner" else False,
                    "entered_at": now,
                    "trigger_uid": "start",
                }
            )
        )
        return (
            cls.env["crm.journey.step"]
            .sudo()
            .create(
                {
                    "participant_id": participant.id,
                    "journey_id": journey.id,
                    "node_id": version.node_ids.filtered(lambda node: node.uid == uid).id,
                    "node_uid": uid,
                    "state": state,
                    "entered_at": now,
                    "due_at": now,
                    **values,
                }
            )
        )

    def _open_launch(self, journey, user=None):
        """:return: the wizard of a launch, as the button opens it"""
        action = journey.with_user(user or self.marketer).action_launch()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        return wizard.with_user(user or self.marketer)

    def _edit_without(self, journey, uid):
        """Start a draft in which the node is left out, and its way goes past it."""
        journey.with_user(self.marketer).action_edit()
        draft = journey.draft_version_id.with_user(self.marketer)
        node = draft.node_ids.filtered(lambda one: one.uid == uid)
        after = node.edge_ids.target_id
        self.env["crm.journey.edge"].search([("target_id", "=", node.id)]).target_id = after
        node.unlink()
        return draft
