from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate, format_amount

from ..attribution.readers import REVENUE_READERS

_lt = LazyTranslate(__name__)

ROLES = [
    ("variant", "Variant"),
    ("final", "Winner to the Rest"),
    ("holdout", "Hold-Out Group"),
]
VERDICTS = [
    ("best", "Better than all others"),
    ("leading", "Leading"),
    ("worse", "Worse"),
    ("even", "No difference that matters"),
    ("not_enough", "Not enough data"),
]


class CrmAbResult(models.Model):
    """What one group of an A/B test has come to: now, or at the moment of the decision.

    The system counts; nobody writes these rows by hand. What may be an amount of orders is only
    for those who may see such amounts; words that hold none are for all who see tests.
    """

    _name = "crm.ab.result"
    _description = "Result of an A/B Test"
    _order = "campaign_id desc, phase desc, sequence, id"
    _rec_name = "mailing_id"

    campaign_id = fields.Many2one(
        "utm.campaign", "A/B Test", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        "Company Counted for",
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    role = fields.Selection(ROLES, required=True, readonly=True, default="variant")
    phase = fields.Selection(
        [("now", "Now"), ("decision", "At the Decision")],
        required=True,
        readonly=True,
        default="now",
    )
    sequence = fields.Integer(readonly=True)
    label = fields.Char(
        "Group",
        compute="_compute_label",
        store=True,
        # Odoo translates it only so
        falsy_value_label=_lt("Hold-out group"),  # pylint: disable=translation-field
    )
    share = fields.Float("Share (%)", readonly=True, digits=(5, 2), aggregator=None)
    is_winner = fields.Boolean("Winner", readonly=True)

    people = fields.Integer(readonly=True, help="To whom it was sent, or who got nothing.")
    opened = fields.Integer(readonly=True, help="By people: programs that open mails are left out.")
    clicked = fields.Integer(readonly=True)
    replied = fields.Integer(readonly=True)
    leads = fields.Integer(readonly=True, help="People who became leads by this mailing.")
    orders = fields.Integer(readonly=True, help="People who ordered by this mailing.")
    revenue = fields.Monetary(
        readonly=True, groups=REVENUE_READERS, help="Untaxed amount of orders by this mailing."
    )
    open_rate = fields.Float("Opened (%)", readonly=True, digits=(5, 2), aggregator="avg")
    click_rate = fields.Float("Clicked (%)", readonly=True, digits=(5, 2), aggregator="avg")
    reply_rate = fields.Float("Replied (%)", readonly=True, digits=(5, 2), aggregator="avg")
    lead_rate = fields.Float("Leads (%)", readonly=True, digits=(5, 2), aggregator="avg")
    order_rate = fields.Float("Ordered (%)", readonly=True, digits=(5, 2), aggregator="avg")
    revenue_rate = fields.Monetary(
        "Revenue per Recipient", readonly=True, aggregator="avg", groups=REVENUE_READERS
    )

    # what the winner is chosen by
    is_amount = fields.Boolean(readonly=True)
    value = fields.Float(
        "Result", readonly=True, digits=(16, 4), aggregator="avg", groups=REVENUE_READERS
    )
    low = fields.Float(
        "From", readonly=True, digits=(16, 4), aggregator=None, groups=REVENUE_READERS
    )
    high = fields.Float(
        "To", readonly=True, digits=(16, 4), aggregator=None, groups=REVENUE_READERS
    )
    p_value = fields.Float(
        "Probability of Chance",
        readonly=True,
        digits=(6, 4),
        aggregator=None,
        help="How often a difference from the leading variant as large as this comes about "
        "by chance, corrected for the number of variants. Negative: nothing to compare.",
    )
    verdict = fields.Selection(VERDICTS, readonly=True)
    interval_text = fields.Char("Between", compute="_compute_texts", compute_sudo=True)
    verdict_text = fields.Text("Verdict in Words", compute="_compute_texts", compute_sudo=True)

    # compared with those who got nothing
    outcome = fields.Selection(
        [("leads", "Became Leads"), ("orders", "Ordered"), ("revenue", "Revenue")], readonly=True
    )
    outcome_rate = fields.Float(
        "Since the Launch",
        readonly=True,
        digits=(16, 4),
        aggregator=None,
        groups=REVENUE_READERS,
    )
    has_lift = fields.Boolean(readonly=True)
    lift = fields.Float(readonly=True, digits=(16, 4), aggregator=None, groups=REVENUE_READERS)
    lift_low = fields.Float(
        "Lift from", readonly=True, digits=(16, 4), aggregator=None, groups=REVENUE_READERS
    )
    lift_high = fields.Float(
        "Lift to", readonly=True, digits=(16, 4), aggregator=None, groups=REVENUE_READERS
    )
    lift_text = fields.Text(
        "Lift over the Hold-Out Group", compute="_compute_texts", compute_sudo=True
    )

    _group_uniq = models.UniqueIndex("(campaign_id, phase, COALESCE(mailing_id, 0))")

    @api.depends("role", "mailing_id.subject")
    def _compute_label(self):
        for result in self:
            result.label = result.mailing_id.display_name if result.mailing_id else False

    @api.depends("role", "mailing_id")
    def _compute_display_name(self):
        for result in self:
            name = result.label or self.env._("Hold-out group")
            is_final = result.role == "final"
            result.display_name = self.env._("%s (to the rest)", name) if is_final else name

    @api.depends_context("lang", "uid")
    @api.depends("verdict", "p_value", "low", "high", "lift", "lift_low", "lift_high")
    def _compute_texts(self):
        env = self.env
        # as the system, on behalf of whoever looks
        sees_amounts = env.uid == SUPERUSER_ID or env.user.has_groups(REVENUE_READERS)
        for result in self:
            tell = result._write_amount if result.is_amount else result._write_percent
            is_seen = sees_amounts or not result.is_amount
            result.interval_text = (is_seen and result.verdict) and env._(
                "%(low)s to %(high)s", low=tell(result.low), high=tell(result.high)
            )
            result.verdict_text = result._describe_verdict()
            tell = result._write_amount if result.outcome == "revenue" else result._write_percent
            is_seen = sees_amounts or result.outcome != "revenue"
            result.lift_text = (is_seen and result.has_lift) and env._(
                "%(lift)s (between %(low)s and %(high)s)",
                lift=tell(result.lift, sign=True),
                low=tell(result.lift_low, sign=True),
                high=tell(result.lift_high, sign=True),
            )

    def _describe_verdict(self):
        self.ensure_one()
        env = self.env
        verdict = self.verdict
        if not verdict:
            return False
        chance = self.p_value if self.p_value >= 0 else None
        words = {
            "best": lambda: env._("Better than all others: this is hardly chance"),
            "leading": lambda: env._("Leading so far"),
            "worse": lambda: env._("Worse than the leading variant: this is hardly chance"),
            "even": lambda: env._("No difference from the leading variant that matters"),
            "not_enough": lambda: env._("Not enough data to tell it from the leading variant"),
        }[verdict]()
        if chance is None or verdict == "leading":
            return words
        if chance < 0.001:
            return env._("%(verdict)s (probability of chance below 0.1 %%)", verdict=words)
        return env._(
            "%(verdict)s (probability of chance %(chance)s %%)",
            verdict=words,
            chance=f"{chance * 100:.1f}",
        )

    def _write_percent(self, value, sign=False):
        text = f"{value * 100:+.1f}" if sign else f"{value * 100:.1f}"
        # the mark keeps sign and number together in lines that run from right to left
        return f"\u2066{text} %\u2069"

    def _write_amount(self, value, sign=False):
        currency = self.currency_id or self.env.company.currency_id
        text = format_amount(self.env, abs(value), currency)
        mark = "\N{MINUS SIGN}" if value < 0 else "+" if sign else ""
        return f"\u2066{mark}{text}\u2069"

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_choose(self):
        """Send this variant to everybody who is left."""
        self.ensure_one()
        if self.role != "variant" or not self.mailing_id:
            raise UserError(self.env._("Only a variant can win."))
        return self.mailing_id.action_select_as_winner()

    def action_open_mailing(self):
        self.ensure_one()
        if not self.mailing_id:
            raise UserError(self.env._("The hold-out group gets no mailing."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "res_id": self.mailing_id.id,
            "view_mode": "form",
        }
