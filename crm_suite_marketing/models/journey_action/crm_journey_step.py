from odoo import api, models


class CrmJourneyStep(models.Model):
    """Why actions pass somebody over, in words."""

    # each room extends steps by itself
    _inherit = "crm.journey.step"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_reasons(self):
        return super()._get_reasons() | {
            "access": self.env._("The Responsible May Not Change It"),
            "no_contact": self.env._("Without a Contact"),
            "open_lead": self.env._("Has an Open Lead Already"),
            "error": self.env._("Could Not Be Done"),
        }
