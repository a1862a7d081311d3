from odoo import fields, models

from .crm_first_contact_mixin import PARAMETER


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings"]

    first_contact_hours = fields.Float(
        "First Contact of Leads without Sales Team",
        config_parameter=PARAMETER,
        help="Working hours of the company from the arrival of the lead; 0: no promise.",
    )
