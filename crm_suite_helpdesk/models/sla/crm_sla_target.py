from odoo import api, fields, models

from ..ticket.crm_ticket import PRIORITIES


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
        [("first_response", "First response"), ("resolution", "Resolution")],
        required=True,
        default="first_response",
        help="First response: until an agent first writes to the customer. It is not paused.\n"
        "Resolution: until the ticket is solved. It is paused while waiting for the customer.",
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
        """Entered in hours and minutes: whole minutes, not what a float makes of them."""
        return round(budget * 60) * 60
