from odoo import api, models

WATCHED = {
    "active",
    "closed_at",
    "company_id",
    "merged_into_id",
    "partner_id",
    "satisfaction",
    "stage_type",
}


class CrmTicket(models.Model):
    """Tickets are figures of their customer."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        self.env["crm.customer.metric.touch"]._collect("ticket", tickets)
        return tickets

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        names = set().union(*vals_list)
        Touch = self.env["crm.customer.metric.touch"]
        if "partner_id" in names:
            Touch._collect_now("ticket", self)
        if names & WATCHED:
            Touch._collect("ticket", self)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.customer.metric.touch"]._collect_now("ticket", self)
        return super().unlink()
