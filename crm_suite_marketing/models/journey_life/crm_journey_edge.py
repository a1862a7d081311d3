from odoo import api, models
from odoo.exceptions import ValidationError


class CrmJourneyEdge(models.Model):
    _name = "crm.journey.edge"
    _inherit = ["crm.journey.edge", "crm.journey.part"]

    @api.constrains("version_id", "source_id", "target_id")
    def _check_one_version(self):
        for edge in self:
            if edge.source_id.version_id | edge.target_id.version_id != edge.version_id:
                raise ValidationError(
                    self.env._("A way leads from one node to another of the same version.")
                )

    def _get_versions(self):
        return self.version_id
