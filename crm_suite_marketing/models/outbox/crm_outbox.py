from odoo import api, fields, models
from odoo.exceptions import UserError

from ..consent.languages import name_languages
from .reasons import REASONS

CHANNELS = [
    ("mail", "E-mail"),
    ("sms", "Text message"),
    ("webhook", "Webhook"),
    ("activity", "Activity"),
]
# Core knows nothing of these: our engine only sends them
OWN_CHANNELS = ("webhook", "activity")
STATES = [
    ("planned", "Planned"),
    ("held", "Held"),
    ("claimed", "Taken by a Worker"),
    ("sending", "Being Sent"),
    ("sent", "Sent"),
    ("uncertain", "Uncertain"),
    ("failed", "Failed"),
    ("suppressed", "Left Out"),
]
# What still may go
OPEN_STATES = ("planned", "held", "claimed", "sending")


class CrmOutbox(models.Model):
    """One message to one recipient, from the launch to its end; or the reason why there is none.

    Nobody writes these rows by hand. Sets of them are written by SQL: nothing may hang on `write`.
    """

    _name = "crm.outbox"
    _description = "Delivery"
    _order = "id desc"
    _rec_name = "address"
    _log_access = False

    create_date = fields.Datetime("Planned on", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    mailing_id = fields.Many2one("mailing.mailing", readonly=True, ondelete="cascade")
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, ondelete="set null", index="btree_not_null"
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True, default="mail")
    model = fields.Char("Model of the Recipient", readonly=True)
    res_id = fields.Many2oneReference("Recipient", model_field="model", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, ondelete="set null", index="btree_not_null"
    )
    identity = fields.Char("Normalized Address", readonly=True)
    identity_key = fields.Char("Key of the Address", readonly=True)
    address = fields.Char(readonly=True)
    lang = fields.Char("Code of the Language", readonly=True)
    lang_name = fields.Char("Language", compute="_compute_lang_name")
    tz = fields.Char("Time Zone", readonly=True)
    tz_guessed = fields.Boolean(
        "Time Zone of the Sender",
        readonly=True,
        help="The contact has no time zone, or one that nobody knows: that of the company stands "
        "in for it, else that of the responsible, else UTC.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="planned")
    reason = fields.Selection(REASONS, readonly=True)
    detail = fields.Text("What Happened", readonly=True)
    idem_key = fields.Char(
        "Key against Doubles",
        readonly=True,
        help="One message only goes for each key. Empty for who was left out.",
    )
    ignores_cap = fields.Boolean(
        "Goes in Spite of the Limit", readonly=True, help="Somebody has let this message go."
    )
    message_id = fields.Char("Message-ID", readonly=True)
    server_id = fields.Many2one(
        "ir.mail_server", "Mail Server", readonly=True, ondelete="set null", index="btree_not_null"
    )
    priority = fields.Integer(readonly=True, default=10, help="Small numbers go first.")
    due_at = fields.Datetime("Goes From", readonly=True, default=fields.Datetime.now)
    lease_until = fields.Datetime("Taken until", readonly=True)
    worker = fields.Char(readonly=True)
    attempt = fields.Integer("Attempts", readonly=True)
    put_off = fields.Integer(
        "Put Off (Seconds)",
        readonly=True,
        help="For how long in all mail servers did not want it, or could not be reached.",
    )
    is_assigned = fields.Boolean(
        "Chosen at the Launch",
        readonly=True,
        help="It was to go, or was held out, when the mailing was launched: counts where groups "
        "are compared, whatever became of it.",
    )
    resent = fields.Integer(
        "Sent Again",
        readonly=True,
        help="How many times it was planned again although nobody knew whether it had gone.",
    )
    sent_at = fields.Datetime("Sent on", readonly=True)
    trace_id = fields.Many2one(
        "mailing.trace",
        "Row of the Statistics",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    _idem_key_uniq = models.UniqueIndex("(idem_key) WHERE idem_key IS NOT NULL")
    _message_id_uniq = models.UniqueIndex("(message_id) WHERE message_id IS NOT NULL")
    # who comes to a step of a journey again gets another message
    _record_uniq = models.UniqueIndex("(mailing_id, model, res_id, COALESCE(journey_step_id, 0))")
    _taken_idx = models.Index("(state, lease_until) WHERE state IN ('claimed', 'sending')")
    _state_idx = models.Index("(mailing_id, state, reason)")
    _uncertain_idx = models.Index("(mailing_id) WHERE state = 'uncertain'")
    _identity_open_idx = models.Index(
        "(identity_key) WHERE state IN ('planned', 'claimed', 'sending')"
    )
    _identity_idx = models.Index("(identity_key, sent_at)")
    _key_when_sendable = models.Constraint(
        "CHECK (state = 'suppressed' OR idem_key IS NOT NULL)",
        "What may be sent has a key against doubles.",
    )

    _due_when_planned = models.Constraint(
        "CHECK (state != 'planned' OR due_at IS NOT NULL)", "What is planned has its time."
    )

    @api.depends("lang")
    def _compute_lang_name(self):
        name_languages(self)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_mailing(self):
        raise UserError(self.env._("Deliveries are kept. Cancel what should not go."))
