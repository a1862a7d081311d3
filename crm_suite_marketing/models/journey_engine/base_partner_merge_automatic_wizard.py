from odoo import models
from odoo.tools import SQL

# The same person, by his record or by a record of his
OF_CONTACTS = """
    (participant.partner_id = ANY(%(all)s)
     OR participant.model = 'res.partner' AND participant.res_id = ANY(%(all)s))
"""
# Of several passages that are one from now on the first goes on; documents stay apart
YOUNGER = """
    SELECT id
      FROM (SELECT participant.id,
                   row_number() OVER (PARTITION BY participant.journey_id,
                                                   %(apart)s
                                      ORDER BY participant.entered_at, participant.id) AS place
              FROM crm_journey_participant AS participant
             WHERE participant.state = 'running' AND %(theirs)s) AS passage
     WHERE place > 1
"""
# Of the exclusive journeys of one person the one that goes first has him
WEAKER = """
    SELECT id
      FROM (SELECT participant.id,
                   row_number() OVER (ORDER BY journey.sequence, participant.entered_at,
                                               participant.id) AS place
              FROM crm_journey_participant AS participant
              JOIN crm_journey AS journey ON journey.id = participant.journey_id
             WHERE participant.state = 'running' AND journey.is_exclusive AND %(theirs)s
           ) AS passage
     WHERE place > 1
"""
APART = SQL("CASE WHEN participant.identity_key IS NULL THEN participant.id END")
# first all apart, so that no two have one number at any time
FOLLOW = """
    UPDATE crm_journey_participant AS participant
       SET partner_id = %(kept)s, identity_key = CASE WHEN identity_key IS NOT NULL
                               THEN 'partner:' || %(kept)s END,
           res_id = CASE WHEN model = 'res.partner' THEN %(kept)s ELSE res_id END,
           rotation = CASE WHEN model = 'res.partner' THEN -id ELSE rotation END
     WHERE %(theirs)s
"""
NUMBER = """
    UPDATE crm_journey_participant AS participant
       SET rotation = passage.place
      FROM (SELECT id, row_number() OVER (PARTITION BY journey_id ORDER BY entered_at, id) AS place
              FROM crm_journey_participant
             WHERE model = 'res.partner' AND res_id = %(kept)s) AS passage
     WHERE participant.id = passage.id
"""


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Participants follow the contact that is kept; nobody is in a journey twice."""
        Participant = self.env["crm.journey.participant"]
        theirs = SQL(OF_CONTACTS, all=(src_partners + dst_partner).ids)
        # sudo: whoever merges contacts may not know journeys
        Participant.sudo()._exit(SQL(YOUNGER, theirs=theirs, apart=APART), "merged")
        Participant.sudo()._exit(SQL(WEAKER, theirs=theirs), "priority")
        self.env.cr.execute(SQL(FOLLOW, kept=dst_partner.id, theirs=theirs))
        if self.env.cr.rowcount:
            self.env.cr.execute(SQL(NUMBER, kept=dst_partner.id))
            Participant.invalidate_model()
        return super()._update_foreign_keys(src_partners, dst_partner)
