from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bot_click_seconds = fields.Integer(related="company_id.bot_click_seconds", readonly=False)
    bot_burst_links = fields.Integer(related="company_id.bot_burst_links", readonly=False)
    bot_burst_seconds = fields.Integer(related="company_id.bot_burst_seconds", readonly=False)
    engagement_count_bots = fields.Boolean(
        related="company_id.engagement_count_bots", readonly=False
    )
    engagement_trap_link = fields.Boolean(related="company_id.engagement_trap_link", readonly=False)
    soft_bounce_limit = fields.Integer(related="company_id.soft_bounce_limit", readonly=False)
    soft_bounce_weeks = fields.Integer(related="company_id.soft_bounce_weeks", readonly=False)
