from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ("crm.customizable.mixin", "res.partner")
