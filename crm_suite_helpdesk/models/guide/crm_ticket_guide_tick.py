from odoo import fields, models


class CrmTicketGuideTick(models.Model):
    """A step of a guide that was done on a ticket."""

    _name = "crm.ticket.guide.tick"
    _description = "Step Done on a Ticket"
    _order = "id"
    _rec_name = "step_id"

    ticket_id = fields.Many2one("crm.ticket", required=True, index=True, ondelete="cascade")
    step_id = fields.Many2one(
        "crm.ticket.guide.step", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", "Done by", required=True, default=lambda self: self.env.uid
    )
    date = fields.Datetime("Done on", required=True, default=fields.Datetime.now)

    _once = models.UniqueIndex("(ticket_id, step_id)", "This step is done already.")
