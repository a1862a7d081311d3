from odoo import fields, models


class CrmTicket(models.Model):
    """By which door a ticket came in."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    channel = fields.Selection(
        [
            ("agent", "Entered by us"),
            ("email", "Email"),
            ("portal", "Portal"),
            ("form", "Web form"),
            ("phone", "Phone"),
            ("chat", "Live chat"),
            ("api", "Other program"),
        ],
        default="agent",
        required=True,
    )
