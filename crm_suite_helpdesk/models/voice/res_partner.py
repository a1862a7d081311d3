from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    no_ticket_survey = fields.Boolean(
        "No Surveys",
        groups="crm_suite_helpdesk.group_agent",
        help="This contact is never asked whether he was content. He can choose so himself on the "
        "page of a survey.",
    )
