from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    # each room extends a core model by itself
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    breaker_error_percent = fields.Float(related="company_id.breaker_error_percent", readonly=False)
    breaker_least_errors = fields.Integer(related="company_id.breaker_least_errors", readonly=False)
    breaker_unreached_minutes = fields.Integer(
        related="company_id.breaker_unreached_minutes", readonly=False
    )
    breaker_bounce_percent = fields.Float(
        related="company_id.breaker_bounce_percent", readonly=False
    )
    breaker_complaint_percent = fields.Float(
        related="company_id.breaker_complaint_percent", readonly=False
    )
    breaker_least_sent = fields.Integer(related="company_id.breaker_least_sent", readonly=False)
