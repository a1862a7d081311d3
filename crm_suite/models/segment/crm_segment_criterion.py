from odoo import fields, models


class CrmSegmentCriterion(models.Model):
    """An RFM cell or a value tier, to be chosen in a segment.

    The values are those of the fields `rfm_cell` and `value_tier` of `crm.customer.metric`.
    """

    _name = "crm.segment.criterion"
    _description = "Customer Value Class"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    kind = fields.Selection([("cell", "RFM Cell"), ("tier", "Value Tier")], required=True)
    value = fields.Char(required=True)

    _kind_value_uniq = models.UniqueIndex("(kind, value)")
