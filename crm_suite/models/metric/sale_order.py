from odoo import api, models

# what makes another customer of an order, and what changes the figures of a confirmed one
CUSTOMER = {"partner_id", "company_id", "state"}
WATCHED = {"currency_rate", "date_order", "team_id", "user_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        self.env["crm.customer.metric.touch"]._collect(
            "sold", orders.filtered(lambda order: order.state == "sale")
        )
        return orders

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        Touch = self.env["crm.customer.metric.touch"]
        names = set().union(*vals_list)
        if "partner_id" in names:
            Touch._collect_now("sold", self)
        if names & CUSTOMER:
            Touch._collect("order", self)
        elif names & WATCHED:
            Touch._collect("sold", self)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.customer.metric.touch"]._collect_now("order", self)
        return super().unlink()
