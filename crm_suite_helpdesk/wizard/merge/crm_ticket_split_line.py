from odoo import fields, models


class CrmTicketSplitLine(models.TransientModel):
    """A message that may be given to a ticket of its own."""

    _name = "crm.ticket.split.line"
    _description = "Message to Split off"
    _order = "id"

    split_id = fields.Many2one("crm.ticket.split", required=True, ondelete="cascade")
    message_id = fields.Many2one(
        "mail.message", "Source Message", readonly=True, ondelete="cascade"
    )
    is_chosen = fields.Boolean("Split off")
    date = fields.Datetime(readonly=True)
    author = fields.Char(readonly=True)
    text = fields.Char("Message", readonly=True)
    is_note = fields.Boolean("Note", readonly=True)
