from odoo import api, fields, models
from odoo.exceptions import AccessError


class CrmCustomizationExportLine(models.TransientModel):
    """A record that can be part of a pack."""

    _name = "crm.customization.export.line"
    _description = "Record for a Customization Pack"
    _order = "sequence, id"

    export_id = fields.Many2one(
        "crm.customization.export", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer()
    section = fields.Char()
    kind = fields.Char("Technical Kind", required=True)
    kind_label = fields.Char("Kind", compute="_compute_kind_label")
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    name = fields.Char()
    form = fields.Char()
    reason = fields.Char("Not Possible Because")
    is_taken = fields.Boolean("Take")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_kind_label(self):
        registry = self.env["crm.customization.registry"]
        for line in self:
            line.kind_label = registry._get_kind_label(line.kind)

    def write(self, vals):
        if not self.env.su and set(vals) - {"is_taken"}:
            raise AccessError(self.env._("Lines of an export can only be chosen."))
        return super().write(vals)
