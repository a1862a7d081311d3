from odoo import fields, models


class CrmSnoozeReason(models.Model):
    _name = "crm.snooze.reason"
    _description = "Snooze Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    needs_note = fields.Boolean(
        "Needs an Explanation", help="Whoever snoozes for this reason has to say more."
    )
