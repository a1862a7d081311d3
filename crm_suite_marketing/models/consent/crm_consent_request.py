from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ...lib import consent as lib
from .languages import name_languages

VALID_HOURS = {"confirm": 72, "export": 24, "preferences": 72}
KEEP_DAYS = 90
MOST_DELETED = 10_000
# Nobody fills the mailbox of somebody else, nor asks for a whole list of addresses
PER_ADDRESS_A_DAY = 3
PER_VISITOR_AN_HOUR = 10
PER_HOUR = 500
MAX_PURPOSES = 50


class CrmConsentRequest(models.Model):
    """What somebody asked for on the public page, or somebody of us for him, and what counts only
    once it is confirmed from the mailbox: to agree, to get one's data, or to choose.

    Rows are written by the system. The e-mail goes once (room ``delivery/`` of crm_suite).
    """

    _name = "crm.consent.request"
    _description = "Request by a Person"
    _inherit = ["crm.delivery.mixin"]
    _order = "id desc"
    _rec_name = "identity"

    nonce = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: lib.new_nonce(),
        groups="base.group_system",
    )
    kind = fields.Selection(
        [
            ("confirm", "To Agree"),
            ("export", "To Get the Data"),
            ("preferences", "To Choose"),
        ],
        required=True,
        readonly=True,
    )
    identity = fields.Char("Address", required=True, readonly=True)
    identity_key = fields.Char(required=True, readonly=True)
    address = fields.Char("Address Written to", readonly=True, help="As Odoo writes it.")
    purpose_ids = fields.Many2many("crm.consent.purpose", readonly=True, string="Purposes")
    state = fields.Selection(
        [
            ("limited", "Too Many Requests"),
            ("waiting", "Being Sent"),
            ("sent", "E-mail Sent"),
            ("failed", "Not Delivered"),
            ("uncertain", "Uncertain"),
            ("done", "Confirmed"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="waiting",
    )
    failure = fields.Char("Why the E-mail Did Not Go", readonly=True)
    expires_at = fields.Datetime("Valid until", required=True, readonly=True)
    lang = fields.Char("Code of the Language", required=True, readonly=True)
    lang_name = fields.Char("Language", compute="_compute_lang_name")
    source = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", "Entered by", readonly=True, ondelete="set null")
    ip_hash = fields.Char(readonly=True, groups="base.group_system")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")

    _nonce_uniq = models.UniqueIndex("(nonce)")
    _person_idx = models.Index("(identity_key, create_date)")
    _visitor_idx = models.Index("(ip_hash, create_date) WHERE ip_hash IS NOT NULL")
    _date_idx = models.Index("(create_date)")

    @api.depends("lang")
    def _compute_lang_name(self):
        name_languages(self)

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    @api.model
    def _is_flooded(self, ip_hash):
        """Whether a visitor, or all of them together, have asked too often."""
        hour = [("create_date", ">", fields.Datetime.now() - timedelta(hours=1))]
        return (
            self.search_count([*hour, ("ip_hash", "=", ip_hash)], limit=PER_VISITOR_AN_HOUR)
            >= PER_VISITOR_AN_HOUR
            or self.search_count([*hour, ("ip_hash", "!=", False)], limit=PER_HOUR) >= PER_HOUR
        )

    @api.model
    def _ask(
        self,
        identity,
        purposes,
        kind="confirm",
        ip_hash=False,
        company=None,
        address=None,
        **values,
    ):
        """Write the e-mail that asks a person to confirm.

        :param address: the e-mail address as core writes it, where that is known
        :param values: what else is known: ``lang``, ``source``, ``reason``, ``user_id``, and
            ``ip`` and ``user_agent`` for the ledger
        """
        Consent = self.env["crm.consent"]
        company = self.env["res.company"].browse(
            (company or purposes.company_id[:1] or self.env.company).id
        )
        values.setdefault("source", "form")
        key = Consent._hash(identity, "email")
        yesterday = fields.Datetime.now() - timedelta(days=1)
        asked = self.search_count(
            [
                ("identity_key", "=", key),
                ("kind", "=", kind),
                ("state", "!=", "limited"),
                ("create_date", ">", yesterday),
            ],
            limit=PER_ADDRESS_A_DAY,
        )
        if asked >= PER_ADDRESS_A_DAY and kind != "confirm":
            # nobody looks for these, and a program would fill the table
            return self.browse()
        lang = self._choose_language(values.pop("lang", None), company)
        request = self.create(
            {
                "kind": kind,
                "identity": identity,
                "identity_key": key,
                "address": address or identity,
                "purpose_ids": purposes.ids[:MAX_PURPOSES],
                "state": "limited" if asked >= PER_ADDRESS_A_DAY else "waiting",
                "expires_at": fields.Datetime.now() + timedelta(hours=VALID_HOURS[kind]),
                "lang": lang,
                "source": values.get("source"),
                "reason": values.get("reason"),
                "user_id": values.get("user_id", False),
                "ip_hash": ip_hash,
                "company_id": company.id,
            }
        )
        if request.state == "limited":
            return request
        for purpose in purposes:
            Consent._record([identity], "email", "requested", purpose, lang=lang, **values)
        request._send()
        return request

    @api.model
    def _choose_language(self, lang, company):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        wanted = (lang, self.env.lang, company.partner_id.lang)
        return next((one for one in wanted if one in installed), "en_US")

    def _send(self):
        self.ensure_one()
        # whoever asks is not the author: he must not read the mail, which proves the address
        request = self.with_user(SUPERUSER_ID)
        template = request.env.ref(f"crm_suite_marketing.mail_template_consent_{self.kind}")
        mail_id = template.send_mail(
            self.id,
            email_values={
                "is_sent_once": True,
                "auto_delete": True,
                "headers": repr(
                    {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
                ),
            },
        )
        mail = request.env["mail.mail"].browse(mail_id)
        # what is sent stands in the mail, which only the system reads
        mail.mail_message_id.body = False
        mail.send()

    def _get_link(self):
        """The address in the e-mail."""
        self.ensure_one()
        if self.kind == "preferences":
            # sudo: links belong to nobody; only the e-mail tells it, which goes to the person
            links = self.env["crm.consent.link"].sudo()
            link = links._find_or_make(
                [self.identity],
                self.env["mailing.mailing"],
                addresses={self.identity: self.address},
            )[self.identity]
            return f"{self.get_base_url()}{link._get_path('preferences')}?lang={self.lang}"
        path = {"confirm": "confirm", "export": "data"}[self.kind]
        return f"{self.get_base_url()}/consent/{path}/{self._get_token()}?lang={self.lang}"

    def _get_token(self):
        # sudo: only the e-mail tells it, which goes to the person
        nonce = self.sudo().nonce
        return lib.make_token(self.env["crm.consent"]._get_key(), self.kind, nonce)

    def _get_direction(self):
        return self.env["res.lang"]._get_data(code=self.lang).direction

    # ------------------------------------------------------------------
    # Delivery
    # ------------------------------------------------------------------

    def _check_delivery(self, mail):
        self.ensure_one()
        return self.state in ("waiting", "failed", "uncertain") and not self._is_expired()

    def _on_delivery(self, mail, state, reason):
        self.ensure_one()
        if self.state != "done":
            self.write({"state": state, "failure": reason or False})

    # ------------------------------------------------------------------
    # Confirming
    # ------------------------------------------------------------------

    @api.model
    def _find(self, token, kind):
        """Return the request of a token, also one that has expired; or none."""
        nonce = lib.read_token(self.env["crm.consent"]._get_key(), kind, token)
        domain = [("nonce", "=", nonce), ("kind", "=", kind), ("state", "!=", "limited")]
        return self.search(domain, limit=1) if nonce else self.browse()

    def _is_expired(self):
        self.ensure_one()
        return self.expires_at <= fields.Datetime.now()

    def _confirm(self, **values):
        """The person has pressed the button. Once; a second time changes nothing."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT state FROM crm_consent_request WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        if self.state == "done" or self._is_expired():
            return False
        self.env["mail.blacklist"]._lift(self.identity, self.address, lang=self.lang, **values)
        for purpose in self.purpose_ids:
            self.env["crm.consent"]._record(
                [self.identity],
                "email",
                "granted",
                purpose,
                source="confirmation",
                reason=self.reason,
                user_id=self.user_id.id,
                lang=self.lang,
                **values,
            )
        self.state = "done"
        return True

    @api.autovacuum
    def _gc_old(self):
        """The ledger keeps what was said; requests are kept for a while, to see what went wrong."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        old = self.search([("create_date", "<", limit)], limit=MOST_DELETED)
        count = len(old)
        old.unlink()
        return count, count == MOST_DELETED
