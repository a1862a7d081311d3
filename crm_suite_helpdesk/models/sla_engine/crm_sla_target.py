from odoo import api, models

from .crm_sla_policy import SAVING


class CrmSlaTarget(models.Model):
    """A change of a target is a change of its policy."""

    _name = "crm.sla.target"
    _inherit = ["crm.sla.target"]

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._revise_policies()
        return targets

    def write(self, vals):
        before = self.policy_id
        res = super().write(vals)
        self._revise_policies(before)
        return res

    def unlink(self):
        policies = self.policy_id
        res = super().unlink()
        self._revise_policies(policies)
        return res

    def _revise_policies(self, policies=None):
        if self.env.context.get("crm_sla_policy") is SAVING:
            return
        policies = (policies or self.env["crm.sla.policy"]) | self.exists().policy_id
        # Its targets may be read already, without this one
        policies.invalidate_recordset(["target_ids"])
        policies._revise()
