from odoo import api, fields, models


class CrmTicketTeamSetupHoliday(models.TransientModel):
    """Days on which a desk is closed."""

    _name = "crm.ticket.team.setup.holiday"
    _description = "Holiday of a New Desk"
    _order = "date_from, id"

    setup_id = fields.Many2one("crm.ticket.team.setup", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date(
        "To", compute="_compute_date_to", store=True, readonly=False, required=True
    )
    leave_id = fields.Many2one("resource.calendar.leaves", "Days Off", ondelete="cascade")

    @api.depends("date_from")
    def _compute_date_to(self):
        for line in self:
            # Only an empty end follows: a reversed one is the user's to put right
            line.date_to = line.date_to or line.date_from
