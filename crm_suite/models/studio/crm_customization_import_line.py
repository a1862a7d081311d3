import json

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

SHOWN_CHANGES = 4
UNTOLD = frozenset(["active", "color", "sequence"])  # of what is new
TOLD = ("action", "reason", "changes", "res_model", "res_id", "needs")


class CrmCustomizationImportLine(models.Model):
    """One record of a pack, and what importing it does."""

    _name = "crm.customization.import.line"
    _inherit = ["crm.record.link.mixin"]
    _description = "Line of an Import of a Customization Pack"
    _order = "sequence, id"

    import_id = fields.Many2one(
        "crm.customization.import", required=True, ondelete="cascade", index=True
    )
    state = fields.Selection(related="import_id.state")
    sequence = fields.Integer()
    kind = fields.Char("Technical Kind", required=True)
    kind_label = fields.Char("Kind", compute="_compute_kind_label")
    section = fields.Char()
    key = fields.Char("Technical Key", required=True)
    name = fields.Char(required=True)
    form = fields.Char()
    form_model = fields.Char("Record Type")
    action = fields.Selection(
        [
            ("new", "New"),
            ("changed", "Changed"),
            ("conflict", "Conflict"),
            ("obsolete", "No Longer in the Pack"),
            ("kept", "Your Own Change"),
            ("unchanged", "Unchanged"),
            ("impossible", "Not Possible"),
        ],
        "What Happens",
        required=True,
    )
    is_taken = fields.Boolean("Take")
    reason = fields.Char("Why")
    changes = fields.Json()
    needs = fields.Json()
    summary = fields.Char("Differences", compute="_compute_summary")
    details = fields.Html("All Differences", compute="_compute_summary", sanitize=False)
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    given = fields.Json(groups="base.group_system")
    before = fields.Json(groups="base.group_system")
    after = fields.Json(groups="base.group_system")
    undo_result = fields.Selection(
        [("done", "Rolled back"), ("archived", "Archived"), ("kept", "Not rolled back")],
        "After Roll Back",
    )
    undo_reason = fields.Char("Why Not Rolled Back")

    _key_index = models.Index("(key, import_id)")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_kind_label(self):
        registry = self.env["crm.customization.registry"]
        for line in self:
            line.kind_label = registry._get_kind_label(line.kind)

    @api.depends("changes", "action", "form_model")
    @api.depends_context("lang")
    def _compute_summary(self):
        words = self.env["crm.customization.words"]
        for line in self:
            changes = line.changes or []
            rows = words._describe_changes(line.kind, changes, line.form_model)
            shown = rows
            if line.action == "new":
                brief = [each for each in changes if each[0][-1] not in UNTOLD]
                shown = words._describe_changes(line.kind, brief, line.form_model)
            line.summary = words._make_summary(shown[:SHOWN_CHANGES], line.action == "new")
            if len(shown) > SHOWN_CHANGES:
                line.summary += "; …"
            line.details = line._render(rows)

    def _render(self, rows):
        if not rows:
            return False
        row = Markup(
            '<tr><th class="fw-normal text-muted">%s</th>'
            '<td dir="auto"><del class="text-danger">%s</del></td>'
            '<td dir="auto"><ins class="text-decoration-none">%s</ins></td></tr>'
        )
        heads = Markup("<thead><tr><th>%s</th><th>%s</th><th>%s</th></tr></thead>") % (
            self.env._("What"),
            self.env._("Now"),
            self.env._("After the Import"),
        )
        body = Markup().join(row % (label, old or "", new or "") for label, old, new in rows)
        return Markup('<table class="table table-sm">%s<tbody>%s</tbody></table>') % (heads, body)

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {"is_taken"}:
                raise AccessError(self.env._("Lines of an import can only be chosen."))
            if any(line.state != "draft" for line in self):
                raise AccessError(self.env._("This import was done already."))
            if vals.get("is_taken") and any(
                line.action in ("impossible", "unchanged", "kept") for line in self
            ):
                raise AccessError(self.env._("There is nothing to take in this line."))
        return super().write(vals)

    def _get_digest(self, values=None):
        """Return what the line tells, or values of a line would, in comparable form."""
        told = values or {name: self[name] for name in TOLD}
        return json.dumps([told.get(name) or None for name in TOLD], sort_keys=True)
