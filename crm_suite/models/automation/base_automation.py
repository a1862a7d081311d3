from odoo import api, fields, models

from odoo.addons.base_automation.models.base_automation import TIME_TRIGGERS

CRM_MODELS = {"sale.order", "account.move", "res.partner"}


class BaseAutomation(models.Model):
    """Rules on records of the CRM begin with what happens from now on.

    Core lets a rule that waits for time to pass catch up: one that is new, copied or switched on
    after a year would act on all the records of that year at once, and mail all their customers.
    """

    _inherit = "base.automation"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.filtered(lambda rule: rule.active and not rule.last_run)._begin_now()
        return rules

    def write(self, vals):
        asleep = self.filtered(lambda rule: not rule.active) if vals.get("active") else self[:0]
        result = super().write(vals)
        asleep._begin_now()
        return result

    def _begin_now(self):
        rules = self.filtered(
            lambda rule: (
                rule.trigger in TIME_TRIGGERS
                and (rule.model_name in CRM_MODELS or rule.model_name.startswith("crm."))
            )
        )
        if rules:
            rules.write({"last_run": fields.Datetime.now()})
