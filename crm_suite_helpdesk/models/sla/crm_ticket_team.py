from odoo import api, fields, models


class CrmTicketTeam(models.Model):
    _inherit = "crm.ticket.team"

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        ondelete="restrict",
        check_company=True,
        domain="[('flexible_hours', '=', False), ('company_id', 'in', [company_id, False])]",
        help="SLA policies without working hours of their own count time in these. Empty: those "
        "of the company.",
    )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_usable_for_sla()
