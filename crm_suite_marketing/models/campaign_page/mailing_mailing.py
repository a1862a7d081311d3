from odoo import models


class MailingMailing(models.Model):
    """The live page of one mailing."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    def action_view_live(self):
        """Open the live page of this mailing alone."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "crm_suite_marketing.crm_campaign_page_action"
        )
        return action | {"context": {"active_model": self._name, "active_id": self.id}}
