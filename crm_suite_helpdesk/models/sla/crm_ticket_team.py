from odoo import api, fields, models


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

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
        self.calendar_id._check_countable()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_covered_by_policy(self):
        self.env["crm.sla.policy"]._refuse_losing("team_ids", self)
