from odoo import api, models
from odoo.fields import Domain

LIVE = ("running", "paused")


class CrmSlaClock(models.Model):
    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    # Who is held to which revision is asked on every policy, among millions of clocks that ended
    _live_of_revision = models.Index(
        "(policy_id, revision_id) WHERE state IN ('running', 'paused')"
    )

    @api.model
    def _get_open_domain(self):
        """Clocks of open tickets: the first response of a closed one may still be missing."""
        return Domain("state", "in", LIVE) & Domain("ticket_id.closed_at", "=", False)
