from odoo import models


class CrmTicket(models.Model):
    _name = "crm.ticket"
    _inherit = ["crm.ticket", "crm.segmented.mixin"]
