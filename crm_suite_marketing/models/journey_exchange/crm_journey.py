import base64

from odoo import models
from odoo.exceptions import UserError

from ...lib import journey_file
from . import references

# Rules that go along; who is responsible and for which company is said where it is used
RULES = (
    "sequence",
    "reentry",
    "reentry_amount",
    "reentry_unit",
    "is_exclusive",
    "exit_domain",
    "exit_on_goal",
    "exit_on_unsubscribe",
    "exit_on_leave",
    "keeps_quiet_hours",
)


class CrmJourney(models.Model):
    """Journeys go as files from one database to another."""

    # each room extends the journey by itself
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    def action_export(self):
        """Give the journey as a file: the draft, or what is live."""
        self.ensure_one()
        version = self.draft_version_id or self.live_version_id
        content = journey_file.write(self._export_values(version))
        name = "".join(one if one.isalnum() else "_" for one in self.name)[:60]
        export = self.env["crm.journey.export"].create(
            {"file": base64.b64encode(content), "file_name": f"{name}.json"}
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/crm.journey.export/{export.id}/file/{name}.json?download=1",
            "target": "download",
        }

    def _export_values(self, version):
        """:return: the journey as data, with this version; as much of it as the user sees"""
        self.ensure_one()
        self.check_access("read")
        nodes = version.node_ids
        return {
            "name": self.name,
            "description": self.description or "",
            "model": self.model_name,
            "purpose": references.describe(self.purpose_id),
            "settings": {name: self[name] for name in RULES},
            "nodes": [node._export_values() for node in nodes],
            "edges": [
                {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
                for edge in version.edge_ids
                if edge.source_id in nodes and edge.target_id in nodes
            ],
        }

    def _import_values(self, data):
        """Make a draft of exported data, with the rights of the user.

        :return: the journey; what this database lacks is said in its messages
        """
        # sudo: which models there are is no secret; journeys of them need rights of their own
        model = self.env["ir.model"].sudo().search([("model", "=", data["model"])], limit=1)
        if not model:
            raise UserError(
                self.env._("This database has no “%s”: install its app first.", data["model"])
            )
        settings = data.get("settings", {})
        values = {name: settings[name] for name in RULES if name in settings}
        purpose = references.find(self.env["crm.consent.purpose"], data.get("purpose"))
        journey = self.create(
            {
                **values,
                "name": data["name"],
                "description": str(data.get("description") or ""),
                "model_id": model.id,
                "purpose_id": purpose.id,
            }
        )
        missing = journey.draft_version_id._import_parts(data)
        if data.get("purpose") and not purpose:
            missing.append((journey.name, [self.env._("Purpose")]))
        if missing:
            lines = [f"“{name}”: {', '.join(labels)}" for name, labels in missing]
            text = self.env._("Not found here; choose it again: %s", "; ".join(lines))
            journey.message_post(body=text)
        return journey
