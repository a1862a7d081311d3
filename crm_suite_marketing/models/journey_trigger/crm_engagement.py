from odoo import models


class CrmEngagement(models.Model):
    """What people do with messages and pages is what journeys wait for."""

    _inherit = "crm.engagement"

    # visits and forms belong to no mailing
    _page_idx = models.Index("(kind, ts) WHERE kind IN ('form', 'visit')")

    def _settle(self, events):
        result = super()._settle(events)
        self.env["crm.journey.event"]._note_engagement(events)
        return result
