from odoo import models
from odoo.tools import SQL

# One person has one score: that of the contact that stays, until it is made anew
FORGET = (
    "DELETE FROM crm_contact_score WHERE partner_id = ANY(%(gone)s)",
    "DELETE FROM crm_contact_score_entry WHERE partner_id = ANY(%(gone)s)",
)
# What was done for one of them was done for the person: the oldest stays open
CLOSE = """
    UPDATE crm_contact_score_hit
       SET left_at = %(now)s
     WHERE id IN (
           SELECT id
             FROM (SELECT id, row_number() OVER (
                                  PARTITION BY threshold_id ORDER BY date, id) AS place
                     FROM crm_contact_score_hit
                    WHERE partner_id = ANY(%(all)s) AND left_at IS NULL) AS open
            WHERE place > 1)
"""
# The highest of the scores of a day
KEEP_ONE = """
    DELETE FROM crm_contact_score_snapshot
     WHERE id IN (
           SELECT id
             FROM (SELECT id, row_number() OVER (
                                  PARTITION BY date ORDER BY total DESC, id) AS place
                     FROM crm_contact_score_snapshot
                    WHERE partner_id = ANY(%(all)s)) AS taken
            WHERE place > 1)
"""


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """The contact that stays has what all of them did: it is scored anew soon."""
        self.env.flush_all()
        values = {
            "gone": src_partners.ids,
            "all": (src_partners + dst_partner).ids,
            "now": self.env.cr.now().replace(microsecond=0),
        }
        for statement in (*FORGET, CLOSE, KEEP_ONE):
            self.env.cr.execute(SQL(statement, **values))
        # the core method forgets what is cached
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["crm.contact.score.queue"]._collect("partner", dst_partner.ids)
        return result
