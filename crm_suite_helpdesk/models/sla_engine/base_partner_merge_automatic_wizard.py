from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Policies are limited to customers, who may become one."""

    _name = "base.partner.merge.automatic.wizard"
    _inherit = ["base.partner.merge.automatic.wizard"]

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # sudo: whoever merges contacts, the policies of all companies go on covering them
        policies = self.env["crm.sla.policy"].sudo().with_context(active_test=False)
        limited = policies.search([("partner_ids", "in", partner_ids)])
        res = super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)
        limited.invalidate_recordset()
        limited._revise()
        return res
