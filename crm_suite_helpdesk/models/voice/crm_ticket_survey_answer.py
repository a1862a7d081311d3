from odoo import fields, models

from .crm_ticket_survey import FACES


class CrmTicketSurveyAnswer(models.Model):
    """What a customer answered, and what he had answered before he changed his mind."""

    _name = "crm.ticket.survey.answer"
    _description = "Answer to a Survey"
    _order = "id desc"
    _rec_name = "satisfaction"

    survey_id = fields.Many2one(
        "crm.ticket.survey", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Datetime(
        required=True, readonly=True, default=lambda self: self.env["crm.ticket"]._now()
    )
    satisfaction = fields.Selection(FACES, required=True, readonly=True)
    feedback = fields.Text("Comment", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Answered by",
        readonly=True,
        index="btree_not_null",
        help="Who was logged in. Empty: whoever had the link of the e-mail.",
    )
    way = fields.Selection(
        [("mail", "Link of the e-mail"), ("portal", "Portal")], required=True, readonly=True
    )
