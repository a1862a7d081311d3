from odoo import api, fields, models

COMPANY_SIZES = [
    ("1", "1 to 9 employees"),
    ("2", "10 to 49 employees"),
    ("3", "50 to 249 employees"),
    ("4", "250 employees and more"),
]


class ResPartner(models.Model):
    _inherit = "res.partner"

    # classes of enterprises of Commission Recommendation 2003/361/EC
    company_size = fields.Selection(COMPANY_SIZES)

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["company_size"]
