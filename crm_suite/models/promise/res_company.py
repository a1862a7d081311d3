from datetime import timezone

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    promise_grace_days = fields.Integer(
        string="Days of Grace for Promises",
        help="How many days after the promised day a payment may still come in, because banks take"
        " their time. Until then reminders are held.",
    )

    def _get_local_today(self):
        """Return the day that it is now where the company works.

        Its zone is that of its working hours, else of its own contact, else of the user.
        """
        self.ensure_one()
        name = self.resource_calendar_id.tz or self.partner_id.tz or self.env.user.tz or "UTC"
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return now.astimezone(pytz.timezone(name)).date()
