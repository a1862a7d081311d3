from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _find_passages(self, identity, channel):
        """Return the ids of the participants that are a person: by his address, or his contacts."""
        column = "email_normalized" if channel == "email" else "phone_sanitized"
        writings = lib.get_writings(identity) if channel == "email" else [identity]
        self.env["res.partner"].flush_model([column])
        rows = self.env.execute_query(
            SQL(
                """SELECT participant.id FROM crm_journey_participant AS participant
                     JOIN res_partner AS partner ON partner.id = participant.partner_id
                    WHERE partner.%s = ANY(%s)
                    UNION
                   SELECT id FROM crm_journey_participant
                    WHERE state = 'running' AND identity_key = %s
                      AND journey_id IN (SELECT id FROM crm_journey)
                    UNION
                   SELECT id FROM crm_journey_participant
                    WHERE state != 'running' AND identity_key = %s
                      AND journey_id IN (SELECT id FROM crm_journey)""",
                SQL.identifier(column),
                writings,
                self._hash(identity, channel),
                self._hash(identity, channel),
            )
        )
        return [id_ for [id_] in rows]

    @api.model
    def _erase(self, identity, channel, reason):
        """Whoever is erased leaves his journeys. That he was in them stays, not what for."""
        found = self._find_passages(identity, channel)
        Participant = self.env["crm.journey.participant"]
        Participant._exit(found, "erased")
        self.env.cr.execute(
            SQL("UPDATE crm_journey_participant SET entry = NULL WHERE id = ANY(%s)", found)
        )
        self.env.cr.execute(
            SQL("UPDATE crm_journey_step SET detail = NULL WHERE participant_id = ANY(%s)", found)
        )
        Participant.invalidate_model()
        self.env["crm.journey.step"].invalidate_model()
        return super()._erase(identity, channel, reason)
