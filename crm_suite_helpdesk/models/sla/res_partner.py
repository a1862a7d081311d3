from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_covered_by_policy(self):
        self.env["crm.sla.policy"]._refuse_losing("partner_ids", self)
