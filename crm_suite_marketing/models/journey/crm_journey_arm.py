import secrets

from odoo import fields, models


class CrmJourneyArm(models.Model):
    """One of the ways of a random split or an A/B test."""

    _name = "crm.journey.arm"
    _description = "Arm of a Split"
    _order = "node_id, sequence, id"

    node_id = fields.Many2one("crm.journey.node", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    port = fields.Char(
        required=True,
        default=lambda self: secrets.token_hex(3),
        help="Key of the way out; stays from version to version.",
    )
    name = fields.Char(required=True, translate=True)
    weight = fields.Integer("Share", required=True, default=50)

    _port_uniq = models.UniqueIndex("(node_id, port)", "Two arms have the same key.")
    _weight_positive = models.Constraint("CHECK (weight >= 0)", "A share is not negative.")
