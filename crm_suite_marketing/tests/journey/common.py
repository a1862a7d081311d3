from odoo import Command

from ..common import MarketingCommon


class JourneyCommon(MarketingCommon):
    """Journeys as graphs in a few lines: nodes by their key, ways between them."""

    @classmethod
    def _make_journey(cls, nodes, edges, user=None, **values):
        """Return a journey whose draft has these nodes.

        :param nodes: ``{uid: {"kind": ..., ...}}``; the start is ``"start"``
        :param edges: list of ``"a > b"`` or ``"a.port > b"``
        """
        journey = (
            cls.env["crm.journey"]
            .with_user(user or cls.marketer)
            .create({"name": "Test", **values})
        )
        version = journey.draft_version_id
        start = version.node_ids
        start.write(nodes.get("start", {}))
        version.write(
            {
                "node_ids": [
                    Command.create({"uid": uid, **settings})
                    for uid, settings in nodes.items()
                    if uid != "start"
                ]
            }
        )
        by_uid = {node.uid: node for node in version.node_ids}
        for edge in edges:
            source, target = edge.split(" > ")
            source, _dot, port = source.partition(".")
            cls.env["crm.journey.edge"].with_user(journey.env.user).create(
                {
                    "version_id": version.id,
                    "source_id": by_uid[source].id,
                    "port": port or "next",
                    "target_id": by_uid[target].id,
                }
            )
        return journey

    @classmethod
    def _go_live(cls, journey):
        """Make the draft live as a launch does, whatever is wrong with it."""
        # sudo: the door is the wizard, which asks who may and what is wrong
        journey.draft_version_id.sudo()._launch()
        return journey
