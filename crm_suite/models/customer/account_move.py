from odoo import fields, models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.interaction.mixin"]

    interaction_ids = fields.One2many("crm.interaction", "move_id", string="Interactions")

    def _prepare_interaction_context(self):
        return {
            **super()._prepare_interaction_context(),
            "default_move_id": self.id,
            "default_partner_id": self.partner_id.id,
        }

    def _takes_interactions(self):
        return super()._takes_interactions() and self.move_type in ("out_invoice", "out_refund")
