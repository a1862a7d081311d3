from odoo import fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.interaction.mixin"]

    interaction_ids = fields.One2many("crm.interaction", "order_id", string="Interactions")

    def _prepare_interaction_context(self):
        return {
            **super()._prepare_interaction_context(),
            "default_order_id": self.id,
            "default_partner_id": self.partner_id.id,
        }
