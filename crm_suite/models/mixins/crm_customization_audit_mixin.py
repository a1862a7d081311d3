from odoo import api, fields, models
from odoo.tools import html2plaintext

from .crm_domain_words_mixin import NAMELESS

TEXT_LIMIT = 500
SOURCE_LANGUAGE = "en_US"
UNAUDITED = frozenset([*models.MAGIC_COLUMNS, "sequence", "health", "last_error"])
# shared with `crm.customization.change` and with the page of everything (`crm.customization.item`)
CUSTOMIZATION_KINDS = [
    ("field", "Custom Field"),
    ("option", "Option"),
    ("place", "Place"),
    ("tab", "Tab"),
    ("rule", "Rule"),
    ("default", "Default Value"),
    ("pack", "Pack"),
    ("switch", "Safe Mode"),
]


class CrmCustomizationAuditMixin(models.AbstractModel):
    """What a configurator changes is written into `crm.customization.change`: who, when, what.

    A model names its `_audit_kind`. Values that follow from others, and how often something is
    sorted, are no news: `_get_audit_fields` says what is.
    """

    _name = "crm.customization.audit.mixin"
    _description = "Customization with a History"
    _audit_kind = ""
    # fields of which only the system thinks
    _audit_ignored = frozenset()

    change_count = fields.Integer("Number of Changes", compute="_compute_change_count")

    def _compute_change_count(self):
        # sudo: the history of what its reader may read
        changes = self.env["crm.customization.change"].sudo()
        counts = dict(
            changes._read_group(
                [("owner_model", "=", self._name), ("owner_id", "in", self.ids)],
                ["owner_id"],
                ["__count"],
            )
        )
        for record in self:
            record.change_count = counts.get(record.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._log_changes("create", [[] for _record in records])
        return records

    def write(self, vals):
        if not self._is_audited():
            return super().write(vals)
        names = [name for name in self._get_audit_fields() if name in vals]
        before = self._read_audit_values(names)
        result = super().write(vals)
        after = self._read_audit_values(names)
        details = [
            [
                self._prepare_change_line(name, old[name][1], new[name][1])
                for name in names
                if old[name][0] != new[name][0]
            ]
            for old, new in zip(before, after, strict=True)
        ]
        self._log_changes("write", details)
        return result

    def unlink(self):
        entries = self._prepare_change_values("unlink", [[] for _record in self])
        result = super().unlink()
        self._create_changes(entries)
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        audited = self._is_audited() and field_name in self._get_audit_fields()
        languages = list(translations) if audited else []
        before = [self.with_context(lang=lang)[field_name] for lang in languages]
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        details = [
            {
                "field": field_name,
                "lang": lang,
                "old": (old or "")[:TEXT_LIMIT],
                "new": (new or "")[:TEXT_LIMIT],
            }
            for lang, old in zip(languages, before, strict=True)
            if (new := self.with_context(lang=lang)[field_name]) != old
        ]
        if details:
            self._log_changes("write", [details])
        return result

    @api.model
    def _is_audited(self):
        # what comes with modules, and goes with them, was changed by nobody
        return self.env.registry.ready

    @api.model
    def _get_audit_fields(self):
        """Return the names of the fields whose changes are logged."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and not field.related
            and not (field.compute and field.readonly)
            and field.type != "one2many"
            and name not in UNAUDITED | self._audit_ignored
            and not name.startswith(("message_", "activity_"))
        ]

    def _get_audit_owner(self):
        """Return the record in whose history this one is; parts of a field belong to the field."""
        return self

    def _get_audit_text(self, name):
        """Return a value as it is kept in the history: words, or the key of a selection."""
        self.ensure_one()
        field, value = self._fields[name], self[name]
        if field.relational:
            # sudo: names of what this record points to, which was chosen by who may see them
            value = value.sudo()
            if value._name == "res.groups":
                return ", ".join(value._get_full_names())
            return ", ".join(value.mapped("display_name"))
        if field.type in ("binary", "image"):
            return "…" if value else ""
        if field.type == "html":
            value = html2plaintext(value or "")
        if field.type == "boolean":
            return bool(value)
        if field.type in ("integer", "float"):
            return value
        return str(value or "")[:TEXT_LIMIT]

    def _gather_texts(self, languages, tell):
        """Return what `tell` says of this record: a text, or a dict by language if they differ."""
        told = self.with_context(**{NAMELESS: True})
        texts = {lang: tell(told.with_context(lang=lang)) for lang in languages}
        return texts if len(set(texts.values())) > 1 else texts[SOURCE_LANGUAGE]

    def _get_audit_texts(self, name, languages):
        """Return a value in words, in each language where they differ.

        A text that is translated itself is the one that was changed, in one language.
        """
        if self._fields[name].translate:
            return self._get_audit_text(name)
        return self._gather_texts(languages, lambda local: local._get_audit_text(name))

    @api.model
    def _prepare_change_line(self, name, old, new):
        line = {"field": name, "old": old, "new": new}
        if self._fields[name].translate:
            line["lang"] = self.env.lang or SOURCE_LANGUAGE
        return line

    def _read_audit_values(self, names):
        """Return for each record and field what decides whether it changed, and its words."""
        languages = self.env["crm.customization.change"]._get_languages()
        return [
            {
                name: (
                    record[name].ids if self._fields[name].relational else record[name],
                    record._get_audit_texts(name, languages),
                )
                for name in names
            }
            for record in self
        ]

    def _prepare_change_values(self, action, details):
        if not self._is_audited():
            return []
        values = []
        languages = self.env["crm.customization.change"]._get_languages()
        for record, lines in zip(self, details, strict=True):
            if action == "write" and not lines:
                continue
            owner = record._get_audit_owner() or record
            model = record["model_id"] if "model_id" in record else owner["model_id"]
            values.append(
                {
                    "action": action,
                    "kind": record._audit_kind,
                    "name": record._gather_texts(
                        languages, lambda local: str(local.display_name or "")[:TEXT_LIMIT]
                    ),
                    "res_model": record._name,
                    "res_id": record.id,
                    "owner_model": owner._name,
                    "owner_id": owner.id,
                    "model_id": model.id,
                    "company_id": record["company_id"].id if "company_id" in record else False,
                    "details": lines,
                }
            )
        return values

    def _log_changes(self, action, details):
        self._create_changes(self._prepare_change_values(action, details))

    @api.model
    def _create_changes(self, values_list):
        if values_list:
            # sudo: nobody may write into the history by himself
            self.env["crm.customization.change"].sudo().create(values_list)

    def action_view_changes(self):
        """Open the history of this record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_customization_change_action"
        )
        action["domain"] = [("owner_model", "=", self._name), ("owner_id", "=", self.id)]
        action["context"] = {}
        return action
