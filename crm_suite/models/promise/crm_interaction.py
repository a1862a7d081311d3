from odoo import fields, models

from ...lib.groups import COLLECTION_READERS as READERS


class CrmInteraction(models.Model):
    _name = "crm.interaction"
    _inherit = ["crm.interaction", "crm.promise.mixin"]

    promise_ids = fields.One2many(
        "crm.payment.promise", "interaction_id", string="Promises to Pay", groups=READERS
    )
    is_overdue_customer = fields.Boolean(
        related="commercial_partner_id.is_overdue_customer", related_sudo=False, groups=READERS
    )

    def _prepare_promise_context(self):
        values = {
            **super()._prepare_promise_context(),
            "default_partner_id": self.commercial_partner_id.id,
            "default_contact_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
            "default_interaction_id": self.id,
        }
        if self.move_id and self.move_id.amount_residual:
            values["default_move_ids"] = self.move_id.ids
        return values
