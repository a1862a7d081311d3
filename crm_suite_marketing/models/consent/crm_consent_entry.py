import base64
import hashlib

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .crm_consent_purpose import CHANNELS
from .languages import name_languages

STATES = [
    ("requested", "Requested"),
    ("granted", "Agreed"),
    ("withdrawn", "Refused"),
    ("suppressed", "Suppressed"),
    ("paused", "Paused"),
    ("unblocked", "Taken off the Blacklist"),
]
SOURCES = [
    ("form", "Public form"),
    ("confirmation", "Confirmed by e-mail"),
    ("preferences", "Preference page"),
    ("portal", "Portal"),
    ("one_click", "One-click unsubscribe"),
    ("link", "Unsubscribe link"),
    ("reply", "Answer to a mailing"),
    ("manual", "Entered by hand"),
    ("import", "Import"),
    ("api", "Another program"),
    ("complaint", "Reported as spam"),
    ("bounce", "Address does not exist"),
    ("address", "Change of address"),
    ("blacklist", "Blacklist of Odoo"),
    ("erasure", "Erasure"),
]
# Who left a mailing did so by himself: these are no unsubscribing
OTHER_SOURCES = ("complaint", "bounce", "blacklist", "erasure")
# What the database itself lets nobody do: triggers, as the ORM is not the only door
GUARD = """
    CREATE OR REPLACE FUNCTION crm_consent_entry_guard() RETURNS trigger AS $$
    DECLARE
        loose text[] := ARRAY['create_uid', 'write_uid', 'mailing_id'];
    BEGIN
        IF current_setting('crm_suite.consent_erasure', true) = 'on' THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            -- records that entries name may go: their number is taken out, nothing else
            IF to_jsonb(NEW) - loose = to_jsonb(OLD) - loose
               AND (NEW.create_uid IS NULL OR NEW.create_uid = OLD.create_uid)
               AND (NEW.write_uid IS NULL OR NEW.write_uid = OLD.write_uid)
               AND (NEW.mailing_id IS NULL OR NEW.mailing_id = OLD.mailing_id)
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'The ledger of consent is append-only';
    END
    $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS crm_consent_entry_guard ON crm_consent_entry;
    CREATE TRIGGER crm_consent_entry_guard BEFORE UPDATE OR DELETE ON crm_consent_entry
        FOR EACH ROW EXECUTE FUNCTION crm_consent_entry_guard();
    DROP TRIGGER IF EXISTS crm_consent_entry_guard_all ON crm_consent_entry;
    CREATE TRIGGER crm_consent_entry_guard_all BEFORE TRUNCATE ON crm_consent_entry
        FOR EACH STATEMENT EXECUTE FUNCTION crm_consent_entry_guard();
"""


class CrmConsentEntry(models.Model):
    """The ledger: what a person said, when, how, and what he was shown. Nobody changes it.

    A person is his address: the normalised e-mail address or phone number. The one exception to
    "nobody" is erasure (`crm.consent._erase`): the address, and what else tells of the person,
    goes; a keyed hash stays, which still blocks sending.
    """

    _name = "crm.consent.entry"
    _description = "Entry of Consent"
    _order = "date desc, id desc"
    _rec_name = "identity"

    identity = fields.Char("Address", readonly=True, help="Empty: it was erased.")
    identity_key = fields.Char("Key of the Address", required=True, readonly=True)
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: everything, or the mailing list.",
    )
    mailing_list_id = fields.Many2one(
        "mailing.list",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The person left this mailing list only.",
    )
    state = fields.Selection(STATES, "Answer", required=True, readonly=True)
    until = fields.Datetime("Paused until", readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    text = fields.Text("Text Shown", readonly=True)
    lang = fields.Char("Code of the Language", readonly=True)
    lang_name = fields.Char("Language", compute="_compute_lang_name")
    source = fields.Selection(SOURCES, required=True, readonly=True)
    reason = fields.Char(readonly=True)
    ip = fields.Char("Internet Address", readonly=True)
    user_agent = fields.Char("Browser", readonly=True)
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="set null", index="btree_not_null"
    )
    proof_id = fields.Many2one(
        "ir.attachment",
        "File of the Proof",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="One for all whom a list names.",
    )
    proof = fields.Binary(compute="_compute_proof")
    proof_hash = fields.Char(
        "SHA-256 of the Proof", readonly=True, help="Of the file as it was entered."
    )
    is_proof_changed = fields.Boolean("Proof Is Not the One Entered", compute="_compute_proof")
    proof_name = fields.Char("Name of the Proof", readonly=True)
    user_id = fields.Many2one(
        "res.users", "Entered by", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)

    _of_identity = models.Index("(identity_key, channel, date)")
    _of_date = models.Index("(date DESC, id DESC)")
    _identity_idx = models.Index("(identity) WHERE identity IS NOT NULL")

    def init(self):
        self.env.cr.execute(SQL(GUARD))

    @api.depends("identity", "state")
    def _compute_display_name(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for entry in self:
            address = entry.identity or self.env._("Erased address")
            entry.display_name = f"{address}: {states.get(entry.state)}"

    @api.depends("lang")
    def _compute_lang_name(self):
        name_languages(self)

    @api.depends("proof_id", "proof_hash")
    def _compute_proof(self):
        for entry in self:
            # sudo: whoever reads the entry reads its proof
            content = entry.sudo().proof_id.raw or b""
            entry.is_proof_changed = bool(
                entry.proof_hash and hashlib.sha256(content).hexdigest() != entry.proof_hash
            )
            shown = content and not entry.is_proof_changed
            entry.proof = base64.b64encode(content) if shown else False

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self._describe_append_only())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self._describe_append_only())

    def _describe_append_only(self):
        return self.env._(
            "The ledger of consent is only ever added to. Enter what the person says now."
        )

    @api.model
    def _keep_proof(self, proof):
        """:return: values of the entries, however many, that the proof is for"""
        name, content = proof["proof_name"], base64.b64decode(proof["proof"])
        # whoever made a file may exchange it, so nobody of us did; who reads the entries reads it
        # pages with programs in them are kept as text, whoever made the file
        files = self.env["ir.attachment"].with_context(attachments_mime_plainxml=True)
        kept = files.with_user(SUPERUSER_ID)
        kept = kept.create(
            {"name": name, "raw": content, "res_model": "crm.consent.entry", "res_id": 0}
        )
        digest = hashlib.sha256(content).hexdigest()
        return {"proof_id": kept.id, "proof_name": name, "proof_hash": digest}

    def action_view_mailing(self):
        """Open the mailing by which the answer came."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "res_id": self.mailing_id.id,
            "views": [(False, "form")],
        }
