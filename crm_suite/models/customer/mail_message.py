from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    # serves the timeline: the newest messages of one document first, without logs and tracking
    _customer_history_idx = models.Index(
        "(model, res_id, date DESC, id DESC)"
        " WHERE message_type IN ('email', 'comment', 'email_outgoing')"
    )
