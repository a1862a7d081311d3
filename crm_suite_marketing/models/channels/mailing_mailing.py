import hashlib
import secrets
from datetime import timedelta

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime

from ...lib.delivery_token import make_token
from ..outbox.crm_outbox import OWN_CHANNELS

MOST_SCRIPT_NAME = 80


class MailingMailing(models.Model):
    """Campaigns that are no mails: handed to another program, or calls for salespeople to make.

    Their audience, times, limits and deliveries are those of mails.
    """

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    mailing_type = fields.Selection(
        selection_add=[("webhook", "Webhook"), ("activity", "Phone Calls")],
        ondelete={"webhook": "cascade", "activity": "cascade"},
    )
    webhook_id = fields.Many2one(
        "crm.webhook", tracking=True, ondelete="restrict", index="btree_not_null"
    )
    webhook_field_ids = fields.Many2many(
        "crm.merge.field",
        "mailing_mailing_webhook_field_rel",
        string="Fields to Send",
        help="Only these go to the other program, each under the name of its merge field. Each "
        "recipient has a number besides, by which the program can tell repeated messages.",
    )
    call_days = fields.Integer(
        "Days for the Call", default=3, help="The calls are due so many days after the launch."
    )
    call_assignment = fields.Selection(
        [("salesperson", "Salesperson of the Recipient"), ("responsible", "Responsible")],
        "Calls for",
        default="salesperson",
        required=True,
        help="Recipients without a salesperson are called by the responsible of the campaign.",
    )

    _own_channel_engine = models.Constraint(
        "CHECK (delivery_engine = 'suite' OR mailing_type NOT IN ('webhook', 'activity'))",
        "Webhooks and phone calls are handed over by CRM Suite only.",
    )
    _call_days_valid = models.Constraint(
        "CHECK (call_days BETWEEN 0 AND 365)", "A call is due within a year."
    )

    @api.depends("mailing_type")
    def _compute_medium_id(self):
        result = super()._compute_medium_id()
        # which medium the other program serves, people know; mails it is not
        for mailing in self.filtered(lambda one: one.mailing_type in OWN_CHANNELS):
            kind = "phone" if mailing.mailing_type == "activity" else "direct"
            mailing.medium_id = self.env["utm.medium"]._fetch_or_create_utm_medium(kind)
        return result

    @api.constrains("mailing_type", "ab_testing_enabled")
    def _check_own_channel(self):
        if any(one.ab_testing_enabled and one.mailing_type in OWN_CHANNELS for one in self):
            raise ValidationError(self.env._("Only mailings by e-mail or SMS have an A/B test."))

    @api.constrains("webhook_id", "webhook_field_ids", "mailing_model_id")
    def _check_webhook(self):
        for mailing in self.filtered("webhook_id"):
            mailing._check_webhook_company()
            model = mailing.mailing_model_real
            strange = mailing.webhook_field_ids.filtered(lambda one, m=model: one.model_name != m)
            if strange:
                raise ValidationError(
                    self.env._(
                        "“%(fields)s” are no fields of the recipients of “%(mailing)s”.",
                        fields=", ".join(strange.mapped("label")),
                        mailing=mailing.subject,
                    )
                )

    def _check_webhook_company(self):
        # sudo: only to compare companies
        company = self.sudo().webhook_id.company_id
        users = self._get_delivery_user() | self._get_launcher()
        if company and any(company not in user.company_ids for user in users.sudo()):
            raise ValidationError(
                self.env._(
                    "The webhook of “%s” belongs to a company that you, or its responsible, do "
                    "not work for.",
                    self.subject,
                )
            )

    def action_test(self):
        """What is no mail is tried from its preview, which shows what goes."""
        if self.mailing_type not in OWN_CHANNELS:
            return super().action_test()
        return self.action_preview()

    # ------------------------------------------------------------------
    # Launch
    # ------------------------------------------------------------------

    def _contradicts_deliveries(self, vals):
        is_lost = self.webhook_id and "webhook_id" in vals and not vals["webhook_id"]
        return is_lost or super()._contradicts_deliveries(vals)

    def action_put_in_queue(self):
        for mailing in self:
            mailing._check_channel_ready()
        return super().action_put_in_queue()

    def _launch(self, res_ids=None):
        self._check_channel_ready()
        return super()._launch(res_ids)

    def _check_channel_ready(self):
        """:raise UserError: when this could not be handed to anybody"""
        self.ensure_one()
        # sudo: the system launches for all companies
        mailing = self.sudo()
        if mailing.mailing_type == "webhook":
            if not mailing.webhook_id.active:
                raise UserError(self.env._("Choose the webhook that “%s” goes to.", self.subject))
            mailing._check_webhook_company()
            mailing._check_webhook_fields()
        elif mailing.mailing_type == "activity":
            if not mailing.mailing_model_id.is_mail_activity:
                raise UserError(
                    self.env._(
                        "There are no activities on “%s”. Choose other recipients.",
                        mailing.mailing_model_id.name,
                    )
                )
            if not (mailing.body_plaintext or "").strip():
                raise UserError(self.env._("Write what the callers of “%s” say.", self.subject))

    def _check_webhook_fields(self):
        """The white list and rights may have changed since the fields were chosen."""
        allowed = self.env["crm.merge.field"].browse(
            [field.id for field in self._get_merge_white_list().values()]
        )
        refused = self.webhook_field_ids - allowed
        if refused:
            raise UserError(
                self.env._(
                    "These fields may not be sent any more: %s.", ", ".join(refused.mapped("label"))
                )
            )

    def _find_trouble(self, now, handed, errors, unreached_since, *counts):
        """Breakers talk of mail servers; nobody bounces here."""
        if self.mailing_type not in OWN_CHANNELS:
            return super()._find_trouble(now, handed, errors, unreached_since, *counts)
        minutes = self._get_delivery_company().breaker_unreached_minutes
        if minutes and unreached_since and unreached_since <= now - timedelta(minutes=minutes):
            return self.env._(
                "“%(name)s” has not been reached since %(time)s. Look at its address, and resume "
                "when it answers.",
                name=self.webhook_id.name,
                time=format_datetime(self.env, unreached_since, dt_format="short"),
            )
        return None

    def _get_pretty_mailing_type(self):
        if self.mailing_type == "webhook":
            return self.env._("Webhook")
        if self.mailing_type == "activity":
            return self.env._("Phone Call")
        return super()._get_pretty_mailing_type()

    # ------------------------------------------------------------------
    # What the workers hand over
    # ------------------------------------------------------------------

    def _make_message_template(self):
        if self.mailing_type in OWN_CHANNELS:
            return None
        return super()._make_message_template()

    def _render_batch(self, rows, template):
        """Return the text of each message, and for a webhook the chosen fields.

        The text is filled by merge fields only: no expression in it is evaluated.
        """
        if self.mailing_type not in OWN_CHANNELS:
            return super()._render_batch(rows, template)
        records = self.env[self.mailing_model_real].browse([row["res_id"] for row in rows])
        messages = self._render_own_messages(records)
        return {row["id"]: messages[row["res_id"]] for row in rows}

    def _render_own_messages(self, records, lang=None):
        """:return: ``{record id: {text, fields}}``"""
        text = self.body_plaintext or ""
        texts = self._render_merge_fields({"text": (text, "text")}, records, lang)
        values = {}
        if self.mailing_type == "webhook" and self.webhook_field_ids:
            names = set(self.webhook_field_ids.mapped("name"))
            values = self._get_merge_values(records, names, lang)
        return {
            number: {
                "text": texts[number]["text"],
                "fields": {
                    name: make_plain(value) for name, value in values.get(number, {}).items()
                },
            }
            for number in records.ids
        }

    def _log_messages(self, rows, messages):
        return None if self.mailing_type in OWN_CHANNELS else super()._log_messages(rows, messages)

    def _find_routes(self, messages):
        if self.mailing_type not in OWN_CHANNELS:
            return super()._find_routes(messages)
        return {(self.mailing_type, self.id): list(messages)} if messages else {}

    def _make_webhook_call(self, part):
        """:param part: list of (row, message); :return: number of the call, payload"""
        key = self.env["crm.consent"]._get_key()
        numbers = [make_token(key, "webhook", row["id"]) for row, _message in part]
        call_id = hashlib.sha256(".".join(numbers).encode()).hexdigest()[:32]
        messages = [
            {"id": number, **message} for number, (_row, message) in zip(numbers, part, strict=True)
        ]
        return call_id, self._make_webhook_payload("campaign.messages", messages)

    def _make_webhook_payload(self, kind, messages):
        return {
            "type": kind,
            "mailing": {"id": self.id, "title": self.subject},
            "campaign": self.campaign_id.name or None,
            "messages": messages,
        }

    def _send_webhook_test(self, record, lang=None):
        """Post what this recipient would get, once and beside all deliveries. Its type is another,
        so that no program takes it for a message to him.
        """
        self.check_access("write")
        self._check_channel_ready()
        message = self._render_own_messages(record, lang)[record.id]
        messages = [{"id": f"test-{secrets.token_hex(8)}", **message}]
        return self.webhook_id._try(self._make_webhook_payload("campaign.test", messages))

    # ------------------------------------------------------------------
    # Phone calls
    # ------------------------------------------------------------------

    def _make_activities(self, part):
        """Give each recipient a call for his salesperson, unless he has it from an earlier try.

        :param part: list of (row, message)
        """
        self.ensure_one()
        # sudo: the system hands calls out
        Activity = self.env["mail.activity"].sudo().with_context(active_test=False)
        known = Activity.search([("crm_outbox_id", "in", [row["id"] for row, _message in part])])
        known = set(known.crm_outbox_id.ids)
        part = [(row, message) for row, message in part if row["id"] not in known]
        callers = self._get_callers([row["res_id"] for row, _message in part])
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        model_id = self.env["ir.model"]._get_id(self.mailing_model_real)
        due = fields.Date.context_today(self) + timedelta(days=self.call_days)
        # one mail for each of some hundred calls would tell nobody anything
        Activity.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": call.id if call else False,
                    "summary": (self.subject or "")[:MOST_SCRIPT_NAME],
                    "note": to_note(message["text"], row["address"]),
                    "date_deadline": due,
                    "user_id": callers[row["res_id"]].id,
                    "res_model_id": model_id,
                    "res_id": row["res_id"],
                    "crm_outbox_id": row["id"],
                    "automated": True,
                }
                for row, message in part
            ]
        )

    def _get_callers(self, res_ids):
        """:return: ``{record id: user}``: the salesperson, if he may read the record"""
        # sudo: whose customer it is; whether he may read it is asked below
        records = self.env[self.mailing_model_real].sudo().browse(res_ids)
        fallback = self._get_delivery_user()
        callers = dict.fromkeys(res_ids, fallback)
        if self.call_assignment != "salesperson":
            return callers
        partners = records._mail_get_partners() if hasattr(records, "_mail_get_partners") else {}
        for record in records:
            own = record.user_id if "user_id" in record._fields else fallback.browse()
            user = own or partners.get(record.id, self.env["res.partner"])[:1].user_id
            if user.active and not user.share:
                callers[record.id] = user
        refused = {}
        for user in {user for user in callers.values() if user != fallback}:
            some = records.filtered(lambda record, user=user: callers[record.id] == user)
            readable = some.with_user(user)._filtered_access("read")
            refused |= dict.fromkeys(set(some.ids) - set(readable.ids), fallback)
        return callers | refused


def make_plain(value):
    """:return: the value of a merge field, as JSON has it"""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "_asdict"):
        return {name: make_plain(part) for name, part in value._asdict().items()}
    return str(value)


def to_note(text, number):
    """:return: HTML of the script of a call; what is in it stays text"""
    lines = Markup("<br/>").join(escape(line) for line in text.splitlines())
    return Markup("<p>%s</p><p>☎ <bdi>%s</bdi></p>") % (lines, number or "")
