import logging
from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..mixins.filter_guard import FILTER_ERRORS

_logger = logging.getLogger(__name__)

# A working rule with all that an evaluation needs; plain values, for the cache
ScoreRule = namedtuple(
    "ScoreRule", "id domain lang question_id points per limit half_life decay_from group_id"
)
# Changing one of these changes scores
DEFINITION_FIELDS = frozenset(
    (
        "active",
        "kind",
        "domain",
        "question_id",
        "condition",
        "option_ids",
        "product_ids",
        "number",
        "days",
        "points",
        "per",
        "max_points",
        "half_life",
        "decay_from",
        "group_id",
        "team_ids",
        "company_id",
        "sequence",
    )
)
# What decides which rules concern a lead, and whether it is scored at all
ALWAYS_USED = frozenset(
    ("active", "company_id", "customer_reply_date", "probability", "stage_id", "team_id", "type")
)
LONGEST_HALF_LIFE = 3650
MOST_POINTS = 1000


class CrmLeadScoreRule(models.Model):
    """A fact about a lead, and how many points it is worth.

    Rules look at the lead as the system sees it: a score says something about the lead, never
    about its reader. Whoever saves a rule must be allowed to read what it looks at.
    """

    _name = "crm.lead.score.rule"
    _description = "Score Rule"
    _inherit = ["crm.filter.mixin"]
    _order = "group_id, sequence, id"

    name = fields.Char(
        string="Reason", required=True, translate=True, help="What people read on the lead."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    group_id = fields.Many2one("crm.lead.score.group", ondelete="set null")
    kind = fields.Selection(
        [("domain", "The lead matches"), ("answer", "An answer")],
        string="Fact",
        required=True,
        default="domain",
    )
    domain = fields.Char(string="Filter", default="[]")
    domain_lang = fields.Char(help="Names in the filter are in the language of who wrote it.")
    question_id = fields.Many2one("crm.qualification.question", ondelete="cascade")
    question_kind = fields.Selection(related="question_id.kind", string="Kind of Question")
    condition = fields.Selection(
        [
            ("answered", "is answered"),
            ("yes", "is yes"),
            ("no", "is no"),
            ("options", "is one of"),
            ("products", "holds one of the products"),
            ("from", "is at least"),
            ("below", "is less than"),
            ("within", "is within days from now"),
        ],
        default="answered",
    )
    option_ids = fields.Many2many(
        "crm.qualification.option",
        "crm_lead_score_rule_option_rel",
        "rule_id",
        "option_id",
        string="Choices",
        domain="[('question_id', '=', question_id)]",
    )
    product_ids = fields.Many2many(
        "product.product",
        "crm_lead_score_rule_product_rel",
        "rule_id",
        "product_id",
        string="Products",
    )
    number = fields.Float()
    days = fields.Integer(default=30)
    points = fields.Integer(required=True, default=10, help="Negative points lower the score.")
    per = fields.Selection(
        [("once", "Once"), ("interaction", "For each logged interaction")],
        string="Given",
        required=True,
        default="once",
    )
    max_points = fields.Integer(
        string="At Most", help="What it all adds up to at most. 0: no limit."
    )
    half_life = fields.Integer(
        string="Halves Every",
        aggregator=None,
        help="Days after which the points count half; after twice the time a quarter, and so on."
        " 0: they never fade.",
    )
    decay_from = fields.Selection(
        [
            ("arrival", "the arrival of the lead"),
            ("interaction", "the last interaction"),
            ("reply", "the last reply of the customer"),
            ("answer", "the answer"),
            ("stage", "the last change of the stage"),
        ],
        string="Since",
        required=True,
        default="arrival",
    )
    team_ids = fields.Many2many(
        "crm.team",
        "crm_lead_score_rule_team_rel",
        "rule_id",
        "team_id",
        string="Sales Teams",
        help="Empty: all teams.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    health = fields.Selection(
        [("ok", "Works"), ("broken", "Skipped")], compute="_compute_health", string="Status"
    )
    last_error = fields.Char(string="Problem", compute="_compute_health")
    lead_count = fields.Integer(string="Leads", compute="_compute_lead_count")

    _check_half_life = models.Constraint(
        f"CHECK(half_life BETWEEN 0 AND {LONGEST_HALF_LIFE})",
        f"Points halve after 0 (never) to {LONGEST_HALF_LIFE} days.",
    )
    _check_points = models.Constraint(
        f"CHECK(points BETWEEN -{MOST_POINTS} AND {MOST_POINTS})",
        f"A rule gives between -{MOST_POINTS} and {MOST_POINTS} points.",
    )
    _check_max_points = models.Constraint(
        "CHECK(max_points BETWEEN 0 AND 100000)", "The limit of a rule cannot be negative."
    )

    # ------------------------------------------------------------------
    # Compute and constraints
    # ------------------------------------------------------------------

    @api.depends(*DEFINITION_FIELDS)
    @api.depends_context("lang")
    def _compute_health(self):
        for rule in self:
            rule.last_error = rule._get_problem()
            rule.health = "broken" if rule.last_error else "ok"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead.score.line"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.lead_count = counts.get(rule, 0)

    @api.constrains(*DEFINITION_FIELDS)
    def _check_works(self):
        for rule in self.filtered("active"):
            if problem := rule._get_problem():
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=rule.name, problem=problem)
                )

    @api.onchange("question_id")
    def _onchange_question_id(self):
        self.condition = {
            "boolean": "yes",
            "choice": "options",
            "choices": "options",
            "products": "products",
            "number": "from",
            "amount": "from",
            "date": "within",
        }.get(self.question_id.kind, "answered")
        self.option_ids = False
        if self.question_id and not self.name:
            self.name = self.question_id.name

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create([{"domain_lang": self.env.lang, **vals} for vals in vals_list])
        self._rules_changed()
        return rules

    def write(self, vals):
        if "domain" in vals:
            vals = {**vals, "domain_lang": self.env.lang}
        result = super().write(vals)
        if DEFINITION_FIELDS & set(vals):
            self._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._rules_changed()
        return result

    def action_view_leads(self):
        """Open the leads that have points from this rule."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("score_line_ids.rule_id", "=", self.id)],
            "context": {"create": False},
        }

    @api.model
    def _rules_changed(self):
        """Forget the cached rules, and score again whatever is open."""
        self.env.registry.clear_cache()
        # while the add-on is installed or updated, its data need no run for each rule
        if self.env.registry.ready:
            self.env["crm.lead"]._score_all_again()

    # ------------------------------------------------------------------
    # Definition
    # ------------------------------------------------------------------

    def _get_domain(self):
        """Return the domain of the leads for which the rule holds.

        :raise ValidationError: when the filter is no list of conditions
        """
        self.ensure_one()
        domain = self._get_answer_domain() if self.kind == "answer" else self._parse_domain()
        if self.per == "interaction":
            domain &= Domain("interaction_ids", "!=", False)
        if self.team_ids:
            domain &= Domain("team_id", "in", self.team_ids.ids)
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        return domain

    def _get_answer_domain(self):
        if not self.question_id:
            raise ValidationError(self.env._("choose a question."))
        kind, name = self.question_id.kind, {"number": "number", "amount": "amount"}
        condition = {
            "answered": Domain.TRUE,
            "yes": Domain("yes_no", "=", "yes"),
            "no": Domain("yes_no", "=", "no"),
            "options": Domain("option_ids", "in", self.option_ids.ids),
            "products": Domain("product_ids", "in", self.product_ids.ids),
            "from": Domain(name.get(kind, "number"), ">=", self.number),
            "below": Domain(name.get(kind, "number"), "<", self.number),
            "within": Domain("date", ">=", "today")
            & Domain("date", "<=", f"today +{max(self.days, 0)}d"),
        }
        fitting = {
            "yes": ("boolean",),
            "no": ("boolean",),
            "options": ("choice", "choices"),
            "products": ("products",),
            "from": ("number", "amount"),
            "below": ("number", "amount"),
            "within": ("date",),
        }.get(self.condition)
        if not self.condition or (fitting and kind not in fitting):
            raise ValidationError(
                self.env._(
                    "the condition does not fit “%(question)s”.", question=self.question_id.name
                )
            )
        if self.condition == "options" and (
            not self.option_ids or self.option_ids.question_id != self.question_id
        ):
            raise ValidationError(
                self.env._("choose choices of “%(question)s”.", question=self.question_id.name)
            )
        if self.condition == "products" and not self.product_ids:
            raise ValidationError(self.env._("choose at least one product."))
        return Domain(
            "answer_ids",
            "any",
            Domain("question_id", "=", self.question_id.id) & condition[self.condition],
        )

    def _get_problem(self):
        """Return why the rule cannot work, in words, or False."""
        self.ensure_one()
        return self._find_problem(self._get_domain, "crm.lead", self.domain_lang)

    @api.model
    @tools.ormcache()
    def _get_applied(self):
        """Return the rules that work, the fields of leads that they use, and the group limits.

        A rule that has stopped working, because a field is gone, is left out.
        """
        # sudo: leads are scored whoever works on them; only managers may read the rules
        rules = self.sudo().search([("active", "=", True)])
        applied, used = [], set(ALWAYS_USED)
        for rule in rules:
            try:
                domain = rule._get_domain()
                domain.validate(self.env["crm.lead"].sudo())
            except FILTER_ERRORS as error:
                _logger.warning("Score rule %s (%s) is skipped: %s", rule.id, rule.name, error)
                continue
            used.update(
                condition.field_expr.split(".")[0] for condition in domain.iter_conditions()
            )
            applied.append(
                ScoreRule(
                    rule.id,
                    domain,
                    rule.domain_lang,
                    rule.question_id.id if rule.kind == "answer" else False,
                    rule.points,
                    rule.per,
                    rule.max_points,
                    rule.half_life,
                    rule.decay_from,
                    rule.group_id.id or None,
                )
            )
        groups = rules.group_id.filtered("has_limit")
        return tuple(applied), frozenset(used), {group.id: group.max_points for group in groups}
