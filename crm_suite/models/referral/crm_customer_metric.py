from odoo import fields, models


class CrmCustomerMetric(models.Model):
    _name = "crm.customer.metric"
    _inherit = ["crm.customer.metric"]

    referred_by_id = fields.Many2one(
        related="partner_id.referred_by_id", help="Who brought this customer to us."
    )
