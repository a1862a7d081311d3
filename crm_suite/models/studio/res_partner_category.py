from odoo import models


class ResPartnerCategory(models.Model):
    _name = "res.partner.category"
    _inherit = ("crm.rule.opposite.mixin", "res.partner.category")
    _rule_links = ("partner_ids",)
