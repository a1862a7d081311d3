from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import create_column

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE
from .res_partner import COMPANY_SIZES

# What goes with a stage or a conversion in the values of a move
MOVE_FIELDS = frozenset(
    (
        "automated_probability",
        "date_closed",
        "date_conversion",
        "date_last_stage_update",
        "probability",
        "stage_id",
        "type",
    )
)
SHOWN_LEADS = 3


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.qualification.mixin", "crm.lead.score.mixin"]

    # facts that scores look at
    industry_id = fields.Many2one(
        "res.partner.industry",
        compute="_compute_company_facts",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    company_size = fields.Selection(
        COMPANY_SIZES, compute="_compute_company_facts", store=True, readonly=False
    )
    email_kind = fields.Selection(
        [("company", "Company address"), ("free", "Free mail provider")],
        string="Kind of E-mail",
        compute="_compute_email_kind",
        search="_search_email_kind",
    )
    customer_reply_date = fields.Datetime(
        string="Last Reply",
        readonly=True,
        copy=False,
        help="When the customer last answered by e-mail; the first e-mail does not count.",
    )

    _rule_score_idx = models.Index("(rule_score DESC, id DESC)")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    def _auto_init(self):
        """Add the columns ready: leads that are there are scored by the scheduled job."""
        cr = self.env.cr
        columns = {"rule_score": "int4 DEFAULT 0", "score_level": "varchar DEFAULT 'cold'"}
        known = {
            name
            for [name] in self.env.execute_query(
                SQL(
                    """SELECT column_name FROM information_schema.columns
                        WHERE table_name = 'crm_lead' AND column_name = ANY(%s)""",
                    [*columns, "industry_id"],
                )
            )
        }
        for name in set(columns) - known:
            create_column(cr, "crm_lead", name, columns[name])
            cr.execute(
                SQL("ALTER TABLE crm_lead ALTER COLUMN %s DROP DEFAULT", SQL.identifier(name))
            )
        if "industry_id" not in known:
            create_column(cr, "crm_lead", "industry_id", "int4")
            create_column(cr, "crm_lead", "company_size", "varchar")
            cr.execute(
                SQL(
                    """UPDATE crm_lead lead SET industry_id = partner.industry_id
                         FROM res_partner partner
                        WHERE partner.id = lead.partner_id AND partner.industry_id IS NOT NULL"""
                )
            )
        return super()._auto_init()

    @api.depends("partner_id")
    def _compute_company_facts(self):
        for lead in self:
            partner = lead.partner_id
            company = partner.commercial_partner_id
            lead.industry_id = partner.industry_id or company.industry_id or lead.industry_id
            lead.company_size = company.company_size or lead.company_size

    @api.depends("email_domain_criterion")
    def _compute_email_kind(self):
        for lead in self:
            criterion = lead.email_domain_criterion or ""
            is_company = criterion.startswith("@")
            lead.email_kind = criterion and ("company" if is_company else "free")

    def _search_email_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        company = Domain("email_domain_criterion", "=like", "@%")
        known = Domain("email_domain_criterion", "!=", False)
        domains = {"company": company, "free": known & ~company, False: ~known}
        return Domain.OR(domains[kind] for kind in value if kind in domains)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._mark_score_outdated()
        if self.env["crm.qualification.checklist"]._has_gates():
            default = self.env.context.get("default_stage_id")
            leads._check_created_stages(
                [
                    lead
                    for lead, vals in zip(leads, vals_list, strict=True)
                    if vals.get("stage_id", default)
                ]
            )
        return leads

    def write(self, vals):
        outdated = self._is_score_outdated_by(vals)
        places, held = self._prepare_move(vals)
        leads = self.browse(lead.id for lead in held)
        result = super(CrmLead, self - leads).write(vals) if self - leads or not self else True
        rest = {name: value for name, value in vals.items() if name not in MOVE_FIELDS}
        if leads and rest:
            super(CrmLead, leads).write(rest)
        self._check_gates(places)
        self._note_held(held)
        if outdated:
            self._mark_score_outdated()
        return result

    def _prepare_move(self, vals):
        """Return what a write means for check-lists that may hold up a move.

        People are told what is missing, and nothing is written. What moves by itself (automated
        actions, thresholds, what a customer does) stays where it is, and a note says why: nobody
        there could answer, and what caused the move must not fail.

        :return: where the leads are, by lead, when their move is checked after the write; and the
            missing questions of the leads that stay where they are
        """
        if (
            not {"stage_id", "type"} & set(vals)
            or not self.env["crm.qualification.checklist"]._has_gates()
        ):
            return {}, {}
        places = {lead: lead._get_gate_place() for lead in self}
        if not self._is_move_automatic():
            return places, {}
        stage = self.env["crm.stage"].browse(vals.get("stage_id") or [])
        held = {}
        for lead, place in places.items():
            lead_type = vals.get("type") or lead.type
            if questions := lead._get_missing(place, stage or lead.stage_id, lead_type):
                held[lead] = questions
        return {}, held

    @api.model
    def _prepare_gate_target(self, stage):
        return (stage.sequence, stage.id) if stage else None

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------

    def _get_gate_place(self):
        return self._prepare_gate_target(self.stage_id), self.type

    @api.model
    def _is_move_automatic(self):
        """Return whether nobody stands before the screen who could answer a question."""
        return bool(
            self.env.context.get("__action_done")
            or self.env.context.get("crm_form_rules") is KEEP_INCOMPLETE
            or self.env.uid == SUPERUSER_ID
            or not self.env.user._is_internal()
        )

    def _get_missing(self, place, stage, lead_type):
        """Return the questions without an answer that hold up a move.

        Only a move across the gate is held up: what is beyond already may go on. An opportunity
        with a confirmed order may always be won: the customer has decided.

        :param place: where the lead was, as by `_get_gate_place`
        """
        self.ensure_one()
        old, old_type = place
        new = self._prepare_gate_target(stage)
        answered = set(self.answer_ids.question_id.ids)
        missing = [
            line.question_id
            for line in self._get_checklist_lines()
            if line.question_id not in answered
            and (
                (line.gate and new and new >= line.gate and (not old or old < line.gate))
                or (line.gate_conversion and old_type == "lead" and lead_type == "opportunity")
            )
        ]
        # sudo: the order may be a colleague's
        if (
            missing
            and stage.is_won
            and any(order.state == "sale" for order in self.sudo().order_ids)
        ):
            missing = []
        return self.env["crm.qualification.question"].browse(missing)

    def _check_gates(self, places):
        """Raise when leads have moved across a gate without the answers that it takes.

        :param places: where the leads were, by lead
        :raise UserError: naming the leads and the questions
        """
        messages = [
            self.env._("%(lead)s: %(questions)s", lead=lead.display_name, questions=questions)
            for lead, place in places.items()
            if (
                questions := ", ".join(
                    lead._get_missing(place, lead.stage_id, lead.type).mapped("name")
                )
            )
        ]
        if messages:
            raise UserError(
                self.env._(
                    "Please answer this on the page “Qualification” first:\n%(messages)s",
                    messages="\n".join(messages[:SHOWN_LEADS]),
                )
            )

    def _check_created_stages(self, leads):
        places = {lead: (None, lead.type) for lead in leads}
        if not self._is_move_automatic():
            self._check_gates(places)

    def _note_held(self, missing):
        """Say on leads why they did not move by themselves."""
        if missing:
            # sudo: a note of the system, on behalf of whoever caused the move
            self.browse(lead.id for lead in missing).sudo()._message_log_batch(
                bodies={
                    lead.id: self.env._(
                        "This stays in its stage until these questions are answered: %(questions)s",
                        questions=", ".join(questions.sudo().mapped("name")),
                    )
                    for lead, questions in missing.items()
                }
            )

    # ------------------------------------------------------------------
    # Hooks of core
    # ------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if (
            message.message_type == "email"
            # sudo: whether the author is a colleague is no secret
            and not message.author_id.sudo().user_ids.filtered(lambda user: not user.share)
            and self.create_date < self.env.cr.now()
        ):
            # sudo: the gateway has posted for a stranger, who may write on nothing
            self.sudo().customer_reply_date = self.env.cr.now()
        return result

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(partner_name, is_company, parent_id)
        if not parent_id:
            values.update(industry_id=self.industry_id.id, company_size=self.company_size)
        return values

    def _merge_get_fields(self):
        return [*super()._merge_get_fields(), "industry_id", "company_size"]

    def _merge_dependences(self, opportunities):
        """Merged leads bring their answers along; two answers to one question: the other is
        kept as a note. Thresholds that one of them has reached are not reached again.
        """
        # sudo: the history moves as a whole, also what colleagues have found out
        merged = opportunities.sudo()
        questions = self.sudo().answer_ids.question_id
        moving, kept = merged.answer_ids.browse(), []
        for answer in merged.answer_ids:
            if answer.question_id in questions:
                kept.append(f"{answer.question_id.name} {answer.value}")
            else:
                questions |= answer.question_id
                moving |= answer
        moving.write({"lead_id": self.id})
        # sudo: thresholds of other teams were reached as well
        reached = self.sudo().score_hit_ids.threshold_id
        for hit in merged.score_hit_ids:
            if hit.threshold_id not in reached:
                reached |= hit.threshold_id
                hit.lead_id = self
        if kept:
            self._message_log(
                body=self.env._("Other answers of the merged leads: %s", "; ".join(kept))
            )
        return super()._merge_dependences(opportunities)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_score(self):
        """Open why the lead has its score."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Score: %(lead)s", lead=self.display_name),
            "res_model": "crm.lead",
            "res_id": self.id,
            "views": [(self.env.ref("crm_suite.crm_lead_view_form_score").id, "form")],
            "target": "new",
        }
