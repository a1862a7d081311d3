from odoo import models


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    # who has left a list is looked up by his address, for each recipient
    _email_normalized_idx = models.Index("(email_normalized)")
    _phone_sanitized_idx = models.Index("(phone_sanitized)")
