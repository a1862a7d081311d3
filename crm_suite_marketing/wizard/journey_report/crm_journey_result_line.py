from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ...models.attribution.readers import REVENUE_READERS


class CrmJourneyResultLine(models.TransientModel):
    """What one version of a journey, or one way of a test in it, brought."""

    _name = "crm.journey.result.line"
    _description = "Result of a Version"
    _order = "node_id, sequence, id"

    result_id = fields.Many2one("crm.journey.result", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    kind = fields.Selection(
        [("version", "Version"), ("arm", "Way of a Test")], required=True, readonly=True
    )
    name = fields.Char(readonly=True)
    version_id = fields.Many2one("crm.journey.version", readonly=True, ondelete="cascade")
    node_id = fields.Many2one("crm.journey.node", "Test", readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="result_id.journey_id.company_id.currency_id")
    entered = fields.Integer(readonly=True)
    running = fields.Integer("On the Way", readonly=True)
    done = fields.Integer("Ended", readonly=True)
    left_early = fields.Integer(readonly=True)
    goals = fields.Integer("Reached the Goal", readonly=True)
    watched = fields.Integer("Compared", readonly=True, help="Those who had the chosen time.")
    watched_goals = fields.Integer("Goals in That Time", readonly=True)
    goal_rate = fields.Float("Goal Rate (%)", readonly=True, digits=(16, 1))
    rate_low = fields.Float("Goal Rate, at Least (%)", readonly=True, digits=(16, 1))
    rate_high = fields.Float("Goal Rate, at Most (%)", readonly=True, digits=(16, 1))
    range_text = fields.Char("Probably Between", compute="_compute_range_text")
    hours_average = fields.Float("Hours to the Goal, Average", readonly=True, digits=(16, 1))
    hours_median = fields.Float("Hours to the Goal, Median", readonly=True, digits=(16, 1))
    revenue = fields.Monetary(readonly=True, groups=REVENUE_READERS)
    sent = fields.Integer("Messages Sent", readonly=True)
    opened = fields.Integer(readonly=True)
    clicked = fields.Integer(readonly=True)
    needed = fields.Integer(
        "People Needed", readonly=True, help="So many are needed in each to see a difference."
    )
    verdict = fields.Selection(
        [
            ("best", "Best"),
            ("leading", "Leads so Far"),
            ("worse", "Worse"),
            ("even", "No Difference"),
            ("not_enough", "Not Enough People"),
        ],
        readonly=True,
    )

    @api.depends("rate_low", "rate_high", "watched")
    def _compute_range_text(self):
        for line in self:
            low, high = (
                formatLang(self.env, value, digits=1) for value in (line.rate_low, line.rate_high)
            )
            line.range_text = f"{low} – {high} %" if line.watched else False
