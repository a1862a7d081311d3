from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.fields import Domain

# A check-list as it is applied: ids and plain values only, for the cache
Checklist = namedtuple("Checklist", "id use_on company_id team_ids lines")
ChecklistLine = namedtuple("ChecklistLine", "question_id required gate gate_conversion")


class CrmQualificationChecklist(models.Model):
    """The questions that a sales team asks about its leads and opportunities.

    A lead has one check-list: the first one of its team or, when its team has none, the first one
    that names no team.
    """

    _name = "crm.qualification.checklist"
    _description = "Qualification Check-list"
    _inherit = ["crm.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    use_on = fields.Selection(
        [
            ("both", "Leads and opportunities"),
            ("lead", "Leads"),
            ("opportunity", "Opportunities"),
        ],
        string="Used On",
        required=True,
        default="both",
    )
    team_ids = fields.Many2many(
        "crm.team",
        "crm_qualification_checklist_team_rel",
        "checklist_id",
        "team_id",
        string="Sales Teams",
        help="Empty: every team that has no check-list of its own.",
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company if self._has_companies() else False,
        index=True,
        help="Empty: all companies.",
    )
    line_ids = fields.One2many(
        "crm.qualification.checklist.line", "checklist_id", string="Questions", copy=True
    )
    question_count = fields.Integer(string="Number of Questions", compute="_compute_counts")
    gate_count = fields.Integer(string="Needed to Move On", compute="_compute_counts")

    @api.depends("line_ids.gate_stage_id", "line_ids.gate_conversion")
    def _compute_counts(self):
        for checklist in self:
            checklist.question_count = len(checklist.line_ids)
            checklist.gate_count = len(
                checklist.line_ids.filtered(lambda line: line.gate_stage_id or line.gate_conversion)
            )

    @api.model
    def _has_companies(self):
        return self.env.user.has_group("base.group_multi_company")

    @api.model
    @tools.ormcache()
    def _get_applied(self):
        """Return the check-lists in the order in which they are looked for.

        :rtype: tuple[Checklist]
        """
        # sudo: which questions are asked depends on the lead, not on who looks at it
        checklists = (
            self.sudo()
            .search([("active", "=", True)])
            .sorted(lambda checklist: not checklist.team_ids)
        )
        return tuple(
            Checklist(
                checklist.id,
                checklist.use_on,
                checklist.company_id.id,
                frozenset(checklist.team_ids.ids),
                tuple(
                    ChecklistLine(
                        line.question_id.id,
                        line.required,
                        line.gate_stage_id and (line.gate_stage_id.sequence, line.gate_stage_id.id),
                        line.gate_conversion,
                    )
                    for line in checklist.line_ids
                    if line.question_id.active
                ),
            )
            for checklist in checklists
        )

    @api.model
    def _has_gates(self):
        """Return whether any answer is needed to move on: mostly not, and nothing is checked."""
        return any(
            line.gate or line.gate_conversion
            for checklist in self._get_applied()
            for line in checklist.lines
        )

    @api.model
    def _find(self, team, company, lead_type):
        """Return the check-list that applies, or None.

        :rtype: Checklist | None
        """
        company = company or team.company_id
        return next(
            (
                checklist
                for checklist in self._get_applied()
                if checklist.use_on in ("both", lead_type)
                and checklist.company_id in (False, company.id)
                and (not checklist.team_ids or team.id in checklist.team_ids)
            ),
            None,
        )

    @api.model
    def _get_complete_domain(self):
        """Return the domain of the leads on which everything that is required is answered."""
        complete, earlier = Domain.FALSE, Domain.FALSE
        for checklist in self._get_applied():
            own = Domain.TRUE
            if checklist.use_on != "both":
                own &= Domain("type", "=", checklist.use_on)
            if checklist.company_id:
                own &= Domain("company_id", "=", checklist.company_id) | (
                    Domain("company_id", "=", False)
                    & Domain("team_id.company_id", "=", checklist.company_id)
                )
            if checklist.team_ids:
                own &= Domain("team_id", "in", checklist.team_ids)
            required = [line.question_id for line in checklist.lines if line.required]
            answered = Domain.AND(
                Domain("answer_ids", "any", [("question_id", "=", question_id)])
                for question_id in required
            )
            if required:
                complete |= own & ~earlier & answered
            earlier |= own
        return complete
