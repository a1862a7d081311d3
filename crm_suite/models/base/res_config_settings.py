from odoo import api, fields, models
from odoo.exceptions import ValidationError

DELAYS = {
    "crm_untouched_days": "crm_suite.automation_lead_untouched",
    "crm_unanswered_days": "crm_suite.automation_quotation_unanswered",
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_customization_enabled = fields.Boolean(
        string="Customization",
        help="Switch off to get every form as Odoo delivers it. Nothing is lost.",
    )
    crm_untouched_days = fields.Integer(string="Days until an untouched lead is reminded")
    crm_unanswered_days = fields.Integer(string="Days until an unanswered quotation is called")

    @api.constrains(*DELAYS)
    def _check_delays(self):
        if any(settings[name] < 0 for settings in self for name in DELAYS):
            raise ValidationError(self.env._("A number of days cannot be negative."))

    @api.model
    def get_values(self):
        values = super().get_values()
        values["crm_customization_enabled"] = self.env["crm.form.rule"]._is_enabled()
        for name in DELAYS:
            values[name] = self._get_delay_automation(name).trg_date_range
        return values

    def set_values(self):
        result = super().set_values()
        self.env["crm.customization.switch"]._set_enabled(self.crm_customization_enabled)
        for name in DELAYS:
            automation = self._get_delay_automation(name)
            if automation and automation.trg_date_range != self[name]:
                automation.trg_date_range = self[name]
        return result

    @api.model
    def _get_delay_automation(self, name):
        """Return the automation rule whose delay a setting shows, if it still counts in days."""
        rule = self.env.ref(DELAYS[name], raise_if_not_found=False)
        rule = rule or self.env["base.automation"]
        # sudo: whoever may open the settings sees the delays; `set_values` is for administrators
        return rule.sudo().filtered(lambda rule: rule.trg_date_range_type == "day")
