from odoo import models


class CrmJourneyArm(models.Model):
    _name = "crm.journey.arm"
    _inherit = ["crm.journey.arm", "crm.journey.part"]

    def _get_versions(self):
        return self.node_id.version_id
