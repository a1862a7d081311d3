from odoo import fields, models


class CrmJourneyComparisonLine(models.TransientModel):
    _name = "crm.journey.comparison.line"
    _description = "Change between Versions"
    _order = "sequence, id"

    comparison_id = fields.Many2one(
        "crm.journey.comparison", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    change = fields.Selection(
        [("added", "Added"), ("removed", "Removed"), ("changed", "Changed")],
        required=True,
        readonly=True,
    )
    step = fields.Char(readonly=True)
    what = fields.Char("Setting", readonly=True)
    before = fields.Char("Was", readonly=True)
    after = fields.Char("Is Now", readonly=True)
