from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .bounds import BOUNDS, SCALES, get_bounds

HIGHEST = 100000


class ResConfigSettings(models.TransientModel):
    # each room extends a core model by itself
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    # no `config_parameter`: bounds that do not fall are not taken
    score_fit_a = fields.Integer("A From")
    score_fit_b = fields.Integer("B From")
    score_fit_c = fields.Integer("C From", help="Below: D.")
    score_engagement_1 = fields.Integer("1 From")
    score_engagement_2 = fields.Integer("2 From")
    score_engagement_3 = fields.Integer("3 From", help="Below: 4.")
    score_hot = fields.Integer("Hot From")
    score_warm = fields.Integer("Warm From", help="Below: cold.")

    @api.constrains(*BOUNDS)
    def _check_score_bounds(self):
        for settings in self:
            for scale in SCALES:
                bounds = [settings[name] for name in scale]
                if bounds != sorted(set(bounds), reverse=True) or abs(bounds[0]) > HIGHEST:
                    raise ValidationError(
                        self.env._(
                            "The points for “%(first)s”, “%(second)s” and so on have to fall.",
                            first=self._fields[scale[0]]._description_string(self.env),
                            second=self._fields[scale[1]]._description_string(self.env),
                        )
                    )

    @api.model
    def get_values(self):
        return super().get_values() | get_bounds(self.env)

    def set_values(self):
        # anybody may call this, and Odoo asks for rights on its button only
        self.check_access("write")
        before = get_bounds(self.env)
        result = super().set_values()
        after = {name: self[name] for name in BOUNDS}
        if after != before:
            # sudo: whoever may save the settings was checked
            parameters = self.env["ir.config_parameter"].sudo()
            for name, (parameter, _default) in BOUNDS.items():
                parameters.set_param(parameter, str(after[name]))
            self.env["crm.contact.score.engine"]._note_change()
        return result
