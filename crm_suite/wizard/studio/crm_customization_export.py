from odoo import api, fields, models, release
from odoo.exceptions import UserError, ValidationError

from ...lib import pack_format
from ...lib.pack_record import SOURCE_LANGUAGE, references
from ...lib.slug import slugify

MAX_RECORDS = 500
TAKEN_SECTION = "forms"


class CrmCustomizationExport(models.TransientModel):
    """What of this database becomes a pack."""

    _name = "crm.customization.export"
    _description = "Export of a Customization Pack"

    name = fields.Char(required=True, default=lambda self: self.env.company.name)
    key = fields.Char(
        "Technical Key",
        required=True,
        help="Small Latin letters, digits and _. Versions of one pack have the same key: who"
        " imports the second one gets what changed since the first.",
    )
    version = fields.Char(required=True, default="1.0")
    description = fields.Text()
    former_id = fields.Many2one(
        "crm.customization.pack", "Former Version", compute="_compute_former"
    )
    line_ids = fields.One2many("crm.customization.export.line", "export_id", "Contents")
    form_line_ids = fields.One2many(
        "crm.customization.export.line", "export_id", "Forms", domain=[("section", "=", "forms")]
    )
    sales_line_ids = fields.One2many(
        "crm.customization.export.line", "export_id", "Sales", domain=[("section", "=", "sales")]
    )

    @api.depends("key")
    def _compute_former(self):
        for wizard in self:
            wizard.former_id = self.env["crm.customization.pack"].search(
                [("key", "=", wizard.key), ("company_id", "in", [False, self.env.company.id])],
                limit=1,
            )

    @api.onchange("name")
    def _onchange_name(self):
        if not self.key or self.key == "my_pack":
            self.key = slugify(self.name or "") or "my_pack"

    @api.onchange("key")
    def _onchange_key(self):
        former = self.former_id
        if former and former.origin == "made":
            numbers = [*former.version.split("."), "0"][:2]
            self.version = f"{numbers[0]}.{int(numbers[1]) + 1}"

    @api.constrains("key", "version")
    def _check_key(self):
        for wizard in self:
            key = wizard.key or ""
            if not pack_format.PACK_KEY.fullmatch(key):
                raise ValidationError(
                    self.env._("“%s” is no key: small Latin letters, digits and _.", key)
                )
            if not pack_format.PACK_VERSION.fullmatch(wizard.version or ""):
                raise ValidationError(
                    self.env._("“%s” is no version. Write for example 1.0.", wizard.version)
                )

    # ------------------------------------------------------------------ actions

    @api.model
    def action_start(self):
        """Open the dialog with all that can be exported by this user."""
        self.env["crm.customization.pack"]._check_configurator()
        name = self.env.company.name
        wizard = self.create({"name": name, "key": slugify(name) or "my_pack"})
        wizard._onchange_key()
        # sudo: users choose lines, and do not write what they say
        lines = self.env["crm.customization.export.line"].sudo()
        lines.create([{**each, "export_id": wizard.id} for each in wizard._prepare_lines()])
        return wizard._reopen()

    def action_take_all(self):
        """Choose all of a section, or nothing of it, as the context says."""
        self.ensure_one()
        section = self.env.context.get("section")
        is_taken = bool(self.env.context.get("is_taken"))
        lines = self.line_ids.filtered(
            lambda line: line.section == section and (not is_taken or not line.reason)
        )
        lines.write({"is_taken": is_taken})
        return self._reopen()

    def action_export(self):
        """Make the pack; it can be downloaded from its form."""
        self.ensure_one()
        packs = self.env["crm.customization.pack"]
        packs._check_configurator()
        document, keys = self._make_document()
        pack = packs._load(pack_format.dump(document), "made", keys)
        return {
            "type": "ir.actions.act_window",
            "res_model": packs._name,
            "res_id": pack.id,
            "views": [(False, "form")],
            "name": pack.name,
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make a Pack"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # ------------------------------------------------------------------ business

    def _prepare_lines(self):
        values = []
        for sequence, kind in enumerate(self.env["crm.customization.registry"]._get_all_kinds()):
            if not kind.is_carried or not self.env[kind.model].has_access("read"):
                continue
            for record in self._get_candidates(kind):
                values.append({**self._prepare_line(kind, record), "sequence": sequence})
        return values

    @api.model
    def _get_candidates(self, kind):
        domain = list(kind.domain)
        if "company_id" in self.env[kind.model]._fields:
            domain.append(("company_id", "in", [False, self.env.company.id]))
        records = self.env[kind.model].search(domain, limit=MAX_RECORDS)
        if kind.key == "form_rule":
            # these follow the switch of their fields
            records -= (
                self.env["crm.custom.field"]
                .search([("required_rule_id", "!=", False)])
                .required_rule_id
            )
        return records

    @api.model
    def _prepare_line(self, kind, record):
        reason = False
        try:
            self.env["crm.customization.codec"]._read_values(kind, record)
        except UserError as error:
            reason = error.args[0]
        model_name = record.model_name if "model_name" in record._fields else False
        return {
            "kind": kind.key,
            "section": kind.section,
            "res_model": kind.model,
            "res_id": record.id,
            "name": record.display_name,
            "form": model_name and self.env["ir.model"]._get_form_title(model_name),
            "reason": reason,
            "is_taken": kind.section == TAKEN_SECTION and not reason,
        }

    def _make_document(self):
        """Return the document of the chosen records, and the keys that they have in it."""
        kinds = self.env["crm.customization.registry"]._get_kinds_by_key()
        records = self._get_chosen(kinds)
        if not records:
            raise UserError(self.env._("Nothing is chosen. There is nothing to export."))
        keys = self._get_former_keys()
        self._name_records(records, keys)
        records = self._add_needed(records, keys)
        codec = self.env["crm.customization.codec"]
        content = []
        for kind, record in records:
            try:
                values = codec._read_values(kind, record, keys)[0]
            except UserError as error:
                raise self._get_refusal(record, error) from error
            content.append(self._prepare_record(kind, record, keys, values))
        document = {
            "format": pack_format.FORMAT,
            "format_version": pack_format.FORMAT_VERSION,
            "key": self.key,
            "version": self.version,
            "name": {SOURCE_LANGUAGE: self.name},
            "description": {SOURCE_LANGUAGE: self.description} if self.description else None,
            "made_with": self._get_versions(kind for kind, _record in records),
            "languages": codec._get_languages(),
            "records": content,
        }
        made = {(record._name, record.id) for _kind, record in records}
        return document, {
            key: list(reference) for reference, key in keys.items() if reference in made
        }

    def _get_refusal(self, record, error):
        return UserError(
            self.env._(
                "“%(record)s” cannot be exported: %(reason)s",
                record=record.display_name,
                reason=error.args[0],
            )
        )

    def _get_chosen(self, kinds):
        chosen = []
        for line in self.line_ids.filtered("is_taken"):
            kind = kinds.get(line.kind)
            # lines are written by nobody but this wizard; the rights may have changed since
            record = self.env[kind.model].browse(line.res_id).exists() if kind else None
            if record and record.has_access("read"):
                chosen.append((kind, record))
        return chosen

    def _get_former_keys(self):
        """Return the keys that records had in the former version: renaming keeps them."""
        # sudo: kept beside the document, read by nobody else
        former = self.former_id.sudo().record_keys or {}
        return {
            (model, res_id): key
            for key, (model, res_id) in former.items()
            if model in self.env and self.env[model].browse(res_id).exists()
        }

    @api.model
    def _name_records(self, records, keys):
        codec = self.env["crm.customization.codec"]
        taken = set(keys.values())
        for kind, record in records:
            if (record._name, record.id) in keys:
                continue
            key = name = f"{kind.key}:{codec._get_identity(kind, record)}"
            number = 1
            while key in taken:
                number += 1
                key = f"{name} ({number})"
            taken.add(key)
            keys[record._name, record.id] = key

    def _add_needed(self, records, keys):
        """Add what the chosen records cannot be without: tabs of fields, questions of lists."""
        codec = self.env["crm.customization.codec"]
        kinds = self.env["crm.customization.registry"]._get_kinds_by_key()
        there = {(record._name, record.id) for _kind, record in records}
        waiting = list(records)
        while waiting:
            kind, record = waiting.pop()
            try:
                values = codec._read_values(kind, record, keys)[0]
            except UserError as error:
                raise self._get_refusal(record, error) from error
            for key in references(values, kind.attributes):
                other = kinds[key.partition(":")[0]]
                if not other.is_carried or other.key not in self._get_needed_kinds():
                    continue
                found = codec._find(other, key.partition(":")[2])
                if not found or (found._name, found.id) in there or not found.has_access("read"):
                    continue
                there.add((found._name, found.id))
                keys[found._name, found.id] = key
                records.append((other, found))
                waiting.append((other, found))
        places = {key: place for place, key in enumerate(kinds)}
        return sorted(
            records, key=lambda each: (places[each[0].key], keys[each[1]._name, each[1].id])
        )

    @api.model
    def _get_needed_kinds(self):
        """Return the kinds of records that come along with what names them."""
        return {"form_tab", "question"}

    @api.model
    def _prepare_record(self, kind, record, keys, values):
        content = {"kind": kind.key, "key": keys[record._name, record.id], "values": values}
        # sudo: external ids are not read by everybody
        external_id = record.sudo().get_external_id()[record.id]
        # what an export of data or another tool made up is unknown elsewhere
        if external_id and not external_id.startswith(("__", "base_import.")):
            content["external_id"] = external_id
        return content

    @api.model
    def _get_versions(self, kinds):
        names = sorted({"crm_suite", *(kind.addon for kind in kinds if kind.addon)})
        # sudo: which versions are installed is no secret
        modules = self.env["ir.module.module"].sudo().search([("name", "in", names)])
        versions = {module.name: module.installed_version for module in modules}
        return {"odoo": release.major_version, **versions}
