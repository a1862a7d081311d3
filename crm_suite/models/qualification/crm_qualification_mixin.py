from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from .crm_qualification_answer import VALUE_FIELDS

ANSWER_FIELDS = [
    f"answer_ids.{name}"
    for name in ["question_id", "write_date", *sorted(set(VALUE_FIELDS.values()))]
]


class CrmQualificationMixin(models.AbstractModel):
    """The check-list of a lead: what is asked, what is known, and how it is entered."""

    _name = "crm.qualification.mixin"
    _description = "Qualification by a Check-list"

    answer_ids = fields.One2many("crm.qualification.answer", "lead_id", string="Answers", copy=True)
    qualification_sheet = fields.Json(
        string="Qualification", compute="_compute_qualification_sheet", exportable=False
    )
    qualification_input = fields.Json(
        string="Answers Being Entered",
        compute="_compute_qualification_input",
        inverse="_inverse_qualification_input",
        exportable=False,
    )
    qualification_answered = fields.Integer(
        string="Questions Answered", compute="_compute_qualification_progress"
    )
    qualification_total = fields.Integer(
        string="Questions Asked", compute="_compute_qualification_progress"
    )
    qualification_progress = fields.Char(
        compute="_compute_qualification_progress",
        help="Answered questions of the check-list.",
    )
    is_qualified = fields.Boolean(
        string="Qualified",
        compute="_compute_qualification_progress",
        search="_search_is_qualified",
        help="All required questions of the check-list are answered.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends(*ANSWER_FIELDS, "team_id", "type", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_qualification_sheet(self):
        for lead in self:
            lead.qualification_sheet = lead._prepare_sheet()

    def _compute_qualification_input(self):
        self.qualification_input = False

    def _inverse_qualification_input(self):
        for lead in self:
            if lead.qualification_input:
                lead._save_answers(lead.qualification_input)
        # what was entered is known now: who reads it again must not send it again
        self.invalidate_recordset(["qualification_input"], flush=False)

    @api.depends("answer_ids.question_id", "team_id", "type", "company_id")
    @api.depends_context("lang")
    def _compute_qualification_progress(self):
        for lead in self:
            lines = lead._get_checklist_lines()
            answered = set(lead.answer_ids.question_id.ids)
            required = {line.question_id for line in lines if line.required}
            count = sum(line.question_id in answered for line in lines)
            lead.qualification_total = len(lines)
            lead.qualification_answered = count
            lead.qualification_progress = (
                self.env._("%(answered)s of %(total)s", answered=count, total=len(lines))
                if lines
                else False
            )
            lead.is_qualified = bool(required) and required <= answered

    def _search_is_qualified(self, operator, value):
        if operator != "in":
            return NotImplemented
        complete = self.env["crm.qualification.checklist"]._get_complete_domain()
        return complete if True in value else ~complete

    def _get_checklist_lines(self):
        """Return the lines of the check-list of this lead, as cached: see `ChecklistLine`."""
        self.ensure_one()
        Checklist = self.env["crm.qualification.checklist"]
        checklist = Checklist._find(self.team_id, self.company_id, self.type or "lead")
        return checklist.lines if checklist else ()

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def _prepare_sheet(self):
        """Return what the page “Qualification” shows: the questions, and what is known.

        :rtype: dict
        """
        self.ensure_one()
        lines = self._get_checklist_lines()
        answers = {answer.question_id.id: answer for answer in self.answer_ids}
        asked = [line.question_id for line in lines]
        # sudo: whoever may read the lead may know what is asked about it
        Question = self.env["crm.qualification.question"].sudo()
        questions = Question.browse(asked).with_prefetch([*asked, *answers])
        topics = dict(Question._fields["topic"]._description_selection(self.env))
        others = [answer for key, answer in answers.items() if key not in set(asked)]
        return {
            "questions": [
                {
                    "id": question.id,
                    "name": question.name,
                    "hint": question.help_text or "",
                    "kind": question.kind,
                    "topic": topics[question.topic],
                    "required": line.required,
                    "gate": bool(line.gate or line.gate_conversion),
                    "options": self._prepare_options(question, answers.get(question.id)),
                    **self._prepare_known(answers.get(question.id)),
                }
                for question, line in zip(questions, lines, strict=True)
            ],
            # sudo: a question that has left the check-lists still has its name
            "others": [
                {"id": answer.id, "name": answer.question_id.sudo().name, "text": answer.value}
                for answer in others
            ],
            "currency": self.company_currency.symbol or "",
        }

    @api.model
    def _prepare_options(self, question, answer):
        if question.kind not in ("choice", "choices"):
            return []
        options = question.option_ids
        if answer:
            # what was archived since stays chosen
            options = options | answer.option_ids.sudo()
        return [{"id": option.id, "name": option.name} for option in options]

    @api.model
    def _prepare_known(self, answer):
        if not answer:
            return {"value": False, "text": "", "by": ""}
        # sudo: who found it out may have left, or belong to another company
        author = answer.sudo().write_uid.name
        when = answer.write_date and fields.Datetime.context_timestamp(self, answer.write_date)
        return {
            "value": answer._get_raw_value(),
            "text": answer.value,
            "by": f"{author}, {format_date(self.env, when)}" if when else author,
        }

    def _save_answers(self, values):
        """Create, change and delete answers.

        An answer to a question that somebody has deleted meanwhile is kept as a note.

        :param values: value by id of the question (JSON: ids may be texts); what a value may
            be, says `_parse_value` of the answer; an empty value deletes the answer
        :raise ValidationError: when a value is no answer to its question
        """
        self.ensure_one()
        if not isinstance(values, dict):
            raise ValidationError(self.env._("Answers are a value for each question."))
        Answer = self.env["crm.qualification.answer"]
        values = {
            int(key): value
            for key, value in values.items()
            if str(key).isdecimal() and int(key) < 2**31
        }
        questions = self.env["crm.qualification.question"].browse(values).exists()
        known = {answer.question_id: answer for answer in self.answer_ids}
        cleared, new = Answer, []
        for question in questions:
            parsed = Answer._parse_value(question, values[question.id], self)
            answer = known.get(question)
            if not parsed:
                cleared |= answer or Answer
            elif answer:
                answer.write(parsed)
            else:
                new.append({"lead_id": self.id, "question_id": question.id, **parsed})
        cleared.unlink()
        Answer.create(new)
        lost = [str(values[key])[:200] for key in values if key not in questions.ids]
        if lost := [text for text in lost if text not in ("", "False", "None", "[]")]:
            self._message_log(
                body=self.env._(
                    "Answered, but the question was deleted meanwhile: %(answers)s",
                    answers=", ".join(lost),
                )
            )
