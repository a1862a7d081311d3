from odoo import api, models
from odoo.tools import SQL


class CrmTimelineMessage(models.Model):
    _inherit = "crm.timeline.message"

    @api.model
    def _get_filter(self):
        """What goes with a reminder is an event of the reminder; answers to it are messages."""
        return SQL(
            "%s AND NOT (message.model = 'crm.payment.reminder' AND message.message_type = 'sms')",
            super()._get_filter(),
        )
