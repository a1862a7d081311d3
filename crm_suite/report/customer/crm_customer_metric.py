from odoo import models

from ...models.purchase.ratios import select_ratio


class CrmCustomerMetric(models.Model):
    _name = "crm.customer.metric"
    _inherit = ["crm.customer.metric"]

    def _read_group_select(self, aggregate_spec, query):
        """The average order of a group is the one of its sums."""
        expression = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec == "average_order_value:avg":
            return select_ratio(self, "revenue", "order_count", 1.0)
        return expression
