from odoo import models
from odoo.exceptions import UserError

# The door of a ticket by the way in which the customer was talked to
DOORS = {"phone": "phone", "chat": "chat", "email": "email", "web": "form"}


class CrmInteraction(models.Model):
    """What a customer said on the phone becomes a ticket."""

    _name = "crm.interaction"
    _inherit = ["crm.interaction"]

    def action_make_ticket(self):
        """Make a ticket of what was logged, and open it."""
        self.ensure_one()
        if self.ticket_id:
            raise UserError(self.env._("This is on the ticket %s already.", self.ticket_id.number))
        ticket = self._make_ticket()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": ticket.id,
            "view_mode": "form",
        }

    def _make_ticket(self, **values):
        """A ticket about what was talked about; the interaction hangs on it afterwards.

        :param values: of the ticket, as the user chose them
        """
        self.ensure_one()
        self.check_access("write")
        ticket = self.env["crm.ticket"].create(
            {
                "name": self.name,
                "description": self.note,
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "team_id": self.env["crm.ticket.team"]._get_default_team(self.company_id).id,
                "channel": DOORS.get(self.channel, "agent"),
                **values,
            }
        )
        self.ticket_id = ticket
        return ticket
