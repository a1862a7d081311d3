from odoo import fields, models


class MailingTrace(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.trace"  # pylint: disable=consider-merging-classes-inherited

    trace_type = fields.Selection(
        selection_add=[("webhook", "Webhook"), ("activity", "Phone Call")],
        ondelete={"webhook": "cascade", "activity": "cascade"},
    )
