from odoo import api, fields, models
from odoo.exceptions import AccessError


class CrmCustomizationRollbackLine(models.TransientModel):
    """What rolling back does to one record."""

    _name = "crm.customization.rollback.line"
    _description = "Line of a Roll Back"
    _order = "sequence, id"

    rollback_id = fields.Many2one(
        "crm.customization.rollback", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer()
    line_id = fields.Many2one(
        "crm.customization.import.line", required=True, ondelete="cascade", readonly=True
    )
    name = fields.Char(related="line_id.name")
    kind_label = fields.Char(related="line_id.kind_label")
    form = fields.Char(related="line_id.form")
    what = fields.Selection(
        [
            ("restore", "Restored"),
            ("remove", "Removed"),
            ("again", "Made Again"),
            ("keep", "Stays"),
        ],
        "What Happens",
        readonly=True,
    )
    is_taken = fields.Boolean("Take")
    reason = fields.Char("Please Note", readonly=True)
    changes = fields.Json(readonly=True)
    summary = fields.Char("Differences", compute="_compute_summary")

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_summary(self):
        words = self.env["crm.customization.words"]
        for line in self:
            rows = words._describe_changes(
                line.line_id.kind, line.changes or [], line.line_id.form_model
            )
            line.summary = words._make_summary(rows)

    def write(self, vals):
        if not self.env.su and set(vals) - {"is_taken"}:
            raise AccessError(self.env._("Lines of a roll back can only be chosen."))
        return super().write(vals)
