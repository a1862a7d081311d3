from odoo import api, fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    handover_user_id = fields.Many2one(
        "res.users",
        string="Hand Over To",
        compute="_compute_handover_user_id",
        help="Who looks after the customer when the opportunity was won: as the sales team says,"
        " else its leader, else the salesperson.",
    )

    @api.depends("team_id.handover_user_id", "team_id.user_id", "user_id")
    def _compute_handover_user_id(self):
        for lead in self:
            team = lead.team_id
            lead.handover_user_id = team.handover_user_id or team.user_id or lead.user_id
