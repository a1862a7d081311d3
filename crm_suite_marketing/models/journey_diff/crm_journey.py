from odoo import models
from odoo.exceptions import UserError


class CrmJourney(models.Model):
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    def action_compare(self):
        """Show what is different between the newest version and the one before it."""
        self.ensure_one()
        versions = self.version_ids.sorted("number")
        if len(versions) < 2:
            raise UserError(self.env._("There is one version only: nothing to compare it with."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare Versions"),
            "res_model": "crm.journey.comparison",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_journey_id": self.id,
                "default_before_id": versions[-2].id,
                "default_after_id": versions[-1].id,
                "dialog_size": "extra-large",
            },
        }
