from markupsafe import Markup

from odoo import api, fields, models

from ...lib.consent import decision_key
from . import refusals


class ResPartner(models.Model):
    # each room extends a core model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    consent_count = fields.Integer(
        "Answers on Consent",
        compute="_compute_consent_count",
        groups="mass_mailing.group_mass_mailing_user",
    )
    consent_summary = fields.Html(
        "May We Write?",
        compute="_compute_consent_summary",
        groups="sales_team.group_sale_salesman,mass_mailing.group_mass_mailing_user",
    )

    def _compute_consent_count(self):
        keys = {partner: partner._get_consent_keys() for partner in self}
        counts = dict(
            self.env["crm.consent.entry"]._read_group(
                [("identity_key", "in", [key for part in keys.values() for key in part])],
                ["identity_key"],
                ["__count"],
            )
        )
        for partner, part in keys.items():
            partner.consent_count = sum(counts.get(key, 0) for key in part)

    @api.depends("email_normalized", "phone_sanitized")
    def _compute_consent_summary(self):
        """By purpose and channel, for whoever may read the contact."""
        # sudo: the purposes of the companies at work, and the standing of addresses that the
        # reader sees on this very contact
        purposes = self.env["crm.consent.purpose"].sudo()
        purposes = purposes.search([("company_id", "in", [False, *self.env.companies.ids])])
        found = {}
        for purpose in purposes:
            for channel, name in (("email", "email_normalized"), ("sms", "phone_sanitized")):
                addresses = list(filter(None, self.mapped(name)))
                if channel in purpose._get_channels():
                    # few purposes; one query for all contacts
                    found[purpose, channel] = (
                        self.env["crm.consent"].sudo()._get_refusals(addresses, channel, purpose)
                    )  # sudo: see above
        words = refusals.describe(self.env)
        for partner in self:
            partner.consent_summary = partner._render_consent_summary(found, words)

    def _render_consent_summary(self, found, words):
        rows = Markup()
        for (purpose, channel), refused in found.items():
            address = self.email_normalized if channel == "email" else self.phone_sanitized
            if not address:
                continue
            reason = refused.get(address)
            rows += Markup("<tr><td>%s</td><td>%s</td><td class='%s'>%s</td></tr>") % (
                purpose.name,
                self.env._("E-mail") if channel == "email" else self.env._("SMS"),
                "text-danger" if reason else "text-success",
                words[reason] if reason else self.env._("May be written to"),
            )
        if not rows:
            return False
        head = Markup("<tr><th>%s</th><th>%s</th><th>%s</th></tr>") % (
            self.env._("Purpose"),
            self.env._("Channel"),
            self.env._("Status"),
        )
        return Markup("<table class='table table-sm o_consent_summary'>%s%s</table>") % (head, rows)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        # what strangers write into their contact proves nothing about the address: with the
        # address of somebody else they would unsubscribe him
        if not {"email", "phone"} & set(vals) or not self.env.user._is_internal():
            return super().write(vals)
        before = {partner: partner._get_consent_addresses() for partner in self}
        result = super().write(vals)
        for channel in ("email", "sms"):
            moved = {}
            for partner, addresses in before.items():
                old, new = addresses.get(channel), partner._get_consent_addresses().get(channel)
                if old and new and old != new:
                    moved[old] = new
            if moved:
                self._carry_refusals(moved, channel)
        return result

    @api.model
    def _carry_refusals(self, moved, channel):
        """What a person refused he refuses at his new address as well, since he refused it: a later
        word of the new address counts. What he agreed to, he agreed to for the old one.

        :param moved: ``{old address: new address}``
        """
        # sudo: whoever changes an address need not read what people said
        Consent = self.env["crm.consent"].sudo()
        keys = {Consent._hash(old, channel): new for old, new in moved.items()}
        own = {new: Consent._hash(new, channel) for new in moved.values()}
        rows = Consent.search(
            [("identity_key", "in", [*keys, *own.values()]), ("channel", "=", channel)]
        )
        told = {
            (row.identity_key, row.purpose_id): decision_key(row.state, row.decided_at)
            for row in rows
            if row.state
        }
        for row in rows.filtered(lambda row: row.state == "withdrawn" and row.identity_key in keys):
            new = keys[row.identity_key]
            said = told.get((own[new], row.purpose_id))
            if not said or said < decision_key("withdrawn", row.decided_at):
                Consent._record(
                    [new],
                    channel,
                    "withdrawn",
                    row.purpose_id,
                    source="address",
                    date=row.decided_at,
                    user_id=self.env.uid,
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_consent_entries(self):
        """Open what the contact said about being written to."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_consent_entry_action"
        )
        return action | {
            "domain": [("identity_key", "in", self._get_consent_keys())],
            "context": {"create": False},
        }

    def action_record_consent(self):
        """Open the dialog in which one enters what the contact said."""
        self.ensure_one()
        addresses = self._get_consent_addresses()
        channel = "email" if "email" in addresses or not addresses else "sms"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter What People Said"),
            "res_model": "crm.consent.recording",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_addresses": addresses.get(channel),
                "default_channel": channel,
            },
        }

    def action_export_consent(self):
        """Download what is kept about the consent of the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm/consent/export/{self.id}?format=csv",
            "target": "self",
        }

    def _get_consent_addresses(self):
        """:return: ``{channel: address}`` as the ledger knows them."""
        self.ensure_one()
        Consent = self.env["crm.consent"]
        found = {
            "email": self.email_normalized and Consent._normalize(self.email_normalized, "email"),
            "sms": self.phone_sanitized,
        }
        return {channel: address for channel, address in found.items() if address}

    def _get_consent_keys(self):
        Consent = self.env["crm.consent"]
        addresses = self._get_consent_addresses()
        return [Consent._hash(address, channel) for channel, address in addresses.items()]
