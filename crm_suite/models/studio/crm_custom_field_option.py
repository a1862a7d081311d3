from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...lib.slug import is_option_value, option_value
from .crm_custom_field_definition import MAX_LABEL, check_text, check_translations

COLORS = range(12)


class CrmCustomFieldOption(models.Model):
    """What can be chosen in a custom field.

    Its value is stored on records, so that it never changes. What should not be chosen any more is
    archived: records keep it.
    """

    _name = "crm.custom.field.option"
    _inherit = ["crm.customization.audit.mixin"]
    _description = "Option of a Custom Field"
    _order = "sequence, id"
    _audit_kind = "option"

    custom_field_id = fields.Many2one(
        "crm.custom.field", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An option that is not active stays on its records, and is not offered."
    )
    value = fields.Char(readonly=True, copy=False)
    name = fields.Char("Label", required=True, translate=True)
    color = fields.Integer()

    _value_unique = models.UniqueIndex("(custom_field_id, value)")

    @api.constrains("name", "color")
    def _check_option(self):
        for option in self:
            if not option.name.strip() or len(option.name) > MAX_LABEL:
                raise ValidationError(
                    self.env._("An option needs a label of up to %s letters.", MAX_LABEL)
                )
            if option.color not in COLORS:
                raise ValidationError(self.env._("There is no such color."))

    @api.constrains("value")
    def _check_value(self):
        for option in self:
            if not is_option_value(option.value or ""):
                raise ValidationError(
                    self.env._("“%s” cannot be the value of an option.", option.value)
                )

    @api.model_create_multi
    def create(self, vals_list):
        taken = {}
        for vals in vals_list:
            check_text(self.env, vals)
            field = self.env["crm.custom.field"].browse(vals.get("custom_field_id"))
            values = taken.setdefault(
                field, {option.value for option in field.with_context(active_test=False).option_ids}
            )
            if not vals.get("value"):
                vals["value"] = option_value(vals.get("name") or "", values)
            values.add(vals["value"])
        options = super().create(vals_list)
        options.custom_field_id._check_options()
        options.custom_field_id._sync_columns()
        return options

    def write(self, vals):
        check_text(self.env, vals)
        changed = {name for name in ("value", "custom_field_id") if name in vals}
        for option in self:
            for name in changed:
                if vals[name] != option._fields[name].convert_to_write(option[name], option):
                    raise UserError(
                        self.env._("The value of an option and its field cannot be changed.")
                    )
        result = super().write(vals)
        self.custom_field_id._check_options()
        self.custom_field_id._sync_columns()
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        translations = check_translations(self.env, translations, MAX_LABEL)
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        self._check_option()
        self.custom_field_id._sync_columns()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for option in self.filtered("custom_field_id.field_id"):
            if count := option._count_records():
                raise UserError(
                    self.env._(
                        "%(count)s records hold the option “%(option)s”. Archive it instead:"
                        " they keep it, and it is not offered any more.",
                        count=count,
                        option=option.name,
                    )
                )

    def unlink(self):
        custom_fields = self.custom_field_id
        live = self.filtered("custom_field_id.field_id")
        gone = {(option.custom_field_id.field_id.id, option.value) for option in live}
        result = super().unlink()
        if gone:
            custom_fields._unlink_column_options(gone)
        custom_fields._clear_view_caches()
        return result

    def _count_records(self):
        self.ensure_one()
        field = self.custom_field_id
        # sudo: an option that anybody's record holds is in use
        records = self.env[field.model_name].sudo().with_context(active_test=False)
        return records.search_count([(field.technical_name, "=", self.value)])

    def _get_audit_owner(self):
        return self.custom_field_id
