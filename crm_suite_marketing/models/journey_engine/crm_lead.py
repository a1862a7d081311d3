from odoo import models
from odoo.tools import SQL

from .base_partner_merge_automatic_wizard import YOUNGER

OF_LEADS = "participant.model = 'crm.lead' AND participant.res_id = ANY(%s)"
# first all apart, so that no two have one number at any time
FOLLOW = """
    UPDATE crm_journey_participant AS participant
       SET res_id = %(kept)s, rotation = -id
     WHERE %(theirs)s
"""
NUMBER = """
    UPDATE crm_journey_participant AS participant
       SET rotation = passage.place
      FROM (SELECT id, row_number() OVER (PARTITION BY journey_id ORDER BY entered_at, id) AS place
              FROM crm_journey_participant
             WHERE model = 'crm.lead' AND res_id = %(kept)s) AS passage
     WHERE participant.id = passage.id
"""


class CrmLead(models.Model):
    # each room extends a core model by itself
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def _merge_dependences(self, opportunities):
        """Participants follow the lead that is kept; no lead is in a journey twice."""
        result = super()._merge_dependences(opportunities)
        theirs = SQL(OF_LEADS, (self + opportunities).ids)
        # sudo: whoever merges leads may not know journeys
        Participant = self.env["crm.journey.participant"].sudo()
        Participant._exit(SQL(YOUNGER, theirs=theirs, apart=SQL("NULL")), "merged")
        self.env.cr.execute(SQL(FOLLOW, kept=self.id, theirs=theirs))
        if self.env.cr.rowcount:
            self.env.cr.execute(SQL(NUMBER, kept=self.id))
            Participant.invalidate_model()
        return result
