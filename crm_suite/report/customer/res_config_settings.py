from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_customer_flow_report import LOST_AFTER_MONTHS, LOST_AFTER_PARAMETER, MOST_MONTHS


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings"]

    customer_lost_after_months = fields.Integer(
        string="Customers Are Lost after (Months)",
        default=LOST_AFTER_MONTHS,
        config_parameter=LOST_AFTER_PARAMETER,
        help="Months without an order after which reports count a customer as lost.",
    )

    @api.constrains("customer_lost_after_months")
    def _check_customer_lost_after_months(self):
        for settings in self:
            if not 1 <= settings.customer_lost_after_months <= MOST_MONTHS:
                raise ValidationError(
                    self.env._(
                        "A customer is lost after 1 to %(months)s months without an order.",
                        months=MOST_MONTHS,
                    )
                )
