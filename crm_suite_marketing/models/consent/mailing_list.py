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

    def _leave_by_identity(self, identity, address=None):
        """Take a person out of these lists, however his contacts write his address.

        :param address: the address as core writes it, where that is known
        """
        contacts = (
            self.env["mailing.contact"]
            .with_context(active_test=False)
            .search([("email_normalized", "in", lib.get_writings(identity, address))])
        )
        # mostly one; core notes it on each contact
        for email in set(contacts.mapped("email_normalized")):
            self._update_subscription_from_email(email, opt_out=True)

    def _update_subscription_from_email(self, email, opt_out=True, force_message=None):
        # core has checked the token of the person
        lists = self.with_context(consent_by=BY_PERSON)
        return super(MailingList, lists)._update_subscription_from_email(
            email, opt_out=opt_out, force_message=force_message
        )
