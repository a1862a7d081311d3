from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.ticket.document.mixin"]
    _ticket_link = "invoice_id"

    def _get_ticket_product(self):
        products = self.invoice_line_ids.product_id
        return products if len(products) == 1 else super()._get_ticket_product()
