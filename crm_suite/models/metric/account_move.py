from odoo import models

WATCHED = {"company_id", "invoice_user_id", "move_type", "partner_id", "state", "team_id"}


class AccountMove(models.Model):
    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        names = set().union(*vals_list)
        Touch = self.env["crm.customer.metric.touch"]
        if "partner_id" in names:
            Touch._collect_now("move", self)
        if names & WATCHED:
            Touch._collect("move", self)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.customer.metric.touch"]._collect_now("move", self)
        return super().unlink()
