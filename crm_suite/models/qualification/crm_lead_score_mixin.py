from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.scoring import level

LEVELS = [("cold", "Cold"), ("warm", "Warm"), ("hot", "Hot")]
OPEN = Domain("won_status", "=", "pending") & Domain("active", "=", True)
# So many leads are scored again at once when a rule changes; more are left to the scheduled job
SCORED_AT_ONCE = 2000
CRON_BATCH = 1000
POSITION = "crm_suite.score_position"
SILENT = "crm_suite.score_silent"
WARM = "crm_suite.score_warm"
HOT = "crm_suite.score_hot"


class CrmLeadScoreMixin(models.AbstractModel):
    """The score of a lead by rules, and when it is made anew.

    The score is a stored computed field without dependencies: which facts count is data. What
    changes a fact marks the score as outdated (`_mark_score_outdated`); it is made anew when it is
    read or the transaction ends, for all marked leads at once. So an import of thousands of leads
    costs a few queries, and whoever saves a lead sees the new score.
    """

    _name = "crm.lead.score.mixin"
    _description = "Score by Rules"

    rule_score = fields.Integer(
        string="Score",
        compute="_compute_rule_score",
        store=True,
        readonly=True,
        aggregator="avg",
        help="Points from the score rules; open the score to see why.",
    )
    score_level = fields.Selection(
        LEVELS, compute="_compute_rule_score", store=True, readonly=True, group_expand=True
    )
    score_line_ids = fields.One2many(
        "crm.lead.score.line", "lead_id", string="Reasons of the Score", readonly=True
    )
    score_hit_ids = fields.One2many(
        "crm.lead.score.hit", "lead_id", string="Thresholds Reached", readonly=True
    )

    def _compute_rule_score(self):
        """Score by rules. Marked as outdated by what changes a fact, see `_mark_score_outdated`.

        What is won or lost keeps the score that it had.
        """
        saved = self.browse(self.ids)
        scores = self.env["crm.lead.score.engine"]._evaluate(saved) if saved else {}
        warm, hot = self._get_score_levels()
        for lead in self:
            before, points = scores.get(lead.id) or (None, lead._origin.rule_score)
            lead.rule_score = points
            lead.score_level = (
                level(points, warm, hot)
                if before is not None
                else (lead._origin.score_level or "cold")
            )
        self.env["crm.lead.score.threshold"]._watch(scores)

    # ------------------------------------------------------------------
    # When scores are made anew
    # ------------------------------------------------------------------

    def _mark_score_outdated(self, field_name=None):
        """Have these leads scored again before anybody reads their score.

        :param field_name: the field that has changed, when it may be one that no rule uses
        """
        leads = self.browse(self.ids)
        if not leads or (field_name and field_name not in self._get_score_fields()):
            return
        for name in ("rule_score", "score_level"):
            self.env.add_to_compute(self._fields[name], leads)

    @api.model
    def _get_score_fields(self):
        return self.env["crm.lead.score.rule"]._get_applied()[1]

    def _is_score_outdated_by(self, vals):
        used = self._get_score_fields()
        return any(
            name in used
            or any(
                field.name in used
                for field in self.pool.get_dependent_fields(self._fields[name])
                if field.model_name == "crm.lead"
            )
            for name in vals
            if name in self._fields
        )

    @api.model
    def _get_score_levels(self):
        """Return from how many points a lead is warm, and hot."""
        # sudo: settings that are no secret, read for whoever saves a lead
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return _to_int(get_param(WARM, 20), 20), _to_int(get_param(HOT, 50), 50)

    @api.model
    def _update_score_levels(self):
        """Sort all leads into hot, warm and cold again, after the settings have changed."""
        warm, hot = self._get_score_levels()
        self.env["crm.lead"].flush_model(["rule_score", "score_level"])
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_lead lead
                   SET score_level = sorted.level
                  FROM (SELECT id, CASE WHEN COALESCE(rule_score, 0) >= %s THEN 'hot'
                                        WHEN COALESCE(rule_score, 0) >= %s THEN 'warm'
                                        ELSE 'cold' END AS level
                          FROM crm_lead) sorted
                 WHERE sorted.id = lead.id AND lead.score_level IS DISTINCT FROM sorted.level
             RETURNING 1
                """,
                hot,
                warm,
            )
        )
        self.env["crm.lead"].invalidate_model(["score_level"])

    @api.model
    def _score_all_again(self):
        """Score whatever is open by changed rules: at once, or soon when there are many.

        No threshold acts on it: nothing has happened to these leads.
        """
        # sudo: all leads follow the rules, also those that the manager cannot see
        leads = self.env["crm.lead"].sudo().search(OPEN, limit=SCORED_AT_ONCE + 1)
        if len(leads) <= SCORED_AT_ONCE:
            leads.with_context(crm_score_silent=True)._update_scores()
            return
        # sudo: the state of the scheduled job, which managers cannot write
        self.env["ir.config_parameter"].sudo().set_param(SILENT, "1")
        self.env["ir.config_parameter"].sudo().set_param(POSITION, "0")
        # sudo: as above
        self.env.ref("crm_suite.ir_cron_update_scores").sudo()._trigger()

    def _update_scores(self):
        """Score these leads now."""
        self._mark_score_outdated()
        self._recompute_recordset(["rule_score", "score_level"])

    @api.model
    def _cron_update_scores(self):
        """Score all open leads: points fade, and what is reached over other records changes.

        A run that is cut off goes on where it was with the next one.
        """
        Param = self.env["ir.config_parameter"]
        position, silent = _to_int(Param.get_param(POSITION), 0), Param.get_param(SILENT) == "1"
        leads = self.env["crm.lead"].with_context(crm_score_silent=silent)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=leads.search_count(OPEN & Domain("id", ">", position)))
        while batch := leads.search(
            OPEN & Domain("id", ">", position), order="id", limit=CRON_BATCH
        ):
            batch._update_scores()
            self.env.cr.flush()
            position = batch[-1:].id
            self.env.invalidate_all()
            if not cron._commit_progress(len(batch)):
                Param.set_param(POSITION, str(position))
                return
        Param.set_param(POSITION, "0")
        Param.set_param(SILENT, "0")


def _to_int(text, default):
    try:
        return int(text)
    except (TypeError, ValueError):
        return default
