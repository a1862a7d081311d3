from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    # each room extends a model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def unlink(self):
        """Who is deleted leaves his journeys; the passages stay, of nobody."""
        ids = self.ids
        result = super().unlink()
        Participant = self.env["crm.journey.participant"]
        theirs = SQL(
            """SELECT id FROM crm_journey_participant
                WHERE model = 'res.partner' AND res_id = ANY(%s) AND state = 'running'""",
            ids,
        )
        Participant._exit(theirs, "gone")
        self.env.cr.execute(
            SQL(
                "UPDATE crm_journey_participant SET partner_id = NULL WHERE partner_id = ANY(%s)",
                ids,
            )
        )
        Participant.invalidate_model()
        return result
