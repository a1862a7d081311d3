from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    def action_open_tickets(self):
        """The tickets of this customer; a new one while there is none."""
        action = super().action_open_tickets()
        if not self.ticket_count:
            action["views"] = [(False, "form")]
        return action
