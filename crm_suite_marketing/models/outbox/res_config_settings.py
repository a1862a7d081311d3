from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    uncertain_policy = fields.Selection(related="company_id.uncertain_policy", readonly=False)
    uncertain_hours = fields.Integer(related="company_id.uncertain_hours", readonly=False)
