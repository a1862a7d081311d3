from odoo import api, models


class CrmConsent(models.Model):
    """Whoever refuses leaves the journeys of what he refuses."""

    _inherit = "crm.consent"

    @api.model
    def _record(self, identities, channel, state, purpose=None, **values):
        entries = super()._record(identities, channel, state, purpose, **values)
        if state in ("withdrawn", "suppressed") and not values.get("mailing_list_id"):
            self.env["crm.journey.event"]._note_refusals(identities, channel)
        return entries
