from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """The moves go along; of the stages the furthest is kept."""
        # sudo: the history is merged as a whole; the right to merge was checked
        target = dst_partner.sudo().commercial_partner_id
        target._take_over_lifecycle(src_partners.sudo())
        return super()._update_foreign_keys(src_partners, dst_partner)
