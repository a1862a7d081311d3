from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    is_follow_up = fields.Boolean(
        "Automatic Reminder of a Lead",
        readonly=True,
        copy=False,
        help="Reminds of a late first contact or a stalled opportunity. It is no next step.",
    )

    _follow_up = models.Index("(id) WHERE is_follow_up")
