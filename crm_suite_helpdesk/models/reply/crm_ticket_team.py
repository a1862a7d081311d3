from odoo import fields, models


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    undo_seconds = fields.Integer(
        "Undo Send",
        default=0,
        help="For so many seconds, an agent can take a reply back before it is sent. 0: replies "
        "are sent at once.",
    )

    _undo_seconds_range = models.Constraint(
        "CHECK (undo_seconds BETWEEN 0 AND 120)",
        "A reply can wait for 0 to 120 seconds before it is sent.",
    )
