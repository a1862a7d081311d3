from datetime import timedelta

from odoo import api, fields, models

from ...lib import consent as lib


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
        for one in blacklisted:
            one._remove(one.email, message=self.env._("The person has agreed again."))
