from odoo import fields, models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    handover_user_id = fields.Many2one(
        "res.users",
        string="Hand Over To",
        domain="[('share', '=', False)]",
        check_company=True,
        tracking=True,
        help="Who looks after a customer when an opportunity was won. Empty: the team leader. The"
        " automation rule “Won: hand over the customer” has to be switched on.",
    )
