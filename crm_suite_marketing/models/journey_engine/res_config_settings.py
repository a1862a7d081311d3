from odoo import fields, models

from .crm_journey import MONTHS


class ResConfigSettings(models.TransientModel):
    # each room extends a model by itself
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    journey_months = fields.Integer(
        "Months That Steps of Journeys Are Kept",
        config_parameter="crm_suite_marketing.journey_months",
        default=MONTHS,
        help="Counted from the end of a passage. 0: they are kept for ever.",
    )
