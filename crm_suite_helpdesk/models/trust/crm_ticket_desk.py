from odoo import api, models


class CrmTicketDesk(models.AbstractModel):
    _name = "crm.ticket.desk"
    _inherit = ["crm.ticket.desk"]

    @api.model
    def _get_counters(self):
        """Also the tickets with mails whose sender somebody has to confirm, if there are any."""
        counters = super()._get_counters()
        mine = [("user_id", "=", self.env.uid), ("closed_at", "=", False)]
        domain = [*mine, ("unverified_ids", "any", [("state", "=", "open")])]
        if self.env["crm.ticket"].search_count(domain, limit=1):
            counters.append(
                {
                    "key": "unverified",
                    "label": self.env._("Unverified e-mails"),
                    "help": self.env._(
                        "Your tickets with an e-mail whose sender somebody has to confirm."
                    ),
                    "icon": "fa-user-secret",
                    "tone": "warning",
                    "model": "crm.ticket",
                    "domain": domain,
                    "count": 0,
                }
            )
        return counters
