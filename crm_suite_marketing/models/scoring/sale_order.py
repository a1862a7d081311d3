from odoo import api, models

WATCHED = {"amount_untaxed", "campaign_id", "date_order", "partner_id", "state"}


class SaleOrder(models.Model):
    # each room extends a core model by itself
    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        said = orders.filtered(lambda order: order.state in ("sent", "sale"))
        self.env["crm.contact.score.queue"]._collect("partner", said.partner_id.ids)
        return orders

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            Queue = self.env["crm.contact.score.queue"]
            Queue._collect("order", self.ids)
            if any("partner_id" in values for values in vals_list):
                # whose it was before
                Queue._write_collected()
                Queue._collect("order", self.ids)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.contact.score.queue"]._collect("partner", self.partner_id.ids)
        return super().unlink()
