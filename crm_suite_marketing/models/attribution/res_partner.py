from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # whose address it is, of leads and events without a contact
    _email_normalized_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
