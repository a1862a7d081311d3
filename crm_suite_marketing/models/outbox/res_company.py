from odoo import fields, models

from .mailing_mailing import POLICIES


class ResCompany(models.Model):
    _inherit = "res.company"

    uncertain_policy = fields.Selection(
        POLICIES,
        "Uncertain Messages",
        default="ask",
        required=True,
        help="What becomes of a message of which nobody knows whether it went.",
    )
    uncertain_hours = fields.Integer("Send Uncertain Messages Again after Hours", default=24)

    _uncertain_hours_valid = models.Constraint(
        "CHECK (uncertain_hours > 0)", "Wait at least one hour before sending again."
    )
