from odoo import models


class CrmJourneyVersion(models.Model):
    """What journeys listen to is that of their versions."""

    _inherit = "crm.journey.version"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env.registry.clear_cache()
        return result
