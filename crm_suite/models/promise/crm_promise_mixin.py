from odoo import models


class CrmPromiseMixin(models.AbstractModel):
    """A record on which people write down that a customer promised to pay."""

    _name = "crm.promise.mixin"
    _description = "Record with Promises to Pay"

    def action_promise_payment(self):
        """Open the small form of a promise; all it asks for is filled in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to Pay"),
            "res_model": "crm.payment.promise",
            "view_mode": "form",
            "views": [(self.env.ref("crm_suite.crm_payment_promise_view_form_dialog").id, "form")],
            "target": "new",
            "context": self._prepare_promise_context(),
        }

    def _prepare_promise_context(self):
        """The ``default_*`` values of a promise that is given on this record.

        Each model that inherits the mixin names at least the customer.
        """
        self.ensure_one()
        return {}
