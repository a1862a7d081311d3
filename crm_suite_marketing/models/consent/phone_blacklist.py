from datetime import timedelta

from odoo import api, fields, models


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    @api.model
    def _lift(self, identity, **values):
        """The same as `mail.blacklist._lift`, for text messages."""
        blacklisted = self.search([("number", "=", identity)])
        if not blacklisted:
            return
        before = fields.Datetime.now() - timedelta(seconds=1)
        self.env["crm.consent"]._record(
            [identity],
            "sms",
            "withdrawn",
            **values
            | {"source": "blacklist", "date": min(max(blacklisted.mapped("write_date")), before)},
        )
        self._remove([identity], message=self.env._("The person has agreed again."))
