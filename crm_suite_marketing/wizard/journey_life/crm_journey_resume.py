from odoo import api, fields, models
from odoo.exceptions import UserError

MOST_HOURS = 30 * 24


class CrmJourneyResume(models.TransientModel):
    """How a paused journey goes on: what is overdue does not all go at once unasked."""

    _name = "crm.journey.resume"
    _description = "Resume a Journey"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    pause_reason = fields.Text(related="journey_id.pause_reason")
    overdue_count = fields.Integer("Due in the Meantime", compute="_compute_counts")
    message_count = fields.Integer("Messages among Them", compute="_compute_counts")
    overdue = fields.Selection(
        [
            ("skip", "Leave messages out, people go on"),
            ("spread", "Spread over the next hours"),
            ("now", "Do it now"),
        ],
        "What Was Due",
        default="spread",
        required=True,
    )
    hours = fields.Integer(default=24)

    @api.depends("journey_id")
    def _compute_counts(self):
        for wizard in self:
            journey = wizard.journey_id
            journey.check_access("read")
            wizard.overdue_count, wizard.message_count = (
                journey._count_overdue() if journey else (0, 0)
            )

    def action_resume(self):
        """Go on as chosen."""
        self.ensure_one()
        self.journey_id._check_may_launch()
        if self.overdue == "spread" and not 0 < self.hours <= MOST_HOURS:
            raise UserError(self.env._("Spread over 1 to %s hours.", MOST_HOURS))
        self.journey_id._resume(self.overdue, self.hours)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
