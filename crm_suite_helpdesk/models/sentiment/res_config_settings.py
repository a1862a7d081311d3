from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticket_sentiment = fields.Boolean(related="company_id.ticket_sentiment", readonly=False)
