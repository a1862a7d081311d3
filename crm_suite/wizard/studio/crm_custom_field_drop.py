import base64

from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmCustomFieldDrop(models.TransientModel):
    """The way out for a custom field: its values are handed out, its name is typed."""

    _name = "crm.custom.field.drop"
    _description = "Drop a Custom Field"

    custom_field_id = fields.Many2one("crm.custom.field", required=True, ondelete="cascade")
    technical_name = fields.Char(related="custom_field_id.technical_name")
    file = fields.Binary("Values", readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)
    count = fields.Integer("Number of Values", readonly=True)
    is_saved = fields.Boolean("I have saved the file with the values")
    typed_name = fields.Char("Technical name, to confirm")
    usage_ids = fields.Many2many("crm.custom.field.usage", string="Where It Is Used", readonly=True)
    is_used = fields.Boolean(compute="_compute_is_used")

    @api.depends("usage_ids.is_deleted")
    def _compute_is_used(self):
        for dialog in self:
            dialog.is_used = not all(dialog.usage_ids.mapped("is_deleted"))

    @api.model_create_multi
    def create(self, vals_list):
        # the file is ours, and so is what is found
        kept = {"custom_field_id", "is_saved", "typed_name"}
        return super().create(
            [
                {name: vals[name] for name in kept & vals.keys()}
                | self._prepare_found(vals.get("custom_field_id"))
                for vals in vals_list
            ]
        )

    def write(self, vals):
        kept = {"is_saved", "typed_name"}
        return super().write({name: vals[name] for name in kept & vals.keys()})

    @api.model
    def _prepare_found(self, field_id):
        field = self.env["crm.custom.field"].browse(field_id).exists()
        if not field:
            return {}
        field._check_configurator()
        field._check_state("archived")
        name, content, count = field._export_values()
        return {
            "file": base64.b64encode(content),
            "file_name": name,
            "count": count,
            "usage_ids": self.env["crm.custom.field.usage"]._list(field).ids,
        }

    def action_drop(self):
        """Drop the field, when its name was typed and its values were handed out."""
        self.ensure_one()
        field = self.custom_field_id
        field._check_configurator()
        if (self.typed_name or "").strip() != field.technical_name:
            raise UserError(
                self.env._("Type “%s” to drop the field with all its values.", field.technical_name)
            )
        if self.count and not self.is_saved:
            raise UserError(self.env._("Save the file with the values first."))
        _name, content, _count = field._export_values()
        if base64.b64encode(content) != self.with_context(bin_size=False).file:
            raise UserError(
                self.env._("Values were changed since the file was made. Open this dialog again.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_custom_field_action")
        field._drop()
        return {**action, "target": "main"}
