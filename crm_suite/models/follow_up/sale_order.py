from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order"]

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        if message.message_type in ("comment", "email"):
            # sudo: the opportunity lives on when its quotation is talked about, whoever does
            self.sudo().opportunity_id._follow_message(message)
        return message
