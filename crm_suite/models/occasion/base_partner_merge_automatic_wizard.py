from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """What happened to several names of one customer on one day happened once."""
        self.env["crm.occasion"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_occasion
                 WHERE id IN (
                       SELECT id
                         FROM (SELECT id, row_number() OVER (
                                              PARTITION BY rule_id, COALESCE(company_id, 0), date
                                              ORDER BY state = 'pending', id
                                          ) AS place
                                 FROM crm_occasion
                                WHERE partner_id IN %s
                              ) AS told
                        WHERE place > 1
                       )
                """,
                tuple((src_partners + dst_partner).ids),
            )
        )
        # the core method forgets what is cached
        return super()._update_foreign_keys(src_partners, dst_partner)
