from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_attribution import CALLS, DAYS, HALF_LIFE, MODEL, MODEL_LABELS, OPENS, WINDOW

NUMBERS = {"crm_attribution_window": WINDOW, "crm_attribution_half_life": HALF_LIFE}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # no `config_parameter`: what cannot be a number of days is not taken
    crm_attribution_window = fields.Integer(
        string="Attribution Window (Days)",
        help="Touches count that happened at most so many days before the lead or the order.",
    )
    crm_attribution_half_life = fields.Integer(
        string="Half-Life (Days)",
        help="For the model Time Decay: a touch that lies so many days before another one gets "
        "half of its credit.",
    )
    crm_attribution_model = fields.Selection(
        MODEL_LABELS,
        string="Attribution Model",
        help="Of the figures that show one model only. Reports can choose another one.",
    )
    crm_attribution_opens = fields.Boolean(
        string="Opens Count as Touches",
        help="A mailing that was opened, and neither clicked nor answered. Mail programs open many "
        "mails by themselves, so clicks and replies say more; these always count.",
    )
    crm_attribution_calls = fields.Boolean(
        string="Phone Calls Count as Touches",
        help="A call of a campaign counts from when it was made: the activity is done. Calls that "
        "nobody has made never count.",
    )

    @api.constrains(*NUMBERS)
    def _check_attribution_days(self):
        for name, parameter in NUMBERS.items():
            _default, least, most = DAYS[parameter]
            if any(not least <= settings[name] <= most for settings in self):
                raise ValidationError(
                    self.env._(
                        "%(setting)s: between %(least)s and %(most)s.",
                        setting=self._fields[name]._description_string(self.env),
                        least=least,
                        most=most,
                    )
                )

    @api.model
    def get_values(self):
        values = super().get_values()
        Attribution = self.env["crm.attribution"]
        for name, parameter in NUMBERS.items():
            values[name] = Attribution._get_days(parameter)
        values["crm_attribution_model"] = Attribution._get_model()
        values["crm_attribution_opens"] = Attribution._counts_opens()
        values["crm_attribution_calls"] = Attribution._counts_calls()
        return values

    def set_values(self):
        # anybody may call this, and Odoo asks for rights on its button only
        self.check_access("write")
        before = self._get_attribution_rules()
        result = super().set_values()
        # sudo: whoever may save the settings was checked
        parameters = self.env["ir.config_parameter"].sudo()
        for name, parameter in NUMBERS.items():
            parameters.set_param(parameter, str(self[name]))
        parameters.set_param(MODEL, self.crm_attribution_model or "last")
        parameters.set_param(OPENS, str(self.crm_attribution_opens))
        parameters.set_param(CALLS, str(self.crm_attribution_calls))
        if self._get_attribution_rules() != before:
            # sudo: the scheduled job computes everything by the new rules
            self.env.ref("crm_suite_marketing.ir_cron_rebuild_attribution").sudo()._trigger()
        return result

    def _get_attribution_rules(self):
        Attribution = self.env["crm.attribution"]
        return (
            Attribution._counts_opens(),
            Attribution._counts_calls(),
            *(Attribution._get_days(each) for each in DAYS),
        )
