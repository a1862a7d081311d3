import logging

from psycopg2 import OperationalError
from psycopg2.errors import QueryCanceled

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import split_every

from ..mixins.filter_guard import DATABASE_ERRORS, FILTER_ERRORS, limit_statements
from .companies import check_companies
from .evidence import EVIDENCE_MODELS, LABELS, select_documents

_logger = logging.getLogger(__name__)

BATCH = 1000
# How long the database may look for whom a rule moves: while somebody waits for his order to be
# confirmed, and at night
AT_ONCE_SECONDS = 3
RUN_SECONDS = 300
DEFINITION_FIELDS = ("active", "company_id", "domain", "from_stage_ids", "stage_id")


class CrmLifecycleRule(models.Model):
    """Which customers move to a stage by themselves.

    The first rule of the list that fits decides; a customer moves once in a run. Rules look at
    customers as the system sees them: a stage says something about the customer, not about who
    looks. Whoever saves a rule must be allowed to read what it looks at.
    """

    _name = "crm.lifecycle.rule"
    _description = "Lifecycle Rule"
    _inherit = ["crm.filter.mixin"]
    _order = "sequence, id"

    name = fields.Char(
        string="Reason", required=True, translate=True, help="What people read as the evidence."
    )
    sequence = fields.Integer(
        default=10, help="The first rule that fits decides: put the strongest at the top."
    )
    active = fields.Boolean(default=True)
    stage_id = fields.Many2one(
        "crm.lifecycle.stage",
        string="Moves to",
        required=True,
        ondelete="restrict",
        index=True,
    )
    from_stage_ids = fields.Many2many(
        "crm.lifecycle.stage",
        "crm_lifecycle_rule_from_rel",
        "rule_id",
        "stage_id",
        string="From",
        help="Empty: from any earlier stage, and from none.",
    )
    may_move_back = fields.Boolean(
        help="Also from stages that are further than the one it leads to."
    )
    domain = fields.Char(string="Filter", required=True, default="[]")
    domain_lang = fields.Char(help="Names in the filter are in the language of who wrote it.")
    is_immediate = fields.Boolean(
        string="At Once",
        help="Looked at as soon as an order is confirmed or an opportunity is won, also while the"
        " customer is held in his stage. All rules are looked at every night.",
    )
    evidence = fields.Selection(
        LABELS,
        string="Document Kept",
        required=True,
        default="none",
        help="The document that the move remembers. Its name is shown to those who may read it.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Only contacts of this company. Empty: all contacts, those that companies share too.",
    )
    health = fields.Selection(
        [("ok", "Works"), ("broken", "Skipped")], compute="_compute_health", string="Status"
    )
    last_error = fields.Char(string="Problem", compute="_compute_health")
    run_error = fields.Char(
        string="Problem of the Last Run",
        readonly=True,
        copy=False,
    )
    move_count = fields.Integer(string="Moves", compute="_compute_move_count")

    # ------------------------------------------------------------------
    # Compute and constraints
    # ------------------------------------------------------------------

    @api.depends(*DEFINITION_FIELDS, "stage_id.active", "run_error")
    @api.depends_context("lang", "uid")
    def _compute_health(self):
        for rule in self:
            rule.last_error = rule._get_problem() or rule.run_error
            rule.health = "broken" if rule.last_error else "ok"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_move_count(self):
        counts = dict(
            self.env["crm.lifecycle.move"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.move_count = counts.get(rule, 0)

    @api.constrains(*DEFINITION_FIELDS)
    def _check_works(self):
        for rule in self.filtered("active"):
            if problem := rule._get_problem():
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=rule.name, problem=problem)
                )

    @api.constrains("evidence", "is_immediate", "may_move_back", *DEFINITION_FIELDS)
    def _check_companies(self):
        check_companies(self)

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{"domain_lang": self.env.lang, **vals} for vals in vals_list])

    def write(self, vals):
        if "domain" in vals:
            vals = {"domain_lang": self.env.lang, **vals}
        if set(DEFINITION_FIELDS) & set(vals):
            vals = {**vals, "run_error": False}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: moves that the user may not see need their rule, too
        moves = self.env["crm.lifecycle.move"].sudo()
        if moves.search_count([("rule_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("Customers were moved by this rule. Archive it instead of deleting it.")
            )

    def action_view_moves(self):
        """Open the moves that this rule has made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_lifecycle_move_action"
        )
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    def action_preview(self):
        """Open the customers whom the rule would move now, as far as the user may see them."""
        self.ensure_one()
        self.check_access("read")
        if problem := self._get_problem():
            raise UserError(problem)
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_form")
        name = self.env._("Would move to %(stage)s", stage=self.stage_id.name)
        domain = self._parse_domain() & self._get_place_domain()
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": list(domain),
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Definition
    # ------------------------------------------------------------------

    def _parse_domain(self):
        domain = super()._parse_domain()
        if domain.is_true():
            raise ValidationError(
                self.env._("the filter has no condition, so it would move all contacts.")
            )
        return domain

    def _get_place_domain(self, heed_hold=True):
        """Return the domain of the customers who may move by this rule, whatever its filter."""
        self.ensure_one()
        stage = self.stage_id
        earlier = stage._get_earlier()
        domain = Domain("lifecycle_stage_id", "!=", stage.id)
        # customers stay in a stage that was archived, and are moved from it
        chosen = self.with_context(active_test=False).from_stage_ids
        if chosen:
            allowed = chosen if self.may_move_back else chosen & earlier
            domain &= Domain("lifecycle_stage_id", "in", allowed.ids)
        elif not self.may_move_back:
            domain &= Domain("lifecycle_stage_id", "in", [*earlier.ids, False])
        if heed_hold:
            domain &= Domain("lifecycle_hold_until", "=", False) | Domain(
                "lifecycle_hold_until", "<", "today"
            )
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        # a customer is a company, or a person who belongs to none
        customer = Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        return domain & customer & Domain("active", "=", True)

    def _get_problem(self):
        """Return why the rule cannot work, in words, or False."""
        self.ensure_one()
        if not self.stage_id.active:
            return self.env._("the stage “%(stage)s” is archived.", stage=self.stage_id.name)
        return self._find_problem(self._parse_domain, "res.partner", self.domain_lang)

    # ------------------------------------------------------------------
    # Run
    # ------------------------------------------------------------------

    def _find_candidates(self, among=None, heed_hold=True):
        """Return the ids of the customers whom the rule moves now.

        :param among: look at these ids only; None for all customers
        :param bool heed_hold: leave customers alone who are held in their stage
        """
        self.ensure_one()
        context = {"lang": self.domain_lang, "active_test": True, "order_days_of": among}
        # sudo: a stage says something about the customer, not about whoever makes him move
        partners = self.env(user=SUPERUSER_ID, su=True, context=context)["res.partner"]
        domain = self._parse_domain() & self._get_place_domain(heed_hold)
        if among is not None:
            domain &= Domain("id", "in", among)
        query = partners._search(domain, order="id")
        return list(query.get_result_ids())

    def _find_or_note(self, among=None, heed_hold=True, seconds=RUN_SECONDS):
        """Return the ids to move; whatever is wrong with one rule does not hold up the others."""
        self.ensure_one()
        found, problem = [], False
        try:
            if self.stage_id.active:
                with limit_statements(self.env.cr, seconds, clear=False):
                    found = self._find_candidates(among, heed_hold)
        except (QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS) as error:
            problem = self._describe_failure(error)
        if problem:
            _logger.warning("Lifecycle rule %s is skipped: %s", self.id, problem)
        # whoever waits for his order does not write to the rule
        if among is None and (self.run_error or False) != problem:
            self.run_error = problem
        return found

    def _move(self, partner_ids, wait=False):
        """Move these customers, with the document that shows why.

        :return: ids of who has moved
        """
        self.ensure_one()
        documents = {}
        if self.evidence != "none" and partner_ids:
            query = select_documents(self.env, self.evidence, list(partner_ids))
            documents = dict(self.env.execute_query(query))
        return self.env["crm.lifecycle.move"]._move(
            partner_ids,
            self.stage_id,
            "rule",
            wait=wait,
            rule_id=self.id,
            documents=documents,
            res_model=EVIDENCE_MODELS.get(self.evidence, False),
        )

    @api.model
    def _run_at_once(self, partners):
        """Move customers right after an event, by the rules that are looked at at once."""
        customers = partners.commercial_partner_id
        if not customers:
            return
        # sudo: the rules move customers whoever confirms the order
        rules = self.sudo().search([("is_immediate", "=", True)])
        left = set(customers.ids)
        self.env.flush_all()
        for rule in rules:
            if not left:
                break
            found = rule._find_or_note(sorted(left), False, AT_ONCE_SECONDS)
            if found:
                left -= set(rule._move(found, wait=True))

    @api.model
    def _run_all(self, remaining=None):
        """Move all customers to whom a rule applies, in batches.

        :return: whether it came to the end
        """
        rules = self.search([])  # pylint: disable=no-search-all
        cron = self.env["ir.cron"]
        done = set()
        cron._commit_progress(remaining=len(rules))
        for rule in rules:
            found = [each for each in rule._find_or_note() if each not in done]
            for number, batch in enumerate(split_every(BATCH, found, list)):
                if number:
                    # the batch before was committed: meanwhile he may have ordered, or been held
                    batch = rule._find_or_note(batch)
                done.update(rule._move_or_leave(batch))
                if not cron._commit_progress(0):
                    return False
            if not cron._commit_progress(1):
                return False
        return True

    def _move_or_leave(self, batch):
        """Move one batch; where somebody is changing them, the next run looks again."""
        try:
            return self._move(batch)
        except OperationalError:
            if modules.module.current_test:
                raise
            self.env.cr.rollback()
            _logger.info("Customers of lifecycle rule %s are being changed", self.id)
            return []

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Every night: look at all rules. Cut off, it begins anew with who is left."""
        self._run_all()
