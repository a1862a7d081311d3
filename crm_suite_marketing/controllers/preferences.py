"""What a person is asked on the page of preferences, and what becomes of his answers."""

from datetime import timedelta

from odoo import fields

from ..lib import consent as lib

PAUSES = (30, 60, 90)
# Entries of one person; whoever holds his link could fill the ledger, which nobody may empty
MOST_A_DAY = 50
MAX_REASON = 500


class Preferences:
    """The preferences of one person, who is the holder of one e-mail address.

    :param env: with the rights of the system; whoever makes one has checked who is asking
    :param mailing: the mailing by which he came, or none
    :param address: the address as core writes it, where that is known
    """

    def __init__(self, env, identity, company, mailing, address=None):
        self.env, self.identity, self.company, self.mailing = env, identity, company, mailing
        self.address = address
        self.writings = lib.get_writings(identity, address)
        self.consent = env["crm.consent"]
        self.addresses = {"email": identity}
        if phone := self._find_phone():
            self.addresses["sms"] = phone
        self.blocked = self._find_blocked()
        self.standings = self._read_standings()
        self.choices = self._get_choices()
        self.lists, self.left_lists = self._get_lists()

    def _find_phone(self):
        """The number of the contact, if there is no doubt whose it is. Text messages to it can be
        refused by e-mail, not agreed to: whoever reads the mails of an address has not shown that
        the telephone is his.

        People in the portal write the numbers of their contacts themselves, so these prove nothing.
        """
        found = self.env["res.partner"].search_fetch(
            [("email_normalized", "in", self.writings), ("phone_sanitized", "!=", False)],
            ["phone_sanitized", "commercial_partner_id"],
            limit=5,
        )
        family = found.commercial_partner_id
        outsiders = self.env["res.users"].with_context(active_test=False)
        outside = outsiders.search(
            [("share", "=", True), ("partner_id.commercial_partner_id", "in", family.ids)]
        ).partner_id.commercial_partner_id
        proven = found.filtered(lambda partner: partner.commercial_partner_id not in outside)
        numbers = set(proven.mapped("phone_sanitized"))
        return numbers.pop() if len(numbers) == 1 else None

    def _find_blocked(self):
        """Return the channels on which core's blacklists keep the person from everything."""
        found = set()
        if self.env["mail.blacklist"]._find_identity(self.identity, self.address):
            found.add("email")
        phone = self.addresses.get("sms")
        if phone and self.env["phone.blacklist"].search_count([("number", "=", phone)], limit=1):
            found.add("sms")
        return found

    def _read_standings(self):
        addresses = self.addresses.items()
        keys = {self.consent._hash(address, channel): channel for channel, address in addresses}
        rows = self.consent.search([("identity_key", "in", list(keys))])
        return {
            (row.channel, row.purpose_id.id): lib.Standing(
                row.state or None,
                row.decided_at or None,
                row.paused_at or None,
                row.paused_until or None,
            )
            for row in rows
            if keys[row.identity_key] == row.channel
        }

    def _get_choices(self):
        """Return a row for each purpose and channel: what may be switched on and off."""
        purposes = self.env["crm.consent.purpose"]._get_public(self.company)
        said = {purpose for _channel, purpose in self.standings if purpose}
        known = self.env["crm.consent.purpose"].browse(said) | self.mailing.purpose_id
        purposes |= known.filtered(
            lambda one: one.active and one.company_id.id in (False, self.company.id)
        )
        return [
            {
                "purpose": purpose,
                "channel": channel,
                "name": f"{channel}_{purpose.id}",
                "is_on": (is_on := self._is_on(purpose, channel)),
                "is_fixed": channel == "sms" and not is_on,
            }
            for purpose in purposes.sorted()
            for channel in purpose._get_channels()
            if channel in self.addresses
        ]

    def _is_on(self, purpose, channel):
        if channel in self.blocked:
            return False
        standing = self._get_standing(purpose, channel)
        if standing.state in (None, "requested"):
            return not purpose.needs_opt_in
        return standing.state == "granted"

    def _get_standing(self, purpose, channel):
        return lib.choose(
            self.standings.get((channel, key), lib.Standing())
            for key in {purpose.id or False, False}
        )

    def _get_lists(self):
        """Return the mailing lists in which the person is, which he may leave here; and the public
        ones that he left, to which only he can come back.
        """
        subscriptions = self.env["mailing.subscription"].search(
            [("contact_id.email_normalized", "in", self.writings)]
        )
        lists = subscriptions.list_id.filtered("active")
        left = subscriptions.filtered("opt_out").list_id & lists
        left |= lists._get_left(self.identity)
        return lists - left, left.filtered("is_public")

    @property
    def hidden_address(self):
        """What the page shows: whoever looks over the shoulder learns no address."""
        local, _at, domain = self.identity.partition("@")
        return f"{local[:1]}•••@{domain}"

    @property
    def hidden_phone(self):
        number = self.addresses.get("sms") or ""
        return f"••• {number[-3:]}" if number else ""

    @property
    def paused_until(self):
        standing = self.standings.get(("email", False))
        until = standing and standing.paused_until
        return until if until and until > fields.Datetime.now() else None

    @property
    def reasons(self):
        return self.env["mailing.subscription.optout"].search([])  # pylint: disable=no-search-all

    @property
    def pauses(self):
        return PAUSES

    # ------------------------------------------------------------------
    # Saving
    # ------------------------------------------------------------------

    def save(self, posted, source, visitor):
        """Do what the form says: save the switches, pause, go on, or leave everything.

        :param visitor: what the ledger keeps of the browser
        :return: what was done: saved, none, paused, resumed; flood: only what refuses
        """
        values = {
            "source": source,
            "reason": self._read_reason(posted),
            "mailing_id": self.mailing.id,
            **visitor,
        }
        action = posted.get("action")
        if action == "none":
            return self._leave_everything(values)
        is_flooded = self._is_flooded()
        if is_flooded and action in ("pause", "resume"):
            return "flood"
        if action == "pause":
            return self._pause(posted.get("days"), values)
        if action == "resume":
            if self.paused_until:
                # of two words of one second the pause would count
                paused_at = self.standings["email", False].paused_at
                date = max(fields.Datetime.now(), paused_at + timedelta(seconds=1))
                self._say_all("paused", until=False, date=date, **values)
            return "resumed"
        for choice in self.choices:
            wanted = bool(posted.get(choice["name"]))
            if wanted and (is_flooded or choice["is_fixed"]):
                continue
            if wanted != choice["is_on"]:
                channel = choice["channel"]
                if wanted and channel in self.blocked:
                    self.blocked.discard(channel)
                    self.env["mail.blacklist"]._lift(self.identity, self.address, **values)
                self.consent._record(
                    [self.addresses[channel]],
                    channel,
                    "granted" if wanted else "withdrawn",
                    choice["purpose"],
                    **values,
                )
        self._leave_lists(self.lists.filtered(lambda one: not posted.get(f"list_{one.id}")), values)
        if not is_flooded:
            back = self.left_lists.filtered(lambda one: posted.get(f"list_{one.id}"))
            back._return_by_identity(self.identity, self.address, **values)
        return "flood" if is_flooded else "saved"

    def _is_flooded(self):
        keys = [self.consent._hash(one, channel) for channel, one in self.addresses.items()]
        since = fields.Datetime.now() - timedelta(days=1)
        said = [("identity_key", "in", keys), ("create_date", ">", since)]
        return self.env["crm.consent.entry"].search_count(said, limit=MOST_A_DAY) >= MOST_A_DAY

    def _leave_everything(self, values):
        if any(
            self.standings.get((channel, False), lib.Standing()).state != "withdrawn"
            or any(choice["is_on"] for choice in self.choices)
            for channel in self.addresses
        ):
            self._say_all("withdrawn", **values)
        self._leave_lists(self.lists, values)
        return "none"

    def _pause(self, days, values):
        days = int(days) if isinstance(days, str) and days.isdecimal() else 0
        if days not in PAUSES:
            return "saved"
        until = fields.Datetime.now() + timedelta(days=days)
        # pressed again and again on one day, it says nothing new
        if not self.paused_until or self.paused_until.date() != until.date():
            self._say_all("paused", until=until, **values)
        return "paused"

    def _say_all(self, state, **values):
        for channel, address in self.addresses.items():
            self.consent._record([address], channel, state, **values)

    def _leave_lists(self, lists, values):
        if not lists:
            return
        lists._leave_by_identity(self.identity, self.address)
        for mailing_list in lists:
            self.consent._record(
                [self.identity],
                "email",
                "withdrawn",
                mailing_list_id=mailing_list.id,
                text=mailing_list.name,
                **values,
            )

    def _read_reason(self, posted):
        chosen = posted.get("optout")
        known = self.reasons.filtered(lambda one: str(one.id) == chosen)
        text = posted.get("reason")
        text = " ".join(text.split())[:MAX_REASON] if isinstance(text, str) else ""
        return ": ".join(filter(None, [known.name, text.replace("\x00", "")])) or False
