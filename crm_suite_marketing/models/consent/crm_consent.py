import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize, split_every

from ...lib import consent as lib
from . import refusals, standings
from .crm_consent_purpose import CHANNELS

KEY = "crm_suite_marketing.consent_key"
KINDS = {"email": "email", "sms": "phone"}
BATCH = 1000
MAX_API = 1000
# With a name; longer ones break the parser, or the index
MAX_ADDRESS = 300
# What an agreement that one of us enters does not end
REFUSALS = ("blacklist", "withdrawn", "suppressed")


class CrmConsent(models.Model):
    """Where people stand: what the ledger (`crm.consent.entry`) comes to, and the gate that
    everything that sends asks first (`_get_refusals`).

    Rows are derived. `_rebuild` makes them anew from the ledger; `lib/consent.py` says how.
    """

    _name = "crm.consent"
    _description = "Consent"
    _order = "decided_at desc, id desc"
    _rec_name = "identity"

    identity = fields.Char("Address", readonly=True, help="Empty: it was erased.")
    identity_key = fields.Char("Key of the Address", required=True, readonly=True)
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: everything.",
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    state = fields.Selection(
        [
            ("requested", "Not Confirmed Yet"),
            ("granted", "Agreed"),
            ("withdrawn", "Refused"),
            ("suppressed", "Suppressed"),
        ],
        "Status",
        readonly=True,
    )
    decided_at = fields.Datetime("Since", readonly=True)
    paused_at = fields.Datetime("Asked for a Pause on", readonly=True)
    paused_until = fields.Datetime(readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Contacts", compute="_compute_partner_ids")

    _person_uniq = models.UniqueIndex(
        "(identity_key, channel, COALESCE(purpose_id, 0), COALESCE(company_id, 0))"
    )
    _decided_idx = models.Index("(decided_at DESC, id DESC)")
    _identity_idx = models.Index("(identity) WHERE identity IS NOT NULL")

    @api.depends("identity", "channel")
    def _compute_partner_ids(self):
        Partner = self.env["res.partner"]
        for channel, name in (("email", "email_normalized"), ("sms", "phone_sanitized")):
            rows = self.filtered(lambda row, channel=channel: row.channel == channel)
            addresses = set(filter(None, rows.mapped("identity")))
            if channel == "email":
                addresses = {one for address in addresses for one in lib.get_writings(address)}
            found = Partner.search([(name, "in", list(addresses))]) if addresses else Partner
            by_address = found.grouped(
                lambda partner, channel=channel: partner._get_consent_addresses().get(channel)
            )
            for row in rows:
                row.partner_ids = by_address.get(row.identity, Partner)

    @api.depends("identity")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.identity or self.env._("Erased address")

    # ------------------------------------------------------------------
    # Addresses
    # ------------------------------------------------------------------

    @api.model
    def _ensure_key(self):
        """Make the key of the addresses, once. Without it nobody who was erased is known again, so
        it is kept with the database and never changed.
        """
        # sudo: the key is nobody's to read
        parameters = self.env["ir.config_parameter"].sudo()
        key = parameters.get_param(KEY)
        if not key:
            key = secrets.token_hex(32)
            parameters.set_param(KEY, key)
        return key

    @api.model
    def _get_key(self):
        # sudo: the key is nobody's to read
        return self.env["ir.config_parameter"].sudo().get_param(KEY) or self._ensure_key()

    @api.model
    def _normalize(self, address, channel):
        """Return an address as the ledger knows it; None if it is none."""
        address = (address or "") if len(address or "") <= MAX_ADDRESS else ""
        if channel == "email":
            found = email_normalize(address, strict=False)
            return lib.normalize_email(found) if found and not lib.BROKEN.search(found) else None
        number = address.strip()
        return number and self.env["res.partner"]._phone_format(number=number) or None

    @api.model
    def _hash(self, identity, channel):
        return lib.hash_identity(self._get_key(), KINDS[channel], identity)

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------

    @api.model
    def _get_refusals(
        self,
        addresses,
        channel="email",
        purpose=None,
        mailing_lists=None,
        use_blacklist=True,
        use_domains=True,
    ):
        """Say who must not be written to, by one query for any number of addresses.

        Everything that sends asks this first, but for what people need because of what they
        ordered or asked: quotations, invoices, tickets, reminders of payments.

        :param addresses: e-mail addresses or phone numbers, in any writing
        :param str channel: ``email`` or ``sms``
        :param purpose: ``crm.consent.purpose``; none: only what holds for everything
        :param mailing_lists: ``mailing.list`` whose opt-outs count
        :param use_domains: False: what the person said, whatever is thought of his domain
        :return: ``{address: reason}``, with the keys of `refusals.describe`
        """
        known = {address: self._normalize(address, channel) for address in set(addresses)}
        found = {address: "missing" for address, identity in known.items() if not identity}
        rows = [(address, identity) for address, identity in known.items() if identity]
        if not rows:
            return found
        # the blacklist knows addresses as core writes them
        cores = {
            address: email_normalize(address, strict=False) if channel == "email" else identity
            for address, identity in rows
        }
        asked = SQL(
            "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(address, key, domain)",
            [cores[address] for address, _identity in rows],
            [self._hash(identity, channel) for _address, identity in rows],
            [identity.rpartition("@")[2] for _address, identity in rows],
        )
        reasons = dict(
            self.env.execute_query(
                self._get_refusals_sql(
                    asked, channel, purpose, mailing_lists, use_blacklist, use_domains
                )
            )
        )
        found.update((address, reasons[core]) for address, core in cores.items() if core in reasons)
        return found

    @api.model
    def _get_refusals_sql(
        self,
        asked,
        channel,
        purpose=None,
        mailing_lists=None,
        use_blacklist=True,
        use_domains=True,
    ):
        """Return the query of (address, reason) of those who must not be written to.

        :param asked: query of (address, key, domain), each address once
        """
        ours = ("crm.consent", "crm.consent.entry", "crm.suppressed.domain")
        for model in (*ours, "mailing.subscription", "mailing.contact"):
            self.env[model].flush_model()
        self.env["mail.blacklist" if channel == "email" else "phone.blacklist"].flush_model()
        return refusals.make_query(
            asked,
            channel,
            purpose=purpose,
            lists=mailing_lists.ids if mailing_lists else [],
            use_blacklist=use_blacklist,
            use_domains=use_domains,
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_asked_sql(self, addresses, channel):
        """Return the query of (address, key, domain) for a query of addresses as core normalises
        them.
        """
        odd = self.env.execute_query(refusals.make_odd_query(addresses))
        known = {address: self._normalize(address, channel) for [address] in odd}
        return refusals.make_asked_query(
            addresses,
            salt=lib.salt(self._get_key(), KINDS[channel]),
            keys={address: self._hash(one, channel) for address, one in known.items() if one},
            domains={address: one.rpartition("@")[2] for address, one in known.items() if one},
        )

    # ------------------------------------------------------------------
    # The ledger
    # ------------------------------------------------------------------

    @api.model
    def _record(self, identities, channel, state, purpose=None, **values):
        """Add what people said to the ledger, and what it comes to. Whoever calls this has checked
        that it may be said.

        :param identities: addresses as `_normalize` returns them
        :param values: more values of the entries
        :return: the entries
        """
        purpose = purpose or self.env["crm.consent.purpose"]
        lang = values.pop("lang", None) or self.env.lang or "en_US"
        shown = values.pop("text", None) or purpose.with_context(lang=lang).text
        rows = [
            {
                "identity": identity,
                "identity_key": self._hash(identity, channel),
                "channel": channel,
                "state": state,
                "purpose_id": purpose.id,
                "company_id": purpose.company_id.id,
                "text": shown,
                "lang": lang,
                **values,
            }
            for identity in identities
        ]
        # sudo: nobody may write the ledger by himself; this is its one door
        entries = self.env["crm.consent.entry"].sudo().create(rows)
        self._apply(entries)
        return entries

    @api.model
    def _apply(self, entries):
        """Bring the rows of these entries up to date."""
        said = {}
        # mailing lists are apart; and whoever is taken off the blacklist has said nothing
        for entry in entries.filtered(
            lambda entry: not entry.mailing_list_id and entry.state != "unblocked"
        ):
            key = (entry.identity_key, entry.channel, entry.purpose_id.id, entry.company_id.id)
            said.setdefault(key, (entry.identity, []))[1].append(
                lib.Said(entry.state, entry.date, entry.until or None)
            )
        for keys in split_every(BATCH, said):
            known = self._lock_standings({key[0] for key in keys})
            rows = []
            for key in keys:
                identity, words = said[key]
                standing = known.get(key, lib.Standing())
                for word in words:
                    standing = lib.add(standing, word)
                rows.append((identity, *key, *standing))
            self._upsert(rows)

    def _lock_standings(self, identity_keys):
        self.flush_model()
        rows = self.env.execute_query(standings.make_lock_query(identity_keys))
        return {
            (row[0], row[1], row[2] or False, row[3] or False): lib.Standing(*row[4:])
            for row in rows
        }

    def _upsert(self, rows):
        now = fields.Datetime.now()
        self.env.cr.execute(standings.make_upsert_query(rows, self.env.uid, now))
        self.invalidate_model()

    @api.model
    def _rebuild(self):
        """Make all rows anew from the ledger."""
        self.flush_model()
        self.env["crm.consent.entry"].flush_model()
        self.env.cr.execute(SQL("DELETE FROM crm_consent"))
        self.invalidate_model()
        # sudo: the system counts what was said in all companies
        Entry, last_id = self.env["crm.consent.entry"].sudo(), 0
        while entries := Entry.search([("id", ">", last_id)], order="id", limit=BATCH):
            last_id = entries[-1].id
            self._apply(entries)
            self.env.invalidate_all()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("This is what the ledger of consent comes to. It stays."))

    # ------------------------------------------------------------------
    # What people and programs enter
    # ------------------------------------------------------------------

    @api.model
    def record_consent(self, values_list):
        """Enter what people have said, for other programs. Marketing users only.

        :param values_list: at most 1,000 dicts with ``address``, ``channel`` (email, sms),
            ``purpose_id`` (none: everything), ``state`` (granted, withdrawn), ``reason``, and
            ``text`` (what the person was shown, if not the text of the purpose)
        :return: for each what was entered: granted, withdrawn or requested (a confirmation by
            e-mail was asked for)
        """
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_user"):
            raise AccessError(self.env._("Only marketing users enter what people said."))
        if not isinstance(values_list, list) or len(values_list) > MAX_API:
            raise ValidationError(self.env._("Send at most %s answers at a time.", MAX_API))
        return [self._enter_values(values) for values in values_list]

    def _enter_values(self, values):
        if not isinstance(values, dict):
            raise ValidationError(self.env._("An answer has an address, a channel and a status."))
        channel, state = values.get("channel"), values.get("state")
        reason, text = str(values.get("reason") or ""), str(values.get("text") or "")
        is_known = channel in tuple(KINDS) and state in ("granted", "withdrawn")
        if not is_known or not reason.strip():
            raise ValidationError(
                self.env._("An answer needs a channel, a status and a reason that are known.")
            )
        identity = self._normalize(str(values.get("address") or ""), channel)
        if not identity:
            raise ValidationError(
                self.env._("“%s” is no address of this channel.", values.get("address"))
            )
        purpose_id = values.get("purpose_id") or False
        if not isinstance(purpose_id, int):
            raise ValidationError(self.env._("This purpose does not exist."))
        purpose = self.env["crm.consent.purpose"].browse(purpose_id).exists()
        if purpose_id and not purpose:
            raise ValidationError(self.env._("This purpose does not exist."))
        purpose.check_access("read")
        return self._enter(
            [identity], channel, state, purpose, source="api", reason=reason[:500], text=text[:5000]
        )[identity]

    def _enter(self, identities, channel, state, purpose, proof=None, **values):
        """Enter what somebody of us says that people said.

        An agreement that the person has to confirm himself is only requested, and an e-mail asks
        him: where the purpose says so, and always for those who have refused before. A proof makes
        it unnecessary for the former, never for the latter.

        :return: ``{identity: granted, withdrawn or requested}``
        """
        values["user_id"] = self.env.uid
        if state == "granted" and not purpose:
            raise ValidationError(self.env._("People agree to a purpose. Choose one."))
        if purpose and channel not in purpose._get_channels():
            raise ValidationError(
                self.env._("“%s” is not sent by this channel.", purpose.display_name)
            )
        asked = set()
        if state == "granted":
            refused = self._get_refusals(identities, channel, purpose, use_domains=False)
            # nobody confirms by SMS: a proof has to do, but the blacklist is lifted by hand
            kinds = ("blacklist",) if channel == "sms" and proof else REFUSALS
            asked = {identity for identity, reason in refused.items() if reason in kinds}
            if purpose.is_double and not proof and channel == "email":
                asked = set(identities)
            if asked and channel == "sms":
                raise UserError(
                    self.env._(
                        "%s has refused. Enter the new agreement with its proof, after the number "
                        "was taken off the blacklist.",
                        ", ".join(sorted(asked)[:10]),
                    )
                )
        if len(asked) > MAX_API:
            raise UserError(
                self.env._(
                    "%(count)s people would have to confirm by e-mail. Enter at most %(most)s of "
                    "them at a time.",
                    count=len(asked),
                    most=MAX_API,
                )
            )
        if proof:
            values |= self.env["crm.consent.entry"]._keep_proof(proof)
        plain = [identity for identity in identities if identity not in asked]
        self._record(plain, channel, state, purpose, **values)
        # sudo: requests are written by the system
        Request = self.env["crm.consent.request"].sudo()
        for identity in sorted(asked):
            Request._ask(identity, purpose, **values)
        return {identity: "requested" if identity in asked else state for identity in identities}

    @api.model
    def _withdraw(self, identity, channel, purpose=None, **values):
        """Note that a person refuses, unless he has already: programs ask again and again."""
        refusal = self._get_refusals(
            [identity], channel, purpose, use_blacklist=False, use_domains=False
        )
        if refusal.get(identity) != "withdrawn":
            self._record([identity], channel, "withdrawn", purpose, **values)

    # ------------------------------------------------------------------
    # A person's record
    # ------------------------------------------------------------------

    @api.model
    def _get_record(self, addresses):
        """Return everything that is kept about a person: what he said, what he was sent, what he
        did with it. Each room adds its part.

        :param addresses: list of (identity, channel)
        :return: dict of lists of dicts of plain values, for JSON
        """
        keys = [self._hash(identity, channel) for identity, channel in addresses]
        names = ("date", "channel", "identity", "purpose_id", "mailing_list_id", "state", "until")
        more = ("text", "lang", "source", "reason", "ip", "user_agent", "mailing_id", "proof_name")
        said = [("identity_key", "in", keys)]
        entries = self.env["crm.consent.entry"].search(said, order="date, id")
        rows = self.search(said, order="channel, purpose_id, id")
        now = ("channel", "identity", "purpose_id", "state", "decided_at", "paused_until")
        return {
            "addresses": [address[0] for address in addresses],
            "status": self._tell(rows, now),
            "history": self._tell(entries, names + more),
        }

    def _tell(self, records, names):
        """Return these fields of records as plain values."""

        def tell(record, name):
            value = record[name]
            if isinstance(value, models.BaseModel):
                # sudo: names only; the person is told what was kept about him
                return value.sudo().display_name or None
            return fields.Datetime.to_string(value) if hasattr(value, "year") else value or None

        return [{name: tell(record, name) for name in names} for record in records]

    @api.model
    def _erase(self, identity, channel, reason):
        """Take a person out of the ledger, so that only a keyed hash is left, which still blocks.

        This is the one exception to the rule that nobody changes the ledger: the law gives people
        the right to be forgotten, and the one not to be written to again.
        """
        key = self._hash(identity, channel)
        # sudo: whoever may erase was checked; links and requests belong to nobody
        doomed = Domain("identity_key", "=", key)
        self.env["crm.consent.link"].sudo().search(doomed).unlink()
        requests = self.env["crm.consent.request"].sudo().search(doomed)
        about = [("model", "=", requests._name), ("res_id", "in", requests.ids)]
        # sudo: the same
        self.env["mail.mail"].sudo().search(about).unlink()
        requests.unlink()
        # from here on the ledger blocks
        # sudo: the same
        blacklist = self.env["mail.blacklist" if channel == "email" else "phone.blacklist"].sudo()
        blacklist._forget(identity)
        Entry = self.env["crm.consent.entry"].sudo()
        entries = Entry.search(doomed)
        proofs = entries.proof_id
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT set_config('crm_suite.consent_erasure', 'on', true)"))
        self.env.cr.execute(
            SQL(
                """UPDATE crm_consent_entry
                      SET identity = NULL, ip = NULL, user_agent = NULL, reason = NULL,
                          proof_id = NULL, proof_name = NULL, proof_hash = NULL
                    WHERE identity_key = %s""",
                key,
            )
        )
        self.env.cr.execute(SQL("SELECT set_config('crm_suite.consent_erasure', '', true)"))
        self.env.invalidate_all()
        # the proof of a list stays for the others whom it names
        kept = Entry._read_group([("proof_id", "in", proofs.ids)], ["proof_id"])
        proofs.filtered(lambda one: (one,) not in kept).unlink()
        self._record(
            [identity],
            channel,
            "withdrawn",
            identity=False,
            source="erasure",
            reason=reason,
            user_id=self.env.uid,
        )
        self.env.cr.execute(
            SQL("UPDATE crm_consent SET identity = NULL WHERE identity_key = %s", key)
        )
        self.env.invalidate_all()
        return len(entries)
