import base64
import binascii
import re

from psycopg2 import DataError, IntegrityError

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import clean_context

from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS

from ...lib import journey_file
from . import references
from .crm_journey_node import export_texts, get_text, import_texts

# Rules of the journey that mean the same everywhere
SETTINGS = (
    "color",
    "sequence",
    "reentry",
    "reentry_amount",
    "reentry_unit",
    "is_exclusive",
    "exit_on_goal",
    "exit_on_unsubscribe",
    "exit_on_leave",
    "keeps_quiet_hours",
)
EXIT = "exit_domain"


class CrmJourney(models.Model):
    """Journeys that travel from one database to another as a file."""

    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # Export
    # ------------------------------------------------------------------

    def action_export(self):
        """Download the draft, or else what is live, as a file."""
        self.ensure_one()
        name = re.sub(r"[^\w-]+", "_", self.name).strip("_") or "journey"
        export = self.env["crm.journey.export"].create(
            {
                "name": f"{name}.json",
                "content": base64.b64encode(journey_file.write(self._export_journey())),
            }
        )
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{export._name}/{export.id}/content/{export.name}?download=true",
        }

    def _export_journey(self):
        """:return: the journey as `lib/journey_file` knows it"""
        self.ensure_one()
        self.check_access("read")
        version = self.draft_version_id or self.live_version_id
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        settings = {name: self[name] for name in SETTINGS}
        settings[EXIT] = references.export_filter(self.env, self.model_name, self.exit_domain)
        journey = {
            "name": export_texts(self, "name", languages),
            "model": self.model_name,
            "purpose": references.describe(self.purpose_id) if self.purpose_id else None,
            "settings": settings,
        }
        if self.description:
            journey["description"] = export_texts(self, "description", languages)
        # the same file whoever exports it, and whenever
        nodes = version.node_ids.sorted(lambda node: (node.y, node.x, node.uid))
        edges = version.edge_ids.sorted(lambda edge: (edge.source_id.uid, edge.port))
        return {
            "language": self.env.lang or "en_US",
            "journey": journey,
            "nodes": [node._export_node(languages) for node in nodes],
            "edges": [
                {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
                for edge in edges
                if edge.source_id in nodes and edge.target_id in nodes
            ],
        }

    # ------------------------------------------------------------------
    # Import
    # ------------------------------------------------------------------

    def _import_file(self, content):
        """Make a draft of a file, with the rights of the user, or nothing at all.

        :param content: of the file, base64
        :return: the journey, and what must be chosen again, in words
        """
        self.check_access("create")
        try:
            if len(content or b"") > journey_file.MOST_BYTES * 1.4:
                raise journey_file.JourneyFileError("size")
            data = journey_file.read(base64.b64decode(content or b"", validate=False))
        except (journey_file.JourneyFileError, binascii.Error) as error:
            raise UserError(self._describe_file_problem(error)) from error
        # pylint: disable-next=context-overridden
        importer = self.with_context(clean_context(self.env.context))
        try:
            with self.env.cr.savepoint():
                journey, missing = importer._make_imported(data)
                self.env.flush_all()
        except (IntegrityError, DataError) as error:
            raise UserError(
                self.env._("The file holds something that does not fit here. Nothing was imported.")
            ) from error
        return journey.with_env(self.env), missing

    def _describe_file_problem(self, error):
        where = getattr(error, "where", "")
        words = {
            "size": self.env._("The file is too big."),
            "depth": self.env._("The file is nested too deep."),
            "format": self.env._("This is not the file of a journey."),
            "number": self.env._("The file is of another version of this program."),
            "unknown": self.env._("The file holds something unknown: %s", where),
            "missing": self.env._("Something is missing in the file: %s", where),
            "value": self.env._("The file holds a value that does not fit: %s", where),
            "many": self.env._("There is too much in the file: %s", where),
            "double": self.env._("The file holds something twice: %s", where),
        }
        return words.get(
            getattr(error, "code", ""), self.env._("The file cannot be read: it is not JSON.")
        )

    def _make_imported(self, data):
        missing = []
        languages = {code for code, _name in self.env["res.lang"].get_installed()}
        journey = self.with_context(lang="en_US").create(
            self._prepare_imported_values(data["journey"], missing)
        )
        head = data["journey"]
        if EXIT in head.get("settings", {}):
            label = self._fields[EXIT].get_description(self.env, ["string"])["string"]
            journey.exit_domain = journey._import_filter(head["settings"][EXIT], label, missing)
        for name in ("name", "description"):
            import_texts(journey, name, head.get(name, {}), languages)
        version = journey.draft_version_id
        version.node_ids.unlink()
        by_uid = {}
        Node = self.env["crm.journey.node"].with_context(lang="en_US")
        for one in data["nodes"]:
            values = Node._prepare_imported_values(one, journey, missing)
            node = Node.create(values | {"version_id": version.id})
            node._import_texts(one, languages)
            if "message" in one:
                node._import_written(one["message"], missing)
            by_uid[node.uid] = node.id
        self.env["crm.journey.edge"].create(
            [
                {
                    "version_id": version.id,
                    "source_id": by_uid[edge["source"]],
                    "port": edge["port"],
                    "target_id": by_uid[edge["target"]],
                }
                for edge in data["edges"]
            ]
        )
        return journey, missing

    def _prepare_imported_values(self, head, missing):
        name = head["model"]
        model = self.env["ir.model"]._get(name) if name in self.env else None
        is_fit = model and model.is_mail_thread and not model.transient
        if not is_fit or not self.env[name].has_access("read"):
            raise UserError(
                self.env._(
                    "What goes through the journey is not known here, or not yours: %s", name
                )
            )
        values = {
            "name": get_text(head["name"]),
            "description": get_text(head.get("description")),
            "model_id": model.id,
        }
        Node = self.env["crm.journey.node"]
        for name, value in head.get("settings", {}).items():
            if name not in (*SETTINGS, EXIT):
                raise UserError(self.env._("The file holds an unknown setting: %s", name))
            if name != EXIT:
                values[name] = Node._import_plain(self._fields[name], value)
        if reference := head.get("purpose"):
            purpose = references.find(self.env, "crm.consent.purpose", reference)
            values["purpose_id"] = purpose.id
            if not purpose:
                label = self._fields["purpose_id"].get_description(self.env, ["string"])["string"]
                missing.append(f"{label}: {references.tell(reference)}")
        return values

    def _import_filter(self, conditions, where, missing):
        """:return: the text of a filter; one that matches nobody where it cannot be asked here"""
        if conditions is None:
            return "[]"
        unknown = []
        try:
            text = references.import_filter(self.env, self.model_name, conditions, unknown)
        except FILTER_ERRORS as error:
            raise UserError(
                self.env._("The file holds a filter that cannot be read: %s", where)
            ) from error
        problems = [] if unknown else self._find_filter_problems(text)
        if not unknown and not problems:
            return text
        missing.append(
            self.env._(
                "%(where)s: the filter matches nobody until you choose it again (%(why)s)",
                where=where,
                why=", ".join(unknown or problems),
            )
        )
        return references.NOBODY
