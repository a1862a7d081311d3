from odoo import fields, models


class MailingTrace(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.trace"  # pylint: disable=consider-merging-classes-inherited

    failure_type = fields.Selection(
        selection_add=[
            ("mail_archived", "Archived"),
            ("mail_channel", "Prefers Another Channel"),
            ("mail_holdout", "Held Out for Comparison"),
            ("mail_cap", "Too Many Messages Already"),
            ("mail_cancelled", "Cancelled by a Person"),
        ],
    )
