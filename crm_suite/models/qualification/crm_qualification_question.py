from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CHOICES = frozenset(("choice", "choices"))


class CrmQualificationQuestion(models.Model):
    """What a salesperson finds out about a lead.

    Questions are shared by the check-lists of all teams, so that an answer is worth the same
    after a lead has changed its team.
    """

    _name = "crm.qualification.question"
    _description = "Qualification Question"
    _inherit = ["crm.cached.mixin"]
    _order = "topic, sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    help_text = fields.Char(
        string="Hint", translate=True, help="Shown below the question: how to ask, what counts."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An archived question is asked no more; its answers stay on the leads."
    )
    topic = fields.Selection(
        [
            ("1_need", "Needs"),
            ("2_budget", "Budget"),
            ("3_authority", "Authority"),
            ("4_timing", "Timing"),
            ("5_interest", "Interests"),
            ("6_other", "Other"),
        ],
        required=True,
        default="6_other",
    )
    kind = fields.Selection(
        [
            ("boolean", "Yes or No"),
            ("choice", "One Choice"),
            ("choices", "Several Choices"),
            ("text", "Text"),
            ("number", "Number"),
            ("amount", "Amount"),
            ("date", "Date"),
            ("products", "Products of Interest"),
        ],
        string="Kind of Answer",
        required=True,
        default="boolean",
    )
    option_ids = fields.One2many("crm.qualification.option", "question_id", copy=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    line_ids = fields.One2many("crm.qualification.checklist.line", "question_id")
    answer_count = fields.Integer(compute="_compute_answer_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_answer_count(self):
        counts = dict(
            self.env["crm.qualification.answer"]._read_group(
                [("question_id", "in", self.ids)], ["question_id"], ["__count"]
            )
        )
        for question in self:
            question.answer_count = counts.get(question, 0)

    @api.constrains("kind", "option_ids", "line_ids")
    def _check_option_ids(self):
        """Before a question is on a check-list it may still be without choices."""
        for question in self:
            if question.kind in CHOICES and question.line_ids and not question.option_ids:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” has no choices. Add at least one.", question=question.name
                    )
                )

    def write(self, vals):
        if "kind" in vals:
            changed = self.filtered(lambda question: question.kind != vals["kind"])
            changed._check_without_answers(
                self.env._("The kind of answer cannot change any more: ")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        self._check_without_answers(self.env._("The question cannot be deleted: "))

    def action_view_answers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_qualification_answer_action"
        )
        action["domain"] = [("question_id", "=", self.id)]
        return action

    def _check_without_answers(self, prefix):
        # sudo: answers on leads that this manager cannot see would be lost just the same
        answered = (
            self.env["crm.qualification.answer"]
            .sudo()
            .search([("question_id", "in", self.ids)], limit=1)
            .question_id
        )
        if answered:
            raise UserError(
                self.env._(
                    "%(reason)s“%(question)s” has answers on leads. Archive it and make a new one.",
                    reason=prefix,
                    question=answered.name,
                )
            )
