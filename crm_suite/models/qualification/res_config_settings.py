from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_lead_score_mixin import HOT, WARM


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_score_warm = fields.Integer(string="Warm from", config_parameter=WARM, default=20)
    crm_score_hot = fields.Integer(string="Hot from", config_parameter=HOT, default=50)

    @api.constrains("crm_score_warm", "crm_score_hot")
    def _check_score_levels(self):
        if any(settings.crm_score_warm >= settings.crm_score_hot for settings in self):
            raise ValidationError(self.env._("A hot lead needs more points than a warm one."))

    def set_values(self):
        before = self.env["crm.lead"]._get_score_levels()
        result = super().set_values()
        if self.env["crm.lead"]._get_score_levels() != before:
            self.env["crm.lead"]._update_score_levels()
        return result
