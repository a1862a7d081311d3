from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.timeline.mixin"]

    def _get_timeline_domain(self):
        return [*super()._get_timeline_domain(), ("move_type", "in", ("out_invoice", "out_refund"))]
