from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    reminders_prepared_at = fields.Datetime(
        string="Payment Reminders Prepared",
        readonly=True,
        help="When the reminders to check were last brought up to date. Two runs at once"
        " meet at this field.",
    )
