from odoo import models
from odoo.tools import SQL


class CrmEngagement(models.Model):
    # each room extends a model by itself
    _inherit = "crm.engagement"  # pylint: disable=consider-merging-classes-inherited

    def _settle(self, events):
        result = super()._settle(events)
        self._queue_for_score(events.ids)
        return result

    def _queue_for_score(self, event_ids):
        """Whoever did something is scored anew."""
        self.env["crm.contact.score.queue"]._add(
            SQL("SELECT partner_id FROM crm_engagement WHERE id = ANY(%s)", list(event_ids))
        )
