from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import email_normalize, urls

from .crm_consent_entry import OTHER_SOURCES

# what is written, or spoken, to a number
PHONE_TYPES = ("sms", "activity")


class MailingMailing(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Whoever has refused this purpose, or has not agreed where that is needed, is left "
        "out. Unsubscribing means this purpose. Empty: only whoever refused everything is left "
        "out, and unsubscribing means everything.",
    )
    unsubscribe_count = fields.Integer(
        "Unsubscribed",
        compute="_compute_unsubscribe_count",
        help="People who left by this mailing.",
    )

    def _compute_unsubscribe_count(self):
        Entry, counts = self.env["crm.consent.entry"], {}
        # administrators read mailings, but not what people said
        if Entry.has_access("read"):
            groups = ["mailing_id"], ["identity_key:count_distinct"]
            counts = dict(Entry._read_group(self._get_unsubscribe_domain(), *groups))
        for mailing in self:
            mailing.unsubscribe_count = counts.get(mailing._origin, 0)

    @api.constrains("purpose_id", "mailing_type")
    def _check_purpose(self):
        for mailing in self.filtered("purpose_id"):
            if not mailing._get_usable_purpose():
                raise AccessError(
                    self.env._("The purpose of “%s” is one of another company.", mailing.subject)
                )
            if mailing._get_consent_channel() not in mailing.purpose_id._get_channels():
                raise ValidationError(
                    self.env._("“%s” is not sent by this channel.", mailing.purpose_id.display_name)
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_unsubscribed(self):
        """Open what the people who left by this mailing said."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_consent_entry_action"
        )
        return action | {"domain": self._get_unsubscribe_domain(), "context": {"create": False}}

    def _get_unsubscribe_domain(self):
        return [
            ("mailing_id", "in", self.ids),
            ("state", "=", "withdrawn"),
            ("source", "not in", OTHER_SOURCES),
        ]

    # ------------------------------------------------------------------
    # Who is left out
    # ------------------------------------------------------------------

    def _get_usable_purpose(self):
        """Return the purpose, unless the user does not work for its company: how many people
        refused it is not his to know.
        """
        # sudo: only to compare companies; the system sends for all of them
        purpose = self.sudo().purpose_id._origin
        if self.env.user._is_superuser() or purpose.company_id <= self.env.user.company_ids:
            return purpose
        return purpose.browse()

    def _get_consent_channel(self):
        return "sms" if self.mailing_type in PHONE_TYPES else "email"

    def _get_consent_refusals(self, addresses, channel):
        """:return: ``{address: reason}``; core looks the blacklist and the lists up by itself."""
        self.ensure_one()
        # sudo: whoever sends need not read what people said; he learns the reason on the trace
        return (
            self.env["crm.consent"]
            .sudo()
            ._get_refusals(addresses, channel, self.sudo().purpose_id, use_blacklist=False)
        )

    # ------------------------------------------------------------------
    # Unsubscribing
    # ------------------------------------------------------------------

    def _unsubscribe_address(self, identity, source, channel="email", address=None, **values):
        """Somebody leaves by this mailing: its purpose; else its mailing lists; else everything.

        Whoever has left already is left alone.

        :param address: the e-mail address as core writes it, where that is known
        """
        self.ensure_one()
        Consent = self.env["crm.consent"]
        values |= {"mailing_id": self.id, "source": source}
        lists = self.contact_list_ids if self.mailing_on_mailing_list else self.contact_list_ids[:0]
        if channel == "email" and lists:
            lists._leave_by_identity(identity, address)
        if lists and not self.purpose_id:
            Entry = self.env["crm.consent.entry"]
            for mailing_list in lists:
                said = [
                    ("identity_key", "=", Consent._hash(identity, channel)),
                    ("mailing_list_id", "=", mailing_list.id),
                    ("mailing_id", "=", self.id),
                ]
                if not Entry.search_count(said, limit=1):
                    Consent._record(
                        [identity],
                        channel,
                        "withdrawn",
                        mailing_list_id=mailing_list.id,
                        text=mailing_list.name,
                        **values,
                    )
            return
        Consent._withdraw(identity, channel, self.purpose_id, **values)

    def _get_unsubscribe_url(self, email_to, res_id):
        return self._get_consent_url(
            email_to, res_id, "preferences"
        ) or super()._get_unsubscribe_url(email_to, res_id)

    def _get_unsubscribe_oneclick_url(self, email_to, res_id):
        return self._get_consent_url(
            email_to, res_id, "one_click"
        ) or super()._get_unsubscribe_oneclick_url(email_to, res_id)

    def _get_view_url(self, email_to, res_id):
        return self._get_consent_url(email_to, res_id, "view") or super()._get_view_url(
            email_to, res_id
        )

    def _get_consent_url(self, email_to, res_id, scope):
        """Return an address that names neither the person nor the record, else nothing."""
        self.ensure_one()
        identity = self.env["crm.consent"]._normalize(email_to, "email")
        # tests of a mailing keep core's links, which do nothing
        if not identity or not self.id or self.env.context.get("mailing_test_mail"):
            return None
        known = self.env.context.get("consent_links", {})
        link = known.get((self.id, identity))
        if not link:
            # sudo: links belong to nobody; this one goes to the person
            links = self.env["crm.consent.link"].sudo()
            link = known[self.id, identity] = links._find_or_make(
                [identity],
                self,
                {identity: res_id},
                {identity: email_normalize(email_to, strict=False)},
            )[identity]
        return urls.urljoin(self.get_base_url(), link._get_path(scope))
