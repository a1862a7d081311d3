from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib


class CrmConsent(models.Model):
    """Whoever refuses leaves the journeys of what he refuses."""

    _inherit = "crm.consent"

    @api.model
    def _record(self, identities, channel, state, purpose=None, **values):
        entries = super()._record(identities, channel, state, purpose, **values)
        if state in ("withdrawn", "suppressed") and not values.get("mailing_list_id"):
            self.env["crm.journey.event"]._note_refusals(identities, channel)
        return entries

    @api.model
    def _erase(self, identity, channel, reason):
        """What was noted of a person is forgotten: he has left his journeys already."""
        result = super()._erase(identity, channel, reason)
        writings = lib.get_writings(identity) if channel == "email" else [identity]
        self.env["crm.journey.event"].flush_model()
        self.env.cr.execute(SQL("DELETE FROM crm_journey_event WHERE address = ANY(%s)", writings))
        self.env["crm.journey.event"].invalidate_model()
        return result
