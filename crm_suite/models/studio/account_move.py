from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ("crm.customizable.mixin", "account.move")
