from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib.basket import LIMITS, Thresholds
from .crm_product_association import PARAMETER, PERCENT

DEFAULTS = Thresholds()
NAMES = ("months", "min_baskets", "min_orders", "min_support", "min_confidence", "min_lift")


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings"]

    association_months = fields.Integer(
        "Months of Orders", config_parameter=f"{PARAMETER}months", default=DEFAULTS.months
    )
    association_min_baskets = fields.Integer(
        "Least Number of Orders",
        config_parameter=f"{PARAMETER}min_baskets",
        default=DEFAULTS.min_baskets,
    )
    association_min_orders = fields.Integer(
        "Least Number of Orders Together",
        config_parameter=f"{PARAMETER}min_orders",
        default=DEFAULTS.min_orders,
    )
    association_min_support = fields.Float(
        "Least Support (%)",
        config_parameter=f"{PARAMETER}min_support",
        default=100 * DEFAULTS.min_support,
    )
    association_min_confidence = fields.Float(
        "Least Confidence (%)",
        config_parameter=f"{PARAMETER}min_confidence",
        default=100 * DEFAULTS.min_confidence,
    )
    association_min_lift = fields.Float(
        "Least Lift", config_parameter=f"{PARAMETER}min_lift", default=DEFAULTS.min_lift
    )

    @api.constrains(*(f"association_{name}" for name in NAMES))
    def _check_association(self):
        for settings in self:
            for name in NAMES:
                field = self._fields[f"association_{name}"]
                factor = 100 if name in PERCENT else 1
                low, high = (factor * limit for limit in LIMITS[name])
                if not low <= settings[field.name] <= high:
                    raise ValidationError(
                        self.env._(
                            "%(setting)s must be between %(low)s and %(high)s.",
                            setting=field._description_string(self.env),
                            low=low,
                            high=high,
                        )
                    )

    def set_values(self):
        Association = self.env["crm.product.association"]
        before = Association._get_thresholds()
        result = super().set_values()
        if Association._get_thresholds() != before:
            # sudo: settings are for administrators, who may not start crons all the same
            self.env.ref("crm_suite.ir_cron_association_refresh").sudo()._trigger()
        return result
