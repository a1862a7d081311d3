from odoo import api, models
from odoo.tools import SQL


class CrmCustomerMetricTouch(models.Model):
    _name = "crm.customer.metric.touch"
    _inherit = ["crm.customer.metric.touch"]

    @api.model
    def _select_customers(self, kind, ids):
        if kind == "ticket":
            return SQL("SELECT partner_id FROM crm_ticket WHERE id = ANY(%s)", ids)
        return super()._select_customers(kind, ids)
