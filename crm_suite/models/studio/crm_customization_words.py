from odoo import api, models

from ...lib.pack_record import SOURCE_LANGUAGE, identity_of

SHOWN_LENGTH = 300
# what stands between them is written in its own direction
FIRST, POP = "\u2068", "\u2069"


class CrmCustomizationWords(models.AbstractModel):
    """What packs say, in words that people read: labels instead of names of fields and keys."""

    _name = "crm.customization.words"
    _inherit = ["crm.domain.words.mixin"]
    _description = "Customization Packs in Words"

    @api.model
    def _describe_changes(self, kind_key, changes, form=None):
        """Return the rows of a table of differences: label, old and new value.

        :param changes: [path, old, new, language] of each
        :param form: the model of whose forms the record speaks
        """
        kind = self.env["crm.customization.registry"]._get_kinds_by_key().get(kind_key)
        if kind is None:
            return []
        languages = dict(self.env["res.lang"].get_installed())
        rows = []
        for path, old, new, language in changes:
            attribute, model, label = self._follow(kind, path)
            if attribute is None:
                continue
            if language and language != SOURCE_LANGUAGE:
                label = f"{label} ({languages.get(language, language)})"
            if language:
                texts = old or "", new or ""
            elif attribute.type == "domain":
                # of which records the filter of a field is, is not told again
                subject = form if attribute.name == "condition" else None
                texts = tuple(self._tell_condition(subject, each or []) for each in (old, new))
            else:
                texts = tuple(self._tell_value(attribute, model, each) for each in (old, new))
            if any(texts):
                rows.append((label, *(text[:SHOWN_LENGTH] for text in texts)))
        return rows

    @api.model
    def _make_summary(self, rows, is_new=False):
        """Return rows of differences in one line; Arabic and Latin words do not mix in it."""
        return "; ".join(
            f"{FIRST}{label}{POP}: {FIRST}{new}{POP}"
            if is_new
            else f"{FIRST}{label}{POP}: {FIRST}{old or '–'}{POP} → {FIRST}{new or '–'}{POP}"
            for label, old, new in rows
        )

    @api.model
    def _follow(self, kind, path):
        """Return the attribute at a path, the model that has it, and what people call it."""
        attributes, model, labels = kind.attributes, kind.model, []
        attribute, owner = None, kind.model
        for name in path:
            found = next((each for each in attributes if each.name == name), None)
            if found is None:
                # which of the nested records
                labels.append(self._tell_key(name))
                continue
            attribute, owner = found, model
            labels.append(self._get_label(model, attribute))
            if attribute.type == "records":
                model = self.env[model]._fields[attribute.column].comodel_name
                attributes = attribute.attributes
        return attribute, owner, " › ".join(labels)

    @api.model
    def _get_label(self, model, attribute):
        field = self.env[model]._fields.get(attribute.column)
        return field._description_string(self.env) if field else attribute.name

    @api.model
    def _tell_value(self, attribute, model, value):
        if value is None or value == []:
            return ""
        field = self.env[model]._fields.get(attribute.column)
        if attribute.type == "records":
            return self._tell_record(attribute, field.comodel_name, value)
        if attribute.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if attribute.type == "choice":
            return str(dict(field._description_selection(self.env)).get(value, value))
        if attribute.type == "model":
            return self.env["ir.model"]._get_form_title(value)
        if attribute.type == "reference":
            return self._tell_key(value)
        if attribute.type == "references":
            return ", ".join(map(self._tell_key, value))
        if attribute.type == "group_names":
            return ", ".join(map(self._tell_group, value))
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, dict):
            return self._tell_key(value.get("ref") or value.get(SOURCE_LANGUAGE) or "")
        return str(value)

    @api.model
    def _tell_record(self, attribute, model, record):
        """Describe a nested record that comes or goes by its values."""
        if isinstance(record, list):
            return "; ".join(self._tell_record(attribute, model, each) for each in record)
        texts = []
        for each in attribute.attributes:
            value = record.get(each.name)
            if not value or each.name in ("sequence", "color"):
                continue
            if isinstance(value, dict) and SOURCE_LANGUAGE in value:
                value = (
                    self.env["crm.customization.codec"]._pick(value, self.env.lang)
                    or value[SOURCE_LANGUAGE]
                )
                texts.append(value)
            elif each.type == "boolean":
                texts.append(self._get_label(model, each))
            else:
                texts.append(self._tell_value(each, model, value))
        return ", ".join(texts) or identity_of(record, attribute.identity)

    @api.model
    def _tell_key(self, key):
        kind, _colon, name = str(key).partition(":")
        return name if name and kind.replace("_", "").isalpha() else str(key)

    @api.model
    def _tell_group(self, external_id):
        # sudo: what a group is called is no secret
        group = self.env.ref(external_id, raise_if_not_found=False)
        return group.sudo().display_name if group else external_id

    @api.model
    def _tell_condition(self, model, domain):
        if model in self.env:
            return self._describe_domain(model, domain)
        return str(domain) if domain else ""

    @api.model
    def _describe_value(self, field, value):
        # in packs, records are named by keys
        if isinstance(value, dict):
            return self._tell_key(value["ref"])
        if field.relational and not isinstance(value, int):
            return str(value)
        return super()._describe_value(field, value)
