from odoo import fields, models


class CrmInteractionOutcome(models.Model):
    """What came of an interaction: an editable list."""

    _name = "crm.interaction.outcome"
    _description = "Interaction Outcome"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", help="Leave empty to offer this outcome in all companies."
    )
