from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Leads of the merged contacts are found by the name of the one that stays."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: the leads of colleagues follow as well
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        leads = leads.search([("partner_id", "=", dst_partner.id)])
        self.env.add_to_compute(leads._fields["search_index"], leads)
        return result
