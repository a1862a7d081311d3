import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from ...lib import pack_format
from ...lib.pack_format import PackError, version_key
from ...lib.pack_record import SOURCE_LANGUAGE


class CrmCustomizationPack(models.Model):
    """A customization as a file: brought by an add-on, uploaded, or made of this database.

    Nobody writes these records: uploading, exporting and importing check what they do and write
    on behalf of the configurator.
    """

    _name = "crm.customization.pack"
    _description = "Customization Pack"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    key = fields.Char(
        "Technical Key",
        required=True,
        help="What the versions of a pack have in common, in every database.",
    )
    sequence = fields.Integer(default=100)
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Where it was uploaded or made. It may tell of what this company alone may know.",
    )
    origin = fields.Selection(
        [("ready", "Ready"), ("file", "Uploaded"), ("made", "Made Here")],
        default="file",
        required=True,
    )
    icon = fields.Char(default="fa-archive")
    version = fields.Char(compute="_compute_document", compute_sudo=True)
    document = fields.Json(groups="base.group_system")
    record_keys = fields.Json(groups="base.group_system")
    contents = fields.Char(compute="_compute_document", compute_sudo=True)
    languages = fields.Char(compute="_compute_document", compute_sudo=True)
    made_with = fields.Char(compute="_compute_document", compute_sudo=True)
    file = fields.Binary(compute="_compute_file", compute_sudo=True)
    file_name = fields.Char(compute="_compute_file", compute_sudo=True)
    import_ids = fields.One2many("crm.customization.import", "pack_id", "Imports")
    imported_version = fields.Char(compute="_compute_state")
    state = fields.Selection(
        [
            ("available", "Not Imported"),
            ("imported", "Imported"),
            ("update", "Newer Version"),
        ],
        compute="_compute_state",
    )

    _unique_key = models.UniqueIndex(
        "(key, COALESCE(company_id, 0))", "There is a pack with this technical key already."
    )

    # ------------------------------------------------------------------ compute

    @api.depends("document", "key", "origin")
    @api.depends_context("lang")
    def _compute_document(self):
        kinds = self.env["crm.customization.registry"]._get_kinds_by_key()
        labels = dict(self.env["res.lang"].get_installed())
        for pack in self:
            document = pack._get_document()
            counts = {}
            for record in document["records"]:
                counts[record["kind"]] = counts.get(record["kind"], 0) + 1
            pack.version = document["version"]
            pack.contents = ", ".join(
                f"{kind.label} ({counts[key]})" for key, kind in kinds.items() if key in counts
            )
            pack.languages = ", ".join(
                labels.get(self._match_language(code, labels), code)
                for code in document.get("languages", [])
            )
            pack.made_with = ", ".join(
                f"{addon} {version}" for addon, version in document.get("made_with", {}).items()
            )

    @api.depends("document", "key", "origin")
    def _compute_file(self):
        for pack in self:
            document = pack._get_document()
            pack.file = base64.b64encode(pack_format.dump(document))
            pack.file_name = f"{pack.key}-{document['version']}.json"

    @api.model
    def _match_language(self, code, labels):
        base = code.partition("_")[0]
        return code if code in labels else next((c for c in labels if c.startswith(base)), code)

    @api.depends("import_ids.state", "document", "key", "origin")
    def _compute_state(self):
        done = self.env["crm.customization.import"].search(
            [("pack_id", "in", self.ids), ("state", "=", "done")], order="date desc, id desc"
        )
        last = {}
        for each in done:
            last.setdefault(each.pack_id, each.version)
        for pack in self:
            pack.imported_version = last.get(pack, False)
            if not pack.imported_version:
                pack.state = "available"
            elif version_key(pack.version) > version_key(pack.imported_version):
                pack.state = "update"
            else:
                pack.state = "imported"

    # ------------------------------------------------------------------ CRUD

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ready(self):
        if self.filtered(lambda pack: pack.origin == "ready"):
            raise UserError(self.env._("Ready packs come with the add-on and cannot be deleted."))

    # ------------------------------------------------------------------ actions

    def action_import(self):
        """Show what importing this pack would do; nothing is changed yet."""
        self.ensure_one()
        self._check_configurator()
        return self.env["crm.customization.import"]._start(self)._get_form_action()

    def action_download(self):
        self.ensure_one()
        self._check_configurator()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file"
            "?download=true&filename_field=file_name",
            "target": "download",
        }

    def action_open_imports(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_customization_import_action"
        )
        action["domain"] = [("pack_id", "=", self.id)]
        return action

    # ------------------------------------------------------------------ business

    @api.model
    def _check_configurator(self):
        if not self.env.su and not self.env.user.has_group("crm_suite.group_configurator"):
            raise AccessError(self.env._("Only configurators may use customization packs."))

    def _get_document(self):
        """Return what the pack says; of a ready pack, the parts of all installed add-ons."""
        self.ensure_one()
        if self.origin == "ready":
            parts = []
            for path in self._get_ready_files():
                with file_open(path, "rb") as file:
                    # what an add-on brings was not damaged on its way
                    parts.append(pack_format.read(file.read(), is_sealed=False))
            return pack_format.merge_parts(parts)
        # sudo: a document is read as a whole by nobody but this model
        return self.sudo().document

    def _get_ready_files(self):
        """Return the paths of the files of a ready pack; each add-on adds its own part."""
        self.ensure_one()
        return [f"crm_suite/data/packs/{self.key}.json"]

    @api.model
    def _load(self, data, origin="file", record_keys=None):
        """Take in the file of a pack; a file of a known pack is its present version from now on.

        :param data: bytes of the file
        :raise UserError: when it is no pack
        """
        self._check_configurator()
        try:
            document = pack_format.read(data)
        except PackError as error:
            raise UserError(self._explain_pack_error(error)) from error
        # sudo: nobody has the right to write packs; this one was checked
        packs = self.sudo()
        own = self.env.company
        pack = packs.search(
            [("key", "=", document["key"]), ("company_id", "in", [False, own.id])],
            limit=1,
        )
        if pack.origin == "ready":
            raise UserError(
                self.env._(
                    "The key “%s” is that of a ready pack. Export your pack under another key.",
                    document["key"],
                )
            )
        values = {"document": document, "origin": origin, "record_keys": record_keys or {}}
        values.update(self._get_texts(document, SOURCE_LANGUAGE))
        if pack:
            pack.write(values)
        else:
            pack = packs.create({"key": document["key"], "company_id": own.id, **values})
        for code in self.env["crm.customization.codec"]._get_languages()[1:]:
            pack.with_context(lang=code).write(self._get_texts(document, code))
        return pack.sudo(False)

    @api.model
    def _get_texts(self, document, code):
        codec = self.env["crm.customization.codec"]
        texts = {}
        for name in ("name", "description"):
            value = document.get(name) or {}
            value = {SOURCE_LANGUAGE: value} if isinstance(value, str) else value
            texts[name] = codec._pick(value, code) or value.get(SOURCE_LANGUAGE, False)
        return texts

    @api.model
    def _get_size_refusal(self):
        return self.env._("The file is larger than %s MB.", pack_format.MAX_BYTES // 1_000_000)

    @api.model
    def _explain_pack_error(self, error):
        where = error.where
        reasons = {
            "too_big": self._get_size_refusal(),
            "not_json": self.env._("The file cannot be read. Choose a pack, a file in JSON."),
            "too_deep": self.env._("The file is nested too deeply to be a pack."),
            "duplicate": self.env._("The file says “%s” twice.", where),
            "not_a_pack": self.env._("This file is not a customization pack."),
            "newer_format": self.env._(
                "The file was made by a newer version of CRM Suite (format %s). Update CRM Suite"
                " first.",
                where,
            ),
            "checksum": self.env._(
                "The checksum of the file is wrong: it was damaged, or changed by hand. Export"
                " it again."
            ),
            "envelope": self.env._("The file has no valid “%s”.", where),
            "too_many": self.env._("A pack holds at most %s records.", where),
            "record": self.env._("Record %s of the file is not a record of a pack.", where),
        }
        return reasons[error.code]
