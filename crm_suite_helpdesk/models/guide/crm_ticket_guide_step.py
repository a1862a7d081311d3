from odoo import fields, models


class CrmTicketGuideStep(models.Model):
    """One step of a procedure, which agents tick off on each ticket."""

    _name = "crm.ticket.guide.step"
    _description = "Step of a Ticket Guide"
    _order = "guide_id, sequence, id"

    guide_id = fields.Many2one("crm.ticket.guide", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char("Step", required=True, translate=True)
    note = fields.Text("How", translate=True)
