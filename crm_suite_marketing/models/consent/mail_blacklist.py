from datetime import timedelta

from odoo import api, fields, models

from ...lib import consent as lib
from . import lifting


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model
    def _find_identity(self, identity, address=None):
        """Return what keeps a person from getting e-mails, however it is written."""
        return self.search([("email", "in", lib.get_writings(identity, address))])

    @api.model
    def _lift(self, identity, address=None, **values):
        """A person who is blacklisted agrees to something again, by himself.

        The blacklist means everything; so that he gets no more than he agreed to, the ledger takes
        over what it said before it goes.

        :param values: of the entry of the ledger
        """
        blacklisted = self._find_identity(identity, address)
        if not blacklisted:
            return
        # what was agreed to until it was last set counts no more, what is agreed to now does
        before = fields.Datetime.now() - timedelta(seconds=1)
        self.env["crm.consent"]._record(
            [identity],
            "email",
            "withdrawn",
            **values
            | {"source": "blacklist", "date": min(max(blacklisted.mapped("write_date")), before)},
        )
        for one in blacklisted.with_context(consent_by=lifting.BY_PERSON):
            one._remove(one.email, message=self.env._("The person has agreed again."))

    def write(self, vals):
        if vals.get("active", True) is False or vals.get("email"):
            lifted = self.filtered(
                lambda one: (
                    one.active and (vals.get("active", True) is False or one.email != vals["email"])
                )
            )
            lifting.note(self, "email", lifted.mapped("email"))
        return super().write(vals)

    def unlink(self):
        lifting.note(self, "email", self.filtered("active").mapped("email"))
        return super().unlink()

    def _remove(self, email, message=None):
        why = self.with_context(**{lifting.REASON: message})
        return super(MailBlacklist, why)._remove(email, message=message)

    @api.model
    def _forget(self, identity):
        """An erased person is on no list in clear; the ledger blocks him."""
        writings = lib.get_writings(identity)
        found = self.with_context(active_test=False, consent_by=lifting.BY_PERSON)
        found.search([("email", "in", writings)]).unlink()
