from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    association_order_count = fields.Integer(
        string="Orders Analyzed",
        readonly=True,
        groups="sales_team.group_sale_salesman_all_leads",
        help="Orders in which the last run looked for products that are bought together.",
    )
