from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang


class CrmContactScoreEntry(models.Model):
    """Why a contact has his score: what one rule adds to it. Written by the engine only."""

    _name = "crm.contact.score.entry"
    _description = "Reason of a Contact Score"
    _order = "value desc, id"
    _rec_name = "rule_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "crm.contact.score.rule",
        "Reason",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [("engagement", "What the contact does"), ("fit", "Who the contact is")],
        string="About",
        required=True,
        readonly=True,
    )
    event = fields.Selection(related="rule_id.event")
    count = fields.Integer("Times", readonly=True, help="How often it counts.")
    points = fields.Integer(readonly=True, help="When it happened, before fading.")
    first_at = fields.Datetime("First On", readonly=True)
    last_at = fields.Datetime("Last On", readonly=True)
    value = fields.Float(
        "Points Today",
        digits=(16, 1),
        readonly=True,
        help="What is left of the points: after fading, and within the limit of the rule.",
    )
    explanation = fields.Char(compute="_compute_explanation")

    _partner_rule_uniq = models.UniqueIndex("(partner_id, rule_id)")

    @api.depends("rule_id", "count", "points", "last_at", "value")
    @api.depends_context("lang", "tz")
    def _compute_explanation(self):
        for entry in self:
            entry.explanation = entry._explain()

    def _explain(self):
        """Return the reason in words, such as "3 × Opened a mail, last on …: 9 points"."""
        self.ensure_one()
        # sudo: whoever reads the score reads why, also where a rule is of another company
        rule = self.sudo().rule_id
        if self.kind == "fit":
            return self.env._("%(reason)s: %(points)s points", reason=rule.name, points=self.points)
        values = {
            "count": self.count,
            "reason": rule.name,
            "date": format_date(
                self.env, fields.Datetime.context_timestamp(self, self.last_at).date()
            )
            if self.last_at
            else "",
            "points": self.points,
            "value": formatLang(self.env, self.value, digits=1),
        }
        if self.value == self.points:
            return self.env._(
                "%(count)s × %(reason)s, last on %(date)s: %(points)s points", **values
            )
        return self.env._(
            "%(count)s × %(reason)s, last on %(date)s: %(points)s points, today %(value)s",
            **values,
        )
