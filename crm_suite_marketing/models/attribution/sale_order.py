from odoo import models

# the figures of customers do not change with these, their attribution does
WATCHED = {"campaign_id", "medium_id", "opportunity_id", "source_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            self.env["crm.customer.metric.touch"]._collect("order", self)
        return super()._write_multi(vals_list)
