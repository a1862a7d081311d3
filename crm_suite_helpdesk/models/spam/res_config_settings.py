from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..quarantine.crm_mail_limits import LIMITS, PREFIX

LARGEST = 1_000_000


class ResConfigSettings(models.TransientModel):
    """How much mail the helpdesk takes, and how long it keeps spam."""

    _inherit = "res.config.settings"

    helpdesk_mail_size_mb = fields.Integer("Files of one e-mail (MB)")
    helpdesk_mail_files = fields.Integer("Number of files of one e-mail")
    helpdesk_ticket_files = fields.Integer("Number of files of one ticket")
    helpdesk_spam_days = fields.Integer("Days until spam is deleted")

    @api.constrains(*(f"helpdesk_{name}" for name in LIMITS))
    def _check_helpdesk_numbers(self):
        for settings in self:
            if any(not 0 <= settings[f"helpdesk_{name}"] <= LARGEST for name in LIMITS):
                raise ValidationError(
                    self.env._("Limits are numbers from 0, which is no limit, to 1,000,000.")
                )

    @api.model
    def get_values(self):
        values = super().get_values()
        Limits = self.env["crm.mail.limits"]
        for name in LIMITS:
            values[f"helpdesk_{name}"] = Limits._get_limit(name)
        return values

    def set_values(self):
        result = super().set_values()
        for name in LIMITS:
            # Odoo forgets a setting of 0, which here is a choice
            value = str(self[f"helpdesk_{name}"])
            self.env["ir.config_parameter"].set_param(PREFIX + name, value)
        return result
