from odoo import fields, models


class CrmQualificationOption(models.Model):
    """One of the answers that a question offers."""

    _name = "crm.qualification.option"
    _description = "Qualification Choice"
    _order = "question_id, sequence, id"

    name = fields.Char(string="Choice", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An archived choice is offered no more; answers keep it."
    )
    question_id = fields.Many2one(
        "crm.qualification.question", required=True, ondelete="cascade", index=True
    )
