import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..mixins.crm_customization_audit_mixin import CUSTOMIZATION_KINDS, SOURCE_LANGUAGE
from ..mixins.crm_form_title_mixin import TITLES


class CrmCustomizationChange(models.Model):
    """Who changed what of the customization, and when. Entries are added, never changed."""

    _name = "crm.customization.change"
    _inherit = ["crm.form.title.mixin"]
    _description = "Change of the Customization"
    _order = "date desc, id desc"

    date = fields.Datetime(default=fields.Datetime.now, required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        "Changed By",
        default=lambda self: self.env.uid,
        readonly=True,
        ondelete="set null",
    )
    action = fields.Selection(
        [("create", "Added"), ("write", "Changed"), ("unlink", "Deleted")],
        "What Happened",
        required=True,
        readonly=True,
    )
    kind = fields.Selection(CUSTOMIZATION_KINDS, readonly=True)
    name = fields.Char(readonly=True, translate=True)
    model_id = fields.Many2one(
        "ir.model", "Form", readonly=True, ondelete="set null", context=TITLES
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    res_model = fields.Char("Record Type", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    owner_model = fields.Char("Belongs to Record Type", readonly=True)
    owner_id = fields.Many2oneReference(
        "Belongs to", model_field="owner_model", readonly=True, index=True
    )
    # text and not JSON: it is searched
    details = fields.Text("Changed Values", readonly=True)
    summary = fields.Text("Changes", compute="_compute_summary", search="_search_summary")

    @api.depends("details")
    @api.depends_context("lang")
    def _compute_summary(self):
        for change in self:
            lines = json.loads(change.details or "[]")
            change.summary = "\n".join(change._get_sentence(line) for line in lines)

    def _search_summary(self, operator, value):
        return [("details", operator, value)]

    @api.model_create_multi
    def create(self, vals_list):
        """Write changes down; `name` may be a dict of texts by language."""
        names = []
        for values in vals_list:
            details = values.get("details")
            if not isinstance(details, str):
                values["details"] = json.dumps(details or [], ensure_ascii=False)
            names.append(values.get("name"))
            values["name"] = self._pick_text(names[-1], SOURCE_LANGUAGE)
        changes = super(CrmCustomizationChange, self.with_context(lang=SOURCE_LANGUAGE)).create(
            vals_list
        )
        changes._translate_names(names)
        return changes.with_env(self.env)

    def _translate_names(self, names):
        """Give entries the names that they have in other languages, in one statement."""
        several = [
            (change.id, json.dumps(texts))
            for change, texts in zip(self, names, strict=True)
            if isinstance(texts, dict)
        ]
        if not several:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_customization_change entry
                   SET name = COALESCE(entry.name, '{}') || known.name::jsonb
                  FROM unnest(%s, %s) AS known(id, name)
                 WHERE entry.id = known.id
                """,
                [change_id for change_id, _texts in several],
                [texts for _change_id, texts in several],
            )
        )
        self.invalidate_recordset(["name"])

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The history of the customization cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of the customization cannot be deleted."))

    def _get_sentence(self, line):
        """Return one changed value in the language of the reader: label, old value, new value."""
        model = self.env.get(self.res_model)
        field = model._fields.get(line["field"]) if model is not None else None
        label = line["field"]
        if field:
            label = field._description_string(self.env) or label
        language = line.get("lang")
        if language and language != (self.env.lang or SOURCE_LANGUAGE):
            languages = dict(self.env["res.lang"].get_installed())
            label = f"{label} ({languages.get(language, language)})"
        return self.env._(
            "%(label)s: %(old)s → %(new)s",
            label=label,
            old=self._get_word(field, line["old"]),
            new=self._get_word(field, line["new"]),
        )

    @api.model
    def _get_languages(self):
        """Return the languages in which the history is kept: who reads it may speak another one
        than who made it.
        """
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return list(dict.fromkeys([SOURCE_LANGUAGE, *codes]))

    @api.model
    def _tell_in_languages(self, tell):
        """Return what a function says of an environment, by language."""
        return {lang: tell(self.with_context(lang=lang).env) for lang in self._get_languages()}

    @api.model
    def _pick_text(self, text, language):
        """Return what is read in a language of a text that may be kept in several."""
        if isinstance(text, dict):
            known = text.get(language) or text.get(SOURCE_LANGUAGE)
            return known or next(iter(text.values()), "")
        return text

    def _get_word(self, field, value):
        value = self._pick_text(value, self.env.lang or SOURCE_LANGUAGE)
        if field and field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field and field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, value)
        return "–" if value in ("", False, None) else str(value)

    def action_open_record(self):
        """Open what was changed, if it still exists."""
        self.ensure_one()
        model = self.env.get(self.owner_model)
        record = model.browse(self.owner_id).exists() if model is not None else None
        if not record:
            raise UserError(self.env._("“%(name)s” no longer exists.", name=self.name))
        return record.get_formview_action()
