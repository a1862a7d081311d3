from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # who mails to segments sees and filters by them as well
    segment_ids = fields.Many2many(
        groups="sales_team.group_sale_salesman,mass_mailing.group_mass_mailing_user"
    )
