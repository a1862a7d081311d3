from odoo import fields, models
from odoo.tools import format_date

from ...lib.groups import COLLECTION_READERS as READERS


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.promise.mixin"]

    promise_id = fields.Many2one(
        "crm.payment.promise",
        string="Promise to Pay",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=READERS,
        help="The open promise of the customer to pay this invoice. An invoice has one at most.",
    )

    def _prepare_promise_context(self):
        return {
            **super()._prepare_promise_context(),
            "default_partner_id": self.commercial_partner_id.id,
            "default_contact_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
            "default_move_ids": self.ids,
        }

    def _get_reminder_holds(self):
        holds = super()._get_reminder_holds()
        # sudo: why a customer is not reminded is known to whoever may remind him
        for move in self.sudo():
            promise = move.promise_id
            if (
                promise.state == "open"
                and promise.hold_until >= promise.company_id._get_local_today()
            ):
                holds.setdefault(
                    move.id,
                    self.env._(
                        "The customer promised to pay by %s.", format_date(self.env, promise.date)
                    ),
                )
        return holds
