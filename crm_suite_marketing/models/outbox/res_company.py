from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .mailing_mailing import POLICIES

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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

    quiet_hours = fields.Boolean(help="Mailings do not go at night, where the recipient is.")
    quiet_from = fields.Float("Quiet from", default=21.0)
    quiet_until = fields.Float("Quiet until", default=8.0)
    send_on_monday = fields.Boolean("Monday", default=True)
    send_on_tuesday = fields.Boolean("Tuesday", default=True)
    send_on_wednesday = fields.Boolean("Wednesday", default=True)
    send_on_thursday = fields.Boolean("Thursday", default=True)
    send_on_friday = fields.Boolean("Friday", default=True)
    send_on_saturday = fields.Boolean("Saturday", default=True)
    send_on_sunday = fields.Boolean("Sunday", default=True)
    cap_messages = fields.Integer(
        "Most Messages",
        help="A person gets no more than these in the days, by whichever channel; what he gets on "
        "occasions counts, too. 0: no limit.",
    )
    cap_days = fields.Integer("Days of the Limit", default=7)
    cap_patience = fields.Integer(
        "Days to Wait", default=14, help="Whoever cannot get it by then is left out."
    )

    _quiet_hours_valid = models.Constraint(
        "CHECK (quiet_from >= 0 AND quiet_from < 24 AND quiet_until >= 0 AND quiet_until < 24)",
        "Quiet hours are between 0:00 and 23:59.",
    )
    _cap_valid = models.Constraint(
        "CHECK (cap_messages >= 0 AND cap_days > 0 AND cap_patience > 0)",
        "A limit of messages needs days.",
    )

    @api.constrains("quiet_from", "quiet_until", "quiet_hours")
    def _check_quiet_hours(self):
        for company in self:
            if company.quiet_hours and company.quiet_from == company.quiet_until:
                raise ValidationError(company.env._("Quiet hours must end at another time."))

    @api.constrains(*(f"send_on_{day}" for day in DAYS))
    def _check_sending_days(self):
        for company in self:
            if not company._get_sending_days():
                raise ValidationError(company.env._("Mailings must go on one day at least."))

    def _get_sending_days(self):
        """:return: list of days of the week on which mailings go, 1 for Monday to 7 for Sunday"""
        self.ensure_one()
        return [number for number, day in enumerate(DAYS, 1) if self[f"send_on_{day}"]]
