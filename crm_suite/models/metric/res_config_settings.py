from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_customer_metric import ASSUMED_MARGIN, DEFAULTS, DISCOUNT


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_metric_discount_rate = fields.Float(
        string="Discount Rate (%)",
        config_parameter=DISCOUNT,
        default=DEFAULTS[DISCOUNT],
        help="What money of next year is worth less, in the projected lifetime value.",
    )
    crm_metric_assumed_margin = fields.Float(
        string="Assumed Margin (%)",
        config_parameter=ASSUMED_MARGIN,
        default=DEFAULTS[ASSUMED_MARGIN],
        help="Of products without a cost, in the lifetime value.",
    )

    @api.constrains("crm_metric_discount_rate", "crm_metric_assumed_margin")
    def _check_metric_rates(self):
        if any(
            not 0 <= rate <= 100
            for settings in self
            for rate in (settings.crm_metric_discount_rate, settings.crm_metric_assumed_margin)
        ):
            raise ValidationError(self.env._("Rates and margins are between 0 and 100 percent."))
