from odoo import api, models
from odoo.tools import SQL

KINDS = {"sent": "quotation_sent", "sale": "order_confirmed"}


class SaleOrder(models.Model):
    """Quotations that go out, and orders that are confirmed, are noted with their time."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        for state, kind in KINDS.items():
            if found := [order.id for order in orders if order.state == state]:
                self.env["crm.journey.event"]._note(kind, "sale.order", found)
        return orders

    def _write_multi(self, vals_list):
        told = {}
        for order, values in zip(self, vals_list, strict=True):
            if values.get("state") in KINDS:
                told.setdefault(values["state"], []).append(order.id)
        for state, ids in told.items():
            rows = self.env.execute_query(
                SQL("SELECT id FROM sale_order WHERE id = ANY(%s) AND state <> %s", ids, state)
            )
            if rows:
                found = [row[0] for row in rows]
                self.env["crm.journey.event"]._note(KINDS[state], "sale.order", found)
        return super()._write_multi(vals_list)
