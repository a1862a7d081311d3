from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Of several memberships in one segment the longest stays: nobody is a member twice."""
        self.env["crm.segment.member"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_segment_member
                 WHERE id IN (
                       SELECT id
                         FROM (SELECT id, row_number() OVER (
                                              PARTITION BY segment_id ORDER BY entered_at, id
                                          ) AS place
                                 FROM crm_segment_member
                                WHERE partner_id IN %s AND left_at IS NULL
                              ) AS membership
                        WHERE place > 1
                       )
                """,
                tuple((src_partners + dst_partner).ids),
            )
        )
        # the core method forgets what is cached
        return super()._update_foreign_keys(src_partners, dst_partner)
