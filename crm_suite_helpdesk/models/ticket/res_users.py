from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    ticket_team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Helpdesk Teams",
        compute="_compute_ticket_team_ids",
        compute_sudo=True,
        help="Teams that the user leads or belongs to.",
    )

    def _compute_ticket_team_ids(self):
        # Read by the record rules of tickets: archived teams still have tickets
        Team = self.env["crm.ticket.team"].with_context(active_test=False)
        teams = Team.search(["|", ("user_id", "in", self.ids), ("member_ids", "in", self.ids)])
        for user in self:
            user.ticket_team_ids = teams.filtered(
                lambda team, user=user: user == team.user_id or user in team.member_ids
            )
