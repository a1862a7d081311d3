from odoo import api, models

from . import lifting


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    def write(self, vals):
        if vals.get("active", True) is False or vals.get("number"):
            lifted = self.filtered(
                lambda one: (
                    one.active
                    and (vals.get("active", True) is False or one.number != vals["number"])
                )
            )
            lifting.note(self, "sms", lifted.mapped("number"))
        return super().write(vals)

    def unlink(self):
        lifting.note(self, "sms", self.filtered("active").mapped("number"))
        return super().unlink()

    def _remove(self, numbers, message=None):
        why = self.with_context(**{lifting.REASON: message})
        return super(PhoneBlacklist, why)._remove(numbers, message=message)

    @api.model
    def _forget(self, identity):
        """The same as `mail.blacklist._forget`."""
        found = self.with_context(active_test=False, consent_by=lifting.BY_PERSON)
        found.search([("number", "=", identity)]).unlink()
