from odoo import fields, models


class CrmTicket(models.Model):
    """Through which form a ticket came in."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    form_id = fields.Many2one(
        "crm.ticket.form", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
