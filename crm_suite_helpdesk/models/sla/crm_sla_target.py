from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..ticket.crm_ticket import PRIORITIES

METRICS = [
    ("first_response", "First response"),
    ("next_response", "Next response"),
    ("resolution", "Resolution"),
    ("pickup", "Pickup"),
    ("team_time", "Time with a team"),
]

# More than ten years around the clock; the database counts seconds in four bytes
LONGEST_HOURS = 100_000


class CrmSlaTarget(models.Model):
    """One promise of a policy: within how much working time something happens."""

    _name = "crm.sla.target"
    _description = "SLA Target"
    # A target for one priority goes before the one for all, which PostgreSQL sorts last as NULL
    _order = "policy_id, metric, priority, id"
    _rec_name = "metric"

    policy_id = fields.Many2one("crm.sla.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    metric = fields.Selection(
        METRICS,
        required=True,
        default="first_response",
        help="First response: until an agent first answers the customer.\n"
        "Next response: from the first message of the customer that nobody has answered since.\n"
        "Resolution: until the ticket is solved.\n"
        "Pickup: until somebody is assigned.\n"
        "Time with a team: how long one team has the ticket, counted for each of its teams.",
    )
    priority = fields.Selection(
        PRIORITIES,
        help="Priority of the tickets. Empty: all priorities without a target of their own.",
    )
    budget_s = fields.Integer("Budget (seconds)", required=True)
    budget = fields.Float(
        "Within",
        compute="_compute_budget",
        inverse="_inverse_budget",
        help="Working time, in hours and minutes.",
    )
    pause_customer = fields.Boolean(
        "Pause for Customer",
        compute="_compute_pause_customer",
        store=True,
        readonly=False,
        precompute=True,
        help="Time in which the ticket waits for the customer does not count.",
    )
    pause_third = fields.Boolean(
        "Pause for Third Party",
        help="Time in which the ticket waits for a third party does not count.",
    )
    pause_internal = fields.Boolean(
        "Pause by Hand",
        default=True,
        help="Time for which the leader of the team or a manager holds the ticket does not count.",
    )
    risk_share = fields.Integer(
        "At Risk from (%)",
        default=75,
        required=True,
        aggregator=None,
        help="Share of the time after which the ticket counts as at risk.",
    )

    _risk_share_range = models.Constraint(
        "CHECK (risk_share BETWEEN 1 AND 100)",
        "A ticket is at risk from a share of the time between 1 and 100 %.",
    )
    _budget_positive = models.Constraint(
        "CHECK (budget_s > 0)", "A target needs a time greater than zero."
    )
    _once = models.UniqueIndex(
        "(policy_id, metric, COALESCE(priority, ''))",
        "A policy can have only one target per metric and priority.",
    )

    @api.depends("budget_s")
    def _compute_budget(self):
        for target in self:
            target.budget = target.budget_s / 3600

    @api.depends("metric")
    def _compute_pause_customer(self):
        for target in self:
            target.pause_customer = target.metric == "resolution"

    def _inverse_budget(self):
        for target in self:
            target.budget_s = self._budget_to_seconds(target.budget)

    @api.model_create_multi
    def create(self, vals_list):
        # The inverse runs after the row was inserted, which the database refuses without seconds
        for vals in vals_list:
            if "budget" in vals:
                vals["budget_s"] = self._budget_to_seconds(vals["budget"])
        return super().create(vals_list)

    @api.model
    def _budget_to_seconds(self, budget):
        """Entered in hours and minutes: whole minutes, not what a float makes of them.

        :raise ValidationError: when it is more than can be counted
        """
        # not "> LONGEST_HOURS": a client may also send what is no number
        if not (budget or 0) <= LONGEST_HOURS:
            raise ValidationError(
                self.env._("A promise of more than %s hours is none.", LONGEST_HOURS)
            )
        return round((budget or 0) * 60) * 60
