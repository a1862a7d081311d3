from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CrmJourneyComparison(models.TransientModel):
    """Two versions of a journey, and what is different between them."""

    _name = "crm.journey.comparison"
    _description = "Comparison of Versions"
    _rec_name = "journey_id"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    before_id = fields.Many2one(
        "crm.journey.version",
        "From Version",
        required=True,
        ondelete="cascade",
        domain="[('journey_id', '=', journey_id)]",
    )
    after_id = fields.Many2one(
        "crm.journey.version",
        "To Version",
        required=True,
        ondelete="cascade",
        domain="[('journey_id', '=', journey_id)]",
    )
    line_ids = fields.One2many(
        "crm.journey.comparison.line",
        "comparison_id",
        "Changes",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=True,
    )

    @api.depends("before_id", "after_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines = [Command.clear()]
            before, after = wizard.before_id._origin, wizard.after_id._origin
            if before and after:
                if before.journey_id != after.journey_id:
                    raise UserError(self.env._("Choose two versions of one journey."))
                lines += [
                    Command.create({"sequence": at, **values})
                    for at, values in enumerate(before._describe_changes(after))
                ]
            wizard.line_ids = lines

    def action_swap(self):
        """Look at it the other way round."""
        self.ensure_one()
        self.write({"before_id": self.after_id.id, "after_id": self.before_id.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare Versions"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
