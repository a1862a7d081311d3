from odoo import api, models

from ..mixins.crm_rule_enforcement_mixin import keep_missing


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    @api.model_create_multi
    def create(self, vals_list):
        # the form of companies has no place for what a rule asks of their contacts
        return super(ResCompany, keep_missing(self)).create(vals_list).with_env(self.env)
