from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Core moves documents by SQL. Both sides are computed anew, from all documents: the
        figures of who is merged into another belong to nobody.
        """
        Touch = self.env["crm.customer.metric.touch"]
        Touch._collect_now("partner", src_partners | dst_partner)
        self.env.cr.execute(
            SQL("DELETE FROM crm_customer_metric WHERE partner_id = ANY(%s)", src_partners.ids)
        )
        result = super()._update_foreign_keys(src_partners, dst_partner)
        Touch._collect("partner", dst_partner)
        return result
