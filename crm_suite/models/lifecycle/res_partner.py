from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    lifecycle_stage_id = fields.Many2one(
        "crm.lifecycle.stage",
        string="Lifecycle Stage",
        copy=False,
        index="btree_not_null",
        groups="sales_team.group_sale_salesman",
    )
