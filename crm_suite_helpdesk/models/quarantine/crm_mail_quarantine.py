import base64
import contextlib
import email.policy
import html
import logging
import re
from ast import literal_eval
from datetime import timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, email_split
from odoo.tools.constants import GC_UNLINK_LIMIT

from odoo.addons.crm_suite.lib import mail_guard, mail_reader
from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib.mail_journey import MailJourney
from ...lib.remote_pictures import hold_pictures

_logger = logging.getLogger(__name__)

TAG = re.compile(r"<[^>]*>")
# Nothing waits for anybody in these; what waits is never deleted by itself
DAYS_KEPT = 90
TEXT_LENGTH = 255
ERROR_LENGTH = 2000
RECIPIENTS_LENGTH = 2000
# What people may change; all else is what happened
EDITABLE = {"team_id"}
REMIND_AFTER = timedelta(hours=24)
ALERT_AFTER = timedelta(hours=1)
# What hardly ever is a letter of a person: kept, but nobody is alerted
QUIET = {"bounce", "duplicate", "refused", "machine"}


class CrmMailQuarantine(models.Model):
    """A mail that became neither a document nor a message, with its original.

    Rows are written by the gateway and by what people decide here; they prove that whatever
    arrives is somewhere.
    """

    _name = "crm.mail.quarantine"
    _description = "Quarantined Mail"
    _order = "date desc, id desc"

    name = fields.Char("Subject", readonly=True)
    email_from = fields.Char("From", readonly=True)
    email_to = fields.Char("To", readonly=True)
    message_id = fields.Char("Message-Id", readonly=True, copy=False)
    date = fields.Datetime(
        "Received on", readonly=True, required=True, default=lambda self: self.env.cr.now()
    )
    reason = fields.Selection(
        [
            ("error", "An error occurred"),
            ("no_route", "Nobody has this address"),
            ("loop", "Too many mails of one sender"),
            ("cut", "Too large: delivered without some files"),
            ("duplicate", "Message-Id of another mail"),
            ("refused", "Sent back to its sender"),
            ("bounce", "Delivery report of an unknown mail"),
            ("machine", "Automatic message"),
        ],
        readonly=True,
        required=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("aside", "Set aside"),
            ("done", "Delivered"),
            ("dismissed", "Dismissed"),
        ],
        readonly=True,
        required=True,
        default="waiting",
        help="What is waiting needs a decision. What is set aside is no letter of a person by all "
        "appearances, and is deleted after some time.",
    )
    error = fields.Text("What Happened", readonly=True)
    original = fields.Binary(attachment=True, readonly=True)
    filename = fields.Char(compute="_compute_filename")
    size = fields.Integer("Size (bytes)", readonly=True, aggregator=None)
    digest = fields.Char(readonly=True, required=True, copy=False)
    fallback_model = fields.Char(
        readonly=True, help="Where the mail server puts mails that name none of our addresses."
    )
    is_helpdesk = fields.Boolean(
        "For the Helpdesk",
        readonly=True,
        help="Mails to other addresses are shown to administrators only.",
    )
    team_id = fields.Many2one(
        "crm.ticket.team",
        index="btree_not_null",
        ondelete="set null",
        help="The team that gets the mail when you try again.",
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    attempts = fields.Integer(readonly=True, aggregator=None)
    tried_at = fields.Datetime("Last Tried on", readonly=True)
    settled_by_id = fields.Many2one("res.users", "Settled by", readonly=True)
    alerted_at = fields.Datetime(readonly=True)
    res_model = fields.Char(readonly=True, copy=False)
    res_id = fields.Many2oneReference(readonly=True, copy=False, model_field="res_model")

    _unique_digest = models.UniqueIndex("(digest)")
    _date_idx = models.Index("(date DESC, id DESC)")
    _waiting = models.Index("(date, id) WHERE state = 'waiting'")

    # ------------------------------------------------------------------ compute

    @api.depends("date")
    def _compute_filename(self):
        for mail in self:
            mail.filename = f"mail-{mail.id or 0}.eml"

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        if not self.env.su and not vals.keys() <= EDITABLE:
            raise AccessError(
                self.env._("What is in the quarantine cannot be changed, only delivered.")
            )
        if not self.env.su and vals.get("team_id"):
            self.env["crm.ticket.team"].browse(vals["team_id"]).check_access("read")
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_retry(self):
        """Give these mails to the gateway once more."""
        return self._settle(lambda mail: mail._retry())

    def action_make_ticket(self):
        """Make tickets of mails that cannot be read: sender and subject, the original attached."""
        return self._settle(lambda mail: mail._make_ticket())

    def action_dismiss(self):
        """Nothing is made of these mails; they are deleted after some time."""
        self._take().write({"state": "dismissed", "settled_by_id": self.env.uid})

    def action_open_document(self):
        self.ensure_one()
        self.check_access("read")
        # sudo: which document it is; opening it asks for the rights on it
        mail = self.sudo()
        if not mail.res_id or mail.res_model not in self.env:
            raise UserError(self.env._("There is nothing to open."))
        return self.env[mail.res_model].browse(mail.res_id)._get_records_action(context={})

    def _settle(self, deliver):
        mails = self._take()
        delivered = mails.filtered(deliver)
        delivered.settled_by_id = self.env.uid
        failed = mails - delivered
        if len(self) == 1 and delivered.res_id:
            return self.action_open_document()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": self.env._(
                    "Delivered: %(delivered)s. Still in quarantine: %(failed)s.",
                    delivered=len(delivered),
                    failed=len(failed),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _take(self):
        """The mails that nobody has settled, locked, as superuser."""
        self.check_access("write")
        # sudo: users may not write these rows, only decide about them
        mails = self.sudo().exists()
        mails.lock_for_update()
        mails.invalidate_recordset(["state"])
        mails = mails.filtered(lambda mail: mail.state != "done")
        if not mails:
            raise UserError(self.env._("These mails were delivered already."))
        return mails

    # ------------------------------------------------------------------ delivery

    def _retry(self):
        """Whether the gateway takes the mail now."""
        raw = base64.b64decode(self.original or b"")
        if self.reason == "duplicate":
            # Its name is taken by another mail
            raw = mail_reader.rename(raw)
        model, values = self.fallback_model, {}
        if self.team_id:
            model, values = "crm.ticket", {"team_id": self.team_id.id}
        return self._deliver(raw, model, values)

    def _make_ticket(self):
        raw = base64.b64decode(self.original or b"")
        team = self.team_id or self.env["crm.ticket.team"]._get_default_team(
            self.company_id or self.env.company
        )
        return self._deliver(mail_reader.wrap_raw(raw), "crm.ticket", {"team_id": team.id})

    def _deliver(self, raw, model, values):
        journey = MailJourney(raw, model, is_retry=True)
        journey.handed_in_by = self.create_uid
        # The gateway runs as superuser: what is delivered by hand is what would have been
        # delivered by itself
        context = {"crm_mail_journey": journey, "crm_mail_retry": KEEP_INCOMPLETE}
        Gateway = self.env(user=SUPERUSER_ID, context=context)["mail.thread"]
        res_id, error = False, ""
        reason = "Mail %s stays in quarantine", self.id
        with attempt(self.env.cr, _logger, *reason, level=logging.INFO) as delivery:
            res_id = Gateway.message_process(model or None, raw, custom_values=values)
        if delivery.error:
            res_id, error = False, _describe(delivery.error)
        if not res_id and not error:
            res_id = self._find_message(journey).res_id
            error = self.env._("It was not accepted: %s", self._get_reason_text(journey))
        tried = {"attempts": self.attempts + 1, "tried_at": self.env.cr.now()}
        if not res_id:
            self.write({**tried, "error": error})
            return False
        message = self._find_message(journey)
        self.write(
            {
                **tried,
                "state": "done",
                "res_model": message.model or (journey.routes or [[model]])[-1][0],
                "res_id": message.res_id or res_id,
            }
        )
        return True

    @api.model
    def _find_message(self, journey):
        """The message that a mail became, or another mail of the same name."""
        # sudo: whatever the message belongs to
        Message = self.env["mail.message"].sudo()
        message_id = journey.parsed.get("message_id")
        if not message_id:
            return Message
        return Message.search([("message_id", "=", message_id)], order="id desc", limit=1)

    def _get_reason_text(self, journey):
        reason = self._get_drop_reason(journey)
        return dict(self._fields["reason"]._description_selection(self.env))[reason]

    # ------------------------------------------------------------------ intake

    @api.model
    def _keep_failed(self, journey, error):
        """Keep a mail that the gateway could not handle."""
        _logger.info("A mail was put into quarantine", exc_info=error)
        no_route = isinstance(error, ValueError) and "No possible route" in str(error)
        return self._keep(journey, "no_route" if no_route else "error", error=_describe(error))

    @api.model
    def _keep_dropped(self, journey, res_id):
        """Keep a mail of which nothing was made, though nothing failed.

        :param res_id: what the gateway returned
        """
        if res_id or journey.is_kept:
            return
        if known := self._find_message(journey):
            if not self._is_same(known, journey):
                self._keep(journey, "duplicate")
            return
        # sudo: the gateway asks, whoever wrote
        Machine = self.env["crm.machine.mail"].sudo()
        message_id = journey.parsed.get("message_id")
        if message_id and Machine.search_count([("message_id", "=", message_id)], limit=1):
            return
        if journey.parsed.get("is_bounce") and journey.parsed.get("bounced_message"):
            return  # noted on the message that bounced
        self._keep(journey, self._get_drop_reason(journey))

    @api.model
    def _get_drop_reason(self, journey):
        if journey.parsed.get("is_bounce"):
            return "bounce"
        if not journey.routes and journey.routes is not None:
            return "refused"
        headers = _read_headers(journey.raw)
        return "machine" if mail_guard.machine_reason(headers) else "loop"

    @api.model
    def _is_same(self, message, journey):
        """Whether a mail is one that we have, which arrived once more."""
        parsed = journey.parsed
        sender = email_normalize(parsed.get("email_from") or "")
        if sender and sender != email_normalize(message.email_from or ""):
            return False
        body = parsed.get("body")
        if message.model == "crm.ticket":
            body = hold_pictures(body)
        new, known = _get_letters(body), _get_letters(message.body)
        # What we have may have been shortened, or a signature cut off
        return new == known or bool(known) and (known[:200] in new or new[:200] in known)

    @api.model
    def _keep(self, journey, reason, **values):
        """Put a mail into the quarantine; once, however often it arrives.

        :return: the row
        """
        journey.is_kept = True
        # sudo: the gateway may run as anybody
        Mail = self.sudo()
        if known := Mail.search([("digest", "=", journey.digest)], limit=1):
            return known
        mail = Mail.create({**self._prepare(journey), "reason": reason, **values})
        if not values.get("state"):
            mail.state = "aside" if reason in QUIET else "waiting"
        if mail.state == "waiting":
            cron = self.env.ref("crm_suite_helpdesk.ir_cron_quarantine", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()  # sudo: jobs belong to the system
        return mail

    @api.model
    def _prepare(self, journey):
        parsed, headers = journey.parsed, _read_headers(journey.raw)
        recipients = parsed.get("recipients") or ",".join(
            _decode(headers, name) for name in ("Delivered-To", "To", "Cc")
        )
        team = self._find_team(journey, recipients)
        return {
            "name": _shorten(parsed.get("subject") or _decode(headers, "Subject")),
            "email_from": _shorten(parsed.get("email_from") or _decode(headers, "From")),
            "email_to": _shorten(recipients, RECIPIENTS_LENGTH),
            "message_id": _shorten(parsed.get("message_id") or _decode(headers, "Message-Id")),
            "original": base64.b64encode(journey.raw),
            "size": len(journey.raw),
            "digest": journey.digest,
            "fallback_model": journey.fallback_model or False,
            "is_helpdesk": bool(team) or journey.leads_to("crm.ticket"),
            "team_id": team.id,
            "company_id": team.company_id.id,
        }

    @api.model
    def _find_team(self, journey, recipients):
        """The team that a mail was sent to."""
        # sudo: the gateway may run as somebody who reads neither teams nor aliases
        Team = self.env["crm.ticket.team"].sudo()
        for route in journey.routes or ():
            if route[0] == "crm.ticket":
                if route[1]:
                    return self.env["crm.ticket"].sudo().browse(route[1]).team_id
                if team := Team.browse((route[2] or {}).get("team_id")).exists():
                    return team
        addresses = [address.lower() for address in email_split(recipients)[:100]]
        aliases = Team.env["mail.alias"].search(
            [
                ("alias_model_id.model", "=", "crm.ticket"),
                "|",
                ("alias_full_name", "in", addresses),
                "&",
                ("alias_incoming_local", "=", True),
                ("alias_name", "in", [address.partition("@")[0] for address in addresses]),
            ],
            limit=1,
        )
        try:
            team_id = literal_eval(aliases.alias_defaults or "{}").get("team_id")
        except (ValueError, SyntaxError):
            team_id = False
        return Team.browse(team_id).exists()

    # ------------------------------------------------------------------ alert

    @api.model
    def _cron_alert(self):
        """Tell managers of mails that wait: soon, then once a day, however many there are."""
        now = self.env.cr.now().replace(microsecond=0)
        waiting = Domain("state", "=", "waiting")
        for is_helpdesk in (True, False):
            kind = waiting & Domain("is_helpdesk", "=", is_helpdesk)
            for company, _count, told, untold in self._read_group(
                kind,
                ["company_id"],
                ["__count", "alerted_at:max", "alerted_at:count"],
            ):
                mails = self.search(kind & Domain("company_id", "=", company.id))
                is_new = untold < len(mails)
                if told and told > now - (ALERT_AFTER if is_new else REMIND_AFTER):
                    continue
                mails._alert(company, is_helpdesk)
                mails.alerted_at = now

    def _alert(self, company, is_helpdesk):
        group = "crm_suite_helpdesk.group_manager" if is_helpdesk else "base.group_system"
        users = self.env.ref(group).all_user_ids.filtered(
            lambda user: user.active and not user.share and user.id != SUPERUSER_ID
        )
        if company:
            users = users.filtered(lambda user: company in user.company_ids)
        for lang, readers in users.grouped("lang").items():
            mails = self.with_context(lang=lang)
            mails.env["mail.thread"].message_notify(
                partner_ids=readers.partner_id.ids,
                subject=mails.env._("Mails in quarantine: %s", len(mails)),
                body=mails.env["ir.qweb"]._render(
                    "crm_suite_helpdesk.crm_mail_quarantine_alert",
                    {"mails": mails[:10], "count": len(mails), "url": mails._get_list_url()},
                ),
                email_layout_xmlid="mail.mail_notification_light",
            )

    @api.model
    def _get_list_url(self):
        action = self.env.ref("crm_suite_helpdesk.crm_mail_quarantine_action")
        return f"{self.browse().get_base_url()}/odoo/action-{action.id}"

    @api.autovacuum
    def _gc_quarantine(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        mails = self.search(
            [("state", "!=", "waiting"), ("date", "<", limit)], limit=GC_UNLINK_LIMIT
        )
        mails.unlink()
        return len(mails), len(mails) == GC_UNLINK_LIMIT


def _read_headers(raw):
    return BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:100_000])


def _decode(headers, name):
    """A header as text, whatever it is made of."""
    value = str(headers.get(name) or "")
    with contextlib.suppress(ValueError, LookupError, MessageError):
        value = str(make_header(decode_header(value)))
    return value


def _get_letters(body):
    """What a text says, without how it looks."""
    text = html.unescape(TAG.sub("", str(body or "")))
    return "".join(letter for letter in text if letter.isalnum())


def _shorten(text, length=TEXT_LENGTH):
    return mail_reader.strip_nul(" ".join((text or "").split()))[:length]


def _describe(error):
    return mail_reader.strip_nul(f"{type(error).__name__}: {error}")[:ERROR_LENGTH]
