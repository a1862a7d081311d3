from odoo import fields, models


class CrmLifecycleStage(models.Model):
    """A stage of the relation with a customer, from subscriber to advocate."""

    _name = "crm.lifecycle.stage"
    _description = "Lifecycle Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
