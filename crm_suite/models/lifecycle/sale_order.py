from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        result = super().action_confirm()
        confirmed = self.filtered(lambda order: order.state == "sale")
        # sudo: the customer moves on whoever confirms his order, a customer on the portal too
        self.env["crm.lifecycle.rule"].sudo()._run_at_once(confirmed.sudo().partner_id)
        return result
