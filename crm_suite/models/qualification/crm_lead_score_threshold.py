import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

SHOWN_REASONS = 4


class CrmLeadScoreThreshold(models.Model):
    """What happens when the score of a lead rises to a number of points.

    It happens once for each lead, and is recorded (`crm.lead.score.hit`). Nothing happens on leads
    that are won, lost or archived, nor because somebody changes a rule.
    """

    _name = "crm.lead.score.threshold"
    _description = "Score Threshold"
    _inherit = ["crm.cached.mixin"]
    _order = "score, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    score = fields.Integer(string="From Score", required=True, default=50)
    lead_type = fields.Selection(
        [
            ("both", "Leads and opportunities"),
            ("lead", "Leads"),
            ("opportunity", "Opportunities"),
        ],
        string="Concerns",
        required=True,
        default="both",
    )
    team_ids = fields.Many2many(
        "crm.team",
        "crm_lead_score_threshold_team_rel",
        "threshold_id",
        "team_id",
        string="Sales Teams",
        help="Empty: all teams.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    assign = fields.Boolean(
        string="Assign a Salesperson",
        help="Leads without a salesperson get one, by the rules of assignment.",
    )
    convert = fields.Boolean(
        string="Convert to Opportunity",
        help="Leads become opportunities of the same contact. Nobody is created.",
    )
    stage_id = fields.Many2one(
        "crm.stage",
        string="Move to Stage",
        ondelete="set null",
        domain=[("is_won", "=", False)],
        help="Only forward: what is further already stays.",
    )
    tag_ids = fields.Many2many(
        "crm.tag", "crm_lead_score_threshold_tag_rel", "threshold_id", "tag_id", string="Add Tags"
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Plan an Activity",
        ondelete="set null",
        domain=[("res_model", "in", [False, "crm.lead"])],
    )
    activity_summary = fields.Char(string="Summary", translate=True)
    activity_days = fields.Integer(string="Due In", default=1, help="Days.")
    activity_user = fields.Selection(
        [("salesperson", "The salesperson"), ("leader", "The team leader"), ("user", "A user")],
        string="Planned For",
        default="salesperson",
        help="Whoever is missing is replaced: the team leader for the salesperson.",
    )
    activity_user_id = fields.Many2one(
        "res.users", string="User", ondelete="set null", domain=[("share", "=", False)]
    )
    hit_count = fields.Integer(string="Reached", compute="_compute_hit_count")

    _check_activity_days = models.Constraint(
        "CHECK(activity_days BETWEEN 0 AND 3650)", "An activity is due in 0 to 3650 days."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hit_count(self):
        counts = dict(
            self.env["crm.lead.score.hit"]._read_group(
                [("threshold_id", "in", self.ids)], ["threshold_id"], ["__count"]
            )
        )
        for threshold in self:
            threshold.hit_count = counts.get(threshold, 0)

    @api.constrains("activity_user", "activity_user_id", "activity_type_id")
    def _check_activity_user_id(self):
        for threshold in self:
            if (
                threshold.activity_type_id
                and threshold.activity_user == "user"
                and not threshold.activity_user_id
            ):
                raise ValidationError(
                    self.env._("“%(name)s”: choose the user to plan for.", name=threshold.name)
                )

    def action_view_hits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_lead_score_hit_action"
        )
        action["domain"] = [("threshold_id", "=", self.id)]
        return action

    # ------------------------------------------------------------------
    # Reaching a threshold
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _get_lowest_score(self):
        # sudo: only managers may read thresholds, everybody's work may reach them
        threshold = self.sudo().search([], order="score", limit=1)
        return threshold.score if threshold else None

    @api.model
    def _watch(self, scores):
        """Remember which leads have risen, to act on it when the transaction ends.

        :param scores: (score before, score now) by lead id
        """
        lowest = self._get_lowest_score()
        if lowest is None or self.env.context.get("crm_score_silent"):
            return
        risen = {
            lead_id: before
            for lead_id, (before, now) in scores.items()
            if before < now and now >= lowest
        }
        if not risen:
            return
        pending = self.env.cr.precommit.data.setdefault("crm_suite.score", {})
        if not pending:
            # in the name of the system: what a threshold does was decided by a manager, whoever's
            # work makes a lead reach it
            env = self.env(user=SUPERUSER_ID, su=True)
            self.env.cr.precommit.add(env[self._name]._act_on_risen)
        for lead_id, before in risen.items():
            pending[lead_id] = min(before, pending.get(lead_id, before))

    @api.model
    def _act_on_risen(self):
        """Do what the thresholds say that leads have reached in this transaction."""
        risen = self.env.cr.precommit.data.pop("crm_suite.score", {})
        by_threshold = {}
        for threshold_id, lead_id, score in self._record_hits(risen):
            by_threshold.setdefault(threshold_id, {})[lead_id] = score
        for threshold in self.browse(by_threshold).sorted("score"):
            scores = by_threshold[threshold.id]
            leads = self.env["crm.lead"].browse(scores)
            try:
                with self.env.cr.savepoint():
                    threshold._act(leads)
            except Exception:
                # nothing of what made the lead rise may be lost
                _logger.exception("Score threshold %s failed", threshold.id)
                threshold._note(leads, self.env._("Failed; an administrator finds why in the log."))

    @api.model
    def _record_hits(self, risen):
        """Record the thresholds that were reached, each once in the life of a lead."""
        self.env["crm.lead"].flush_model(
            ["rule_score", "team_id", "company_id", "type", "active", "won_status"]
        )
        hits = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_lead_score_hit (lead_id, threshold_id, date, score)
                     SELECT lead.id, threshold.id, now() AT TIME ZONE 'UTC', lead.rule_score
                       FROM unnest(%s::int[], %s::int[]) AS risen(lead_id, before)
                       JOIN crm_lead lead ON lead.id = risen.lead_id
                       JOIN crm_lead_score_threshold threshold
                         ON threshold.active
                        AND threshold.score > risen.before
                        AND threshold.score <= lead.rule_score
                        AND threshold.lead_type IN ('both', lead.type)
                        AND (threshold.company_id IS NULL
                             OR threshold.company_id = lead.company_id)
                      WHERE lead.active
                        AND lead.won_status = 'pending'
                        AND (NOT EXISTS (SELECT FROM crm_lead_score_threshold_team_rel rel
                                          WHERE rel.threshold_id = threshold.id)
                             OR EXISTS (SELECT FROM crm_lead_score_threshold_team_rel rel
                                         WHERE rel.threshold_id = threshold.id
                                           AND rel.team_id = lead.team_id))
                ON CONFLICT (lead_id, threshold_id) DO NOTHING
                  RETURNING threshold_id, lead_id, score
                """,
                list(risen),
                list(risen.values()),
            )
        )
        self.env["crm.lead"].invalidate_model(["score_hit_ids"], flush=False)
        return hits

    def _act(self, leads):
        """Do what this threshold says, for all leads at once."""
        self.ensure_one()
        done = {lead: [] for lead in leads}
        if self.assign:
            self._assign(leads, done)
        if self.convert:
            for lead in leads.filtered(lambda lead: lead.type == "lead"):
                lead.convert_opportunity(lead.partner_id)
                if lead.type == "opportunity":
                    done[lead].append(self.env._("converted to an opportunity"))
        if self.stage_id:
            self._move(leads, done)
        if self.tag_ids:
            leads.write({"tag_ids": [fields.Command.link(tag.id) for tag in self.tag_ids]})
            for lead in leads:
                done[lead].append(
                    self.env._("tagged %(tags)s", tags=", ".join(self.tag_ids.mapped("name")))
                )
        if self.activity_type_id:
            self._plan(leads, done)
        for lead, texts in done.items():
            self._note(lead, ", ".join(texts) or self.env._("nothing to do"))

    def _assign(self, leads, done):
        without = leads.filtered(lambda lead: not lead.user_id)
        without._assign_automatically()
        for lead in without:
            done[lead].append(
                self.env._("assigned to %(user)s", user=lead.user_id.name)
                if lead.user_id
                else self.env._("nobody available to assign")
            )

    def _move(self, leads, done):
        stage = self.stage_id
        behind = leads.filtered(
            lambda lead: (
                (lead.stage_id.sequence, lead.stage_id.id) < (stage.sequence, stage.id)
                and (not stage.team_ids or lead.team_id in stage.team_ids)
            )
        )
        behind.write({"stage_id": stage.id})
        for lead in behind.filtered(lambda lead: lead.stage_id == stage):
            done[lead].append(self.env._("moved to %(stage)s", stage=stage.name))

    def _plan(self, leads, done):
        deadline = fields.Date.context_today(self) + timedelta(days=self.activity_days)
        for lead in leads:
            leader = lead.team_id.user_id
            user = {
                "salesperson": lead.responsible_id,
                "leader": leader or lead.user_id,
                "user": self.activity_user_id,
            }.get(self.activity_user)
            if not user:
                done[lead].append(self.env._("nobody to plan an activity for"))
                continue
            lead.activity_schedule(
                activity_type_id=self.activity_type_id.id,
                summary=self.with_context(lang=user.lang).activity_summary,
                date_deadline=deadline,
                user_id=user.id,
            )
            done[lead].append(
                self.env._(
                    "planned “%(activity)s” for %(user)s",
                    activity=self.activity_type_id.name,
                    user=user.name,
                )
            )

    def _note(self, leads, result):
        """Say on the leads, and in the record of the threshold, what was done and why."""
        self.ensure_one()
        hits = self.env["crm.lead.score.hit"].search(
            [("threshold_id", "=", self.id), ("lead_id", "in", leads.ids)]
        )
        hits.result = result
        leads._message_log_batch(
            bodies={
                lead.id: self.env._(
                    "Score %(score)s reached “%(threshold)s” (%(points)s): %(result)s."
                    " Reasons: %(reasons)s",
                    score=lead.rule_score,
                    threshold=self.name,
                    points=self.score,
                    result=result,
                    reasons=", ".join(lead.score_line_ids[:SHOWN_REASONS].rule_id.mapped("name")),
                )
                for lead in leads
            }
        )
