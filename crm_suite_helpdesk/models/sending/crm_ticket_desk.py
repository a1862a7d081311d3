from odoo import api, models


class CrmTicketDesk(models.AbstractModel):
    _name = "crm.ticket.desk"
    _inherit = ["crm.ticket.desk"]

    @api.model
    def _get_counters(self):
        """What went wrong with replies of the agent is shown where he begins his day."""
        counters = super()._get_counters()
        own, still_open = ("user_id", "=", self.env.uid), ("closed_at", "=", False)
        failed_domain = [own, still_open, ("delivery_failed", "=", True)]
        held_domain = [("held_by_me", "=", True)]
        failed = {
            "key": "failed",
            "label": self.env._("Not delivered"),
            "help": self.env._("A message of these tickets did not reach somebody."),
            "icon": "fa-exclamation-triangle",
            "tone": "danger",
            "model": "crm.ticket",
            "domain": failed_domain,
            "count": 0,
        }
        held = {
            "key": "held",
            "label": self.env._("Replies held"),
            "help": self.env._("Your replies that were not sent: the customer wrote meanwhile."),
            "icon": "fa-hand-paper-o",
            "tone": "warning",
            "model": "crm.ticket",
            "domain": held_domain,
            "count": 0,
        }
        return [*counters, failed, held]

    @api.model
    def _count(self, counters):
        """Both are shown only when there is something to see to."""
        held = next(counter for counter in counters if counter["key"] == "held")
        others = [counter for counter in counters if counter is not held]
        res = super()._count(others)
        held["count"] = self.env["crm.ticket"].search_count(held["domain"])
        quiet = [c for c in counters if c["key"] in ("failed", "held") and not c["count"]]
        counters[:] = [counter for counter in counters if counter not in quiet]
        return res
