from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_view_suggestions(self):
        """Show what to offer this customer next."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "crm_suite.product_suggestions",
            "name": self.env._(
                "Next-Best Products: %(customer)s", customer=self.commercial_partner_id.name
            ),
            "target": "new",
            "params": {"partner_id": self.id},
        }

    def action_quote_product(self, product_id):
        """Make a quotation to this customer with a product that is suggested, and open it.

        :raise UserError: when the product cannot be sold, or may not be read
        """
        self.ensure_one()
        self.check_access("read")
        if type(product_id) is not int:
            raise ValidationError(self.env._("Suggestions are asked for by ids."))
        product = self.env["product.product"].search(
            [("id", "=", product_id), *self.env["crm.product.association"]._get_sellable_domain()]
        )
        if not product:
            raise UserError(self.env._("This product is no longer for sale."))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        return order.get_formview_action()
