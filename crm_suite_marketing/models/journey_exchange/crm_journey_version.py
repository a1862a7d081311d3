from odoo import models


class CrmJourneyVersion(models.Model):
    """Versions made of data."""

    # each room extends the version by itself
    _inherit = "crm.journey.version"  # pylint: disable=consider-merging-classes-inherited

    def _import_parts(self, data):
        """Put the nodes and ways of a file in the place of those of the draft.

        :return: ``[(name of the node, labels of settings that are not here)]``
        """
        self.ensure_one()
        self.node_ids.unlink()
        Node = self.env["crm.journey.node"]
        nodes, missing = {}, []
        for values in data["nodes"]:
            prepared, lacks = Node._prepare_import_values(values)
            node = Node.create({**prepared, "version_id": self.id})
            node._import_message(
                {name: text for name, text in values.get("message", {}).items() if text}
            )
            nodes[node.uid] = node
            if lacks:
                missing.append((node.display_name, lacks))
        self.env["crm.journey.edge"].create(
            [
                {
                    "version_id": self.id,
                    "source_id": nodes[edge["source"]].id,
                    "port": edge["port"],
                    "target_id": nodes[edge["target"]].id,
                }
                for edge in data["edges"]
            ]
        )
        return missing
