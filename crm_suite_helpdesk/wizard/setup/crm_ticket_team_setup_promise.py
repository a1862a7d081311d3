from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.crm_suite.lib.working_time import clock_text, moment

from ...models.ticket.crm_ticket import PRIORITIES
from .crm_desk_hours_mixin import SHAPE


class CrmTicketTeamSetupPromise(models.TransientModel):
    """What the set-up of a desk promises for one priority."""

    _name = "crm.ticket.team.setup.promise"
    _description = "Promise of a New Desk"
    _order = "priority desc"
    _rec_name = "priority"

    setup_id = fields.Many2one("crm.ticket.team.setup", required=True, ondelete="cascade")
    priority = fields.Selection(PRIORITIES, required=True)
    promised = fields.Boolean(
        default=True, help="Without a promise, tickets of this priority have no deadline."
    )
    first_response = fields.Float(help="Hours and minutes until an agent first writes.")
    resolution = fields.Float(help="Hours and minutes until the ticket is solved.")
    example_response = fields.Char("Answered by", compute="_compute_example")
    example_resolution = fields.Char("Solved by", compute="_compute_example")

    @api.depends(
        "promised",
        "first_response",
        "resolution",
        "setup_id.promises_response",
        "setup_id.promises_resolution",
        "setup_id.holiday_ids",
        *(f"setup_id.{name}" for name in SHAPE),
    )
    def _compute_example(self):
        self.example_response = self.example_resolution = False
        for setup, lines in self.grouped("setup_id").items():
            hours, start = setup._get_example()
            if not hours:
                continue
            zone = setup._get_time_zone()
            for line in lines.filtered("promised"):
                first, last = line._get_budgets()
                line.example_response = setup.promises_response and line._format(
                    hours.add(start, first), zone
                )
                line.example_resolution = setup.promises_resolution and line._format(
                    hours.add(start, last), zone
                )

    def _get_budgets(self):
        """Seconds until the first response and until the solution."""
        return [round(hours * 60) * 60 for hours in (self.first_response, self.resolution)]

    def _get_sentence(self):
        self.ensure_one()
        name = dict(self._fields["priority"]._description_selection(self.env))[self.priority]
        first, last = (clock_text(seconds) for seconds in self._get_budgets())
        if not self.setup_id.promises_resolution:
            return self.env._("%(name)s: answered within %(first)s.", name=name, first=first)
        if not self.setup_id.promises_response:
            return self.env._("%(name)s: solved within %(last)s.", name=name, last=last)
        return self.env._(
            "%(name)s: answered within %(first)s, solved within %(last)s.",
            name=name,
            first=first,
            last=last,
        )

    def _format(self, instant, zone):
        if instant is None:
            return self.env._("never")
        return format_datetime(self.env, moment(instant), tz=zone, dt_format="EEE d MMM, HH:mm")
