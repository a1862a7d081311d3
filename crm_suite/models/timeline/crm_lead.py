from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.timeline.mixin"]

    def write(self, vals):
        """Meetings on a lead become interactions with its customer as soon as it has one."""
        result = super().write(vals)
        if vals.get("partner_id"):
            # sudo: the history follows the lead, whoever may see the meetings
            events = self.sudo().calendar_event_ids
            if events:
                events._sync_interactions()
        return result
