from odoo import api, models


class CrmTicketDesk(models.AbstractModel):
    """Managers see at once that mails wait for them."""

    _inherit = "crm.ticket.desk"

    @api.model
    def _get_counters(self):
        counters = super()._get_counters()
        Quarantine = self.env["crm.mail.quarantine"]
        if not Quarantine.has_access("read"):
            return counters
        counter = {
            "key": "quarantine",
            "label": self.env._("Mails in quarantine"),
            "help": self.env._("Mails that could not be delivered and wait for your decision."),
            "icon": "fa-envelope-o",
            "tone": "danger",
            "model": Quarantine._name,
            "domain": [("state", "=", "waiting")],
            "count": 0,
        }
        # A desk without trouble looks as it always does
        return (
            [*counters, counter]
            if Quarantine.search_count(counter["domain"], limit=1)
            else counters
        )

    @api.model
    def _count(self, counters):
        ours = [counter for counter in counters if counter["key"] == "quarantine"]
        for counter in ours:
            counter["count"] = self.env[counter["model"]].search_count(counter["domain"])
        return super()._count([counter for counter in counters if counter not in ours])
