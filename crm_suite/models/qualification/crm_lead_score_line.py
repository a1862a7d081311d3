from odoo import api, fields, models
from odoo.tools import format_date

from ...lib.scoring import TENTHS, Hit, value


class CrmLeadScoreLine(models.Model):
    """Why a lead has its score: what one rule adds to it. Written by the evaluation only."""

    _name = "crm.lead.score.line"
    _description = "Score Reason"
    _order = "lead_id, value desc, id"
    _log_access = False
    _rec_name = "rule_id"

    lead_id = fields.Many2one(
        "crm.lead", string="Lead or Opportunity", required=True, ondelete="cascade", readonly=True
    )
    rule_id = fields.Many2one(
        "crm.lead.score.rule",
        string="Reason",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    group_id = fields.Many2one(related="rule_id.group_id")
    points = fields.Integer(readonly=True, aggregator=None, help="As the rule gives them.")
    count = fields.Integer(string="Times", readonly=True, aggregator=None)
    since = fields.Datetime(readonly=True, help="When the points began to fade.")
    value = fields.Float(
        string="Counts",
        digits=(16, 1),
        readonly=True,
        help="What is left of the points today: after fading, and within the limits.",
    )
    explanation = fields.Char(compute="_compute_explanation")
    team_id = fields.Many2one(related="lead_id.team_id")
    user_id = fields.Many2one(related="lead_id.user_id", string="Salesperson")

    _lead_rule = models.UniqueIndex("(lead_id, rule_id)")

    @api.depends("points", "count", "since", "value")
    @api.depends_context("lang", "tz")
    def _compute_explanation(self):
        for line in self:
            line.explanation = line._explain()

    def _explain(self):
        self.ensure_one()
        # sudo: salespeople read why a lead has its points, but only managers may read the rules
        rule = self.sudo().rule_id
        parts = []
        if self.count > 1:
            parts.append(
                self.env._("%(count)s × %(points)s points", count=self.count, points=self.points)
            )
        if self.since and rule.half_life:
            since = fields.Datetime.context_timestamp(self, self.since).date()
            parts.append(
                self.env._(
                    "halves every %(days)s days, since %(date)s",
                    days=rule.half_life,
                    date=format_date(self.env, since),
                )
            )
        if self.points > 0 and self.value * TENTHS < self._get_unlimited_tenths(rule):
            parts.append(
                self.env._(
                    "%(group)s counts %(limit)s at most",
                    group=rule.group_id.name,
                    limit=rule.group_id.max_points,
                )
            )
        return "; ".join(parts)

    def _get_unlimited_tenths(self, rule):
        """Return what the rule would add without the limit of its group, in tenths of points."""
        age = (fields.Datetime.now().date() - self.since.date()).days if self.since else 0
        return (
            value(
                Hit(
                    rule=rule.id,
                    points=self.points,
                    count=self.count,
                    limit=rule.max_points,
                    half_life=rule.half_life,
                    age=age,
                )
            )
            if rule.group_id.has_limit
            else 0
        )
