from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_customer_metric import ASSUMED_MARGIN, DISCOUNT

RATES = {
    "crm_metric_discount_rate": DISCOUNT,
    "crm_metric_assumed_margin": ASSUMED_MARGIN,
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # no `config_parameter`: it would forget a rate of zero
    crm_metric_discount_rate = fields.Float(
        string="Discount Rate (%)",
        help="What money of next year is worth less, in the projected lifetime value.",
    )
    crm_metric_assumed_margin = fields.Float(
        string="Assumed Margin (%)",
        help="Of products without a cost, in the lifetime value.",
    )

    @api.constrains(*RATES)
    def _check_metric_rates(self):
        if any(not 0 <= settings[name] <= 100 for settings in self for name in RATES):
            raise ValidationError(self.env._("Rates and margins are between 0 and 100 percent."))

    @api.model
    def get_values(self):
        values = super().get_values()
        for name, parameter in RATES.items():
            values[name] = 100 * self.env["crm.customer.metric"]._get_rate(parameter)
        return values

    def set_values(self):
        result = super().set_values()
        # sudo: whoever may save the settings; `super` has checked it
        parameters = self.env["ir.config_parameter"].sudo()
        for name, parameter in RATES.items():
            parameters.set_param(parameter, repr(self[name]))
        return result
