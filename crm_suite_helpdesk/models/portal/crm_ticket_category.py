from odoo import fields, models


class CrmTicketCategory(models.Model):
    _name = "crm.ticket.category"
    _inherit = ["crm.ticket.category"]

    portal_offered = fields.Boolean(
        "Offered on the Portal",
        default=True,
        help="Customers may choose this category where their team lets them choose one.",
    )
