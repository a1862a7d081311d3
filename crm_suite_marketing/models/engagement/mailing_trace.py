from odoo import models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    # Core searches by these at each reply, open and bounce, and has no index for them. Its bounce
    # check compares the address without regard to case: only the short list of bounces is cheap.
    _model_res_id_idx = models.Index("(model, res_id)")
    _message_id_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _email_idx = models.Index("(email) WHERE email IS NOT NULL")
    _bounce_idx = models.Index("(write_date, email) WHERE trace_status = 'bounce'")
