from odoo import fields, models


class CrmDisputeReason(models.Model):
    """Why customers refuse to pay an invoice."""

    _name = "crm.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _unique_name = models.UniqueIndex("(name)", "There is a dispute reason of this name already.")
