from odoo import api, fields, models


class CrmQualificationChecklistLine(models.Model):
    """A question on a check-list, and what the team wants to know before a lead may move on."""

    _name = "crm.qualification.checklist.line"
    _description = "Question of a Check-list"
    _inherit = ["crm.cached.mixin"]
    _order = "checklist_id, sequence, id"

    checklist_id = fields.Many2one(
        "crm.qualification.checklist", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    question_id = fields.Many2one(
        "crm.qualification.question", required=True, ondelete="cascade", index=True
    )
    topic = fields.Selection(related="question_id.topic")
    kind = fields.Selection(related="question_id.kind")
    required = fields.Boolean(
        default=True, help="The lead counts as qualified when the required questions are answered."
    )
    gate_stage_id = fields.Many2one(
        "crm.stage",
        string="Needed From Stage",
        ondelete="set null",
        index="btree_not_null",
        help="Nobody can move an opportunity into this stage, or beyond it, before the question"
        " is answered. Empty: it holds nothing up.",
    )
    gate_conversion = fields.Boolean(
        string="Needed to Convert",
        help="Nobody can convert a lead to an opportunity before the question is answered.",
    )

    _unique_question = models.Constraint(
        "UNIQUE(checklist_id, question_id)", "A question can be on a check-list only once."
    )

    @api.constrains("question_id")
    def _check_question_id(self):
        self.question_id._check_option_ids()
