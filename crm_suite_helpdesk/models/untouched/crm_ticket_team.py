from odoo import api, fields, models
from odoo.exceptions import ValidationError

LONGEST = 1000  # hours


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    assignment_untouched_hours = fields.Float(
        "Untouched For (hours)",
        default=0,
        tracking=True,
        help="A ticket on which its agent has done nothing for this many working hours of the team "
        "since he got it goes back to the queue, and to another agent. 0: never.",
    )

    @api.constrains("assignment_untouched_hours")
    def _check_untouched_hours(self):
        for team in self:
            if not 0 <= team.assignment_untouched_hours <= LONGEST:
                raise ValidationError(
                    self.env._(
                        "A ticket may stay untouched for 0 hours, which means for ever, to "
                        "%(highest)s hours.",
                        highest=LONGEST,
                    )
                )

    def write(self, vals):
        res = super().write(vals)
        if "assignment_untouched_hours" in vals:
            self._recount_untouched()
        return res

    def _recount_untouched(self):
        """Whoever shortens or lengthens the patience of a team means its open tickets, too."""
        # sudo: a fact of all tickets of the team
        tickets = (
            self.env["crm.ticket"]
            .sudo()
            .search(
                [("team_id", "in", self.ids), ("user_id", "!=", False), ("closed_at", "=", False)]
            )
        )
        for ticket in tickets:
            ticket.untouched_at = ticket._get_untouched_at(ticket.assigned_at)
