from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ("crm.customizable.mixin", "sale.order")
