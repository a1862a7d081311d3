from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Who brought the customer is kept, unless the merge makes him bring himself."""
        # sudo: what is merged is merged as a whole
        sources, target = src_partners.sudo(), dst_partner.sudo()
        customer = target.commercial_partner_id
        referrer = customer.referred_by_id or sources.referred_by_id[:1]
        sources.referred_by_id = False
        customer.referred_by_id = False
        if referrer in sources:
            referrer = target
        self.env.flush_all()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        customer.invalidate_recordset()
        if referrer:
            customer._take_referrer(referrer)
        return result
