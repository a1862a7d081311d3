from odoo import api, models
from odoo.exceptions import UserError

from ...lib import consent as lib
from .lifting import BY_PERSON


class MailingList(models.Model):
    _inherit = "mailing.list"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_left(self):
        # sudo: the ledger names the list, also to whoever may not read the ledger
        Entry = self.env["crm.consent.entry"].sudo()
        left = Entry._read_group([("mailing_list_id", "in", self.ids)], ["mailing_list_id"])
        if left:
            raise UserError(
                self.env._(
                    "People have left %s, and the ledger of consent keeps that. "
                    "Archive it instead.",
                    ", ".join(mailing_list.display_name for [mailing_list] in left),
                )
            )

    def _get_left(self, identity, channel="email"):
        """Return those of these lists that a person left, by his last word in the ledger."""
        # sudo: the ledger says it for whoever has it looked up
        entries = self.env["crm.consent.entry"].sudo()
        entries = entries.search(
            [
                ("identity_key", "=", self.env["crm.consent"]._hash(identity, channel)),
                ("channel", "=", channel),
                ("mailing_list_id", "in", self.ids),
            ],
            order="date, id",
        )
        last = {entry.mailing_list_id.id: entry.state for entry in entries}
        return self.filtered(lambda one: last.get(one.id) == "withdrawn")

    def _leave_by_identity(self, identity, address=None):
        """Take a person out of these lists, however his contacts write his address.

        :param address: the address as core writes it, where that is known
        """
        self._update_by_identity(identity, address, opt_out=True)

    def _return_by_identity(self, identity, address=None, **values):
        """A person comes back to these lists, by himself: nobody else can bring him back.

        :param values: of the entries of the ledger
        """
        for mailing_list in self:
            self.env["crm.consent"]._record(
                [identity],
                "email",
                "granted",
                mailing_list_id=mailing_list.id,
                text=mailing_list.name,
                **values,
            )
        self._update_by_identity(identity, address, opt_out=False)

    def _update_by_identity(self, identity, address, opt_out):
        contacts = (
            self.env["mailing.contact"]
            .with_context(active_test=False)
            .search([("email_normalized", "in", lib.get_writings(identity, address))])
        )
        # mostly one; core notes it on each contact
        for email in set(contacts.mapped("email_normalized")):
            self._update_subscription_from_email(email, opt_out=opt_out)

    def _update_subscription_from_email(self, email, opt_out=True, force_message=None):
        # core has checked the token of the person
        lists = self.with_context(consent_by=BY_PERSON)
        identity = self.env["crm.consent"]._normalize(email, "email")
        left = self._get_left(identity) if identity and not opt_out else self.browse()
        for mailing_list in left:
            # sudo: visitors have no rights
            self.env["crm.consent"].sudo()._record(
                [identity],
                "email",
                "granted",
                mailing_list_id=mailing_list.id,
                text=mailing_list.name,
                source="link",
            )
        return super(MailingList, lists)._update_subscription_from_email(
            email, opt_out=opt_out, force_message=force_message
        )
