from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """The messages of the merged contacts belong to the customer of the one that stays."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["crm.timeline.message"].sudo()._follow_contacts(dst_partner)  # only code calls it
        return result
