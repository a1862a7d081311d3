from odoo import api, models

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE, keep_missing


class ResUsers(models.Model):
    """Users have the custom fields of their contacts, and hide what these hide."""

    _name = "res.users"
    _inherit = ["res.users"]

    @api.model_create_multi
    def create(self, vals_list):
        # the form of users has no place for what a rule asks of their contacts
        return super(ResUsers, keep_missing(self)).create(vals_list).with_env(self.env)

    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        if not allfields:
            for name in self.env["crm.custom.field"]._get_hidden_names("res.partner"):
                result.pop(name, None)
        return result

    @api.model
    def signup(self, values, token=None):
        if not self.env.su:
            # the page is superuser: whoever calls this from outside is no customer who signs up
            return super().signup(values, token)
        # the page asks for name, address and password: the contact is kept and flagged
        keeper = self.with_context(crm_form_rules=KEEP_INCOMPLETE)
        return super(ResUsers, keeper).signup(values, token)
