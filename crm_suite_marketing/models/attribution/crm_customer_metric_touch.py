from odoo import models
from odoo.tools import SQL


class CrmCustomerMetricTouch(models.Model):
    _inherit = "crm.customer.metric.touch"

    def _insert(self, collected):
        """Whose figures change, by an order, an invoice or a merge, has another attribution."""
        result = super()._insert(collected)
        self.env["crm.attribution.queue"]._add_customers(
            SQL(" UNION ALL ").join(
                self._select_customers(kind, sorted(ids)) for kind, ids in sorted(collected.items())
            )
        )
        return result
