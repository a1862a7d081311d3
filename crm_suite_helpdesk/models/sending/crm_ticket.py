from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime, html2plaintext

from .newer_message import NewerMessageError

PREVIEW_LENGTH = 500
# The browser sends what nobody took back; when it is closed, the server does so a little later
GRACE_SECONDS = 20
RECIPIENT_LIMIT = 50
FAILED = ("bounce", "exception")
CONVERSATION_TYPES = ("comment", "email", "email_outgoing")
# What a client may say about a reply that it posts later
POST_KEYS = {
    "body",
    "subject",
    "partner_ids",
    "partner_emails",
    "attachment_ids",
    "email_add_signature",
}


class CrmTicket(models.Model):
    """How replies leave: not over what the customer has just written, not before they can be taken
    back, and not without a trace when they did not arrive.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    delivery_failed = fields.Boolean(
        "Not Delivered",
        compute="_compute_delivery_failed",
        search="_search_delivery_failed",
        help="A message of this ticket did not reach somebody, and nobody has seen to it.",
    )
    delivery_failures = fields.Json(
        compute="_compute_delivery_failures", groups="crm_suite_helpdesk.group_agent"
    )

    held_by_me = fields.Boolean(
        "My Reply Was Held", compute="_compute_held_by_me", search="_search_held_by_me"
    )

    # ------------------------------------------------------------------ newer messages

    def message_post(self, **kwargs):
        context = self.env.context
        seen = context.get("crm_seen_message_id")
        if seen is None and context.get("crm_reply_ids") is None:
            return super().message_post(**kwargs)
        # What is posted as a consequence is not what the agent has sent
        ticket = self.with_context(crm_seen_message_id=None, crm_reply_ids=None)
        if isinstance(seen, int) and self._is_post_to_customer(kwargs):
            ticket._check_nothing_newer(seen)
        message = super(CrmTicket, ticket).message_post(**kwargs)
        ticket._count_canned_replies(context.get("crm_reply_ids"))
        return message

    def _is_post_to_customer(self, values):
        """Whether an agent is about to write to the customer."""
        if self.env.user.share or values.get("message_type") not in CONVERSATION_TYPES:
            return False
        subtype = self.env["mail.message.subtype"]
        if xmlid := values.get("subtype_xmlid"):
            subtype = self.env.ref(xmlid, raise_if_not_found=False) or subtype
        elif values.get("subtype_id"):
            subtype = subtype.browse(values["subtype_id"])
        # sudo: what kind of message it is does not depend on who may read kinds
        return bool(subtype) and not subtype.sudo().internal

    def _get_newer_messages(self, seen_id, limit=5):
        """What the customer wrote here after a message, the latest first."""
        self.ensure_one()
        # sudo: the conversation of a ticket that the reader was checked for
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("id", ">", seen_id),
                    ("message_type", "in", CONVERSATION_TYPES),
                    ("is_internal", "=", False),
                    ("subtype_id.internal", "=", False),
                    "|",
                    ("author_id", "=", False),
                    ("author_id.partner_share", "=", True),
                ],
                order="id desc",
                limit=limit,
            )
        )

    def _get_last_customer_message_id(self):
        return self._get_newer_messages(0, limit=1).id or 0

    def _check_nothing_newer(self, seen_id):
        """Refuse to answer what the customer has gone beyond.

        :raise NewerMessageError: with what he has written since
        """
        for ticket in self:
            if newer := ticket._get_newer_messages(seen_id):
                raise NewerMessageError(
                    self.env._(
                        "The customer has written since you began to answer. Read it first: "
                        "%(author)s: %(text)s",
                        author=newer[:1].author_id.name or newer[:1].email_from or "",
                        text=html2plaintext(newer[:1].body or "")[:PREVIEW_LENGTH],
                    ),
                    ticket._prepare_newer(newer),
                )

    def _prepare_newer(self, messages):
        return {
            "id": max(messages.ids),
            "messages": [
                {
                    "id": message.id,
                    "author": message.author_id.name or message.email_from or "",
                    "date": fields.Datetime.to_string(message.create_date),
                    "text": html2plaintext(message.body or "")[:PREVIEW_LENGTH],
                    "files": len(message.attachment_ids),
                }
                for message in messages
            ],
        }

    # ------------------------------------------------------------------ undo and later

    def post_reply_later(self, post_data, seen_message_id=0, reply_ids=()):
        """Keep a reply to the customer for as long as the team lets agents take it back.

        It is one of core's scheduled messages; the browser posts it when the time is over, else the
        server does.

        :param post_data: {body (HTML), partner_ids, partner_emails, attachment_ids,
            email_add_signature}
        :param seen_message_id: the last message of the customer that the agent has seen
        :return: {id, seconds}, or False when this team sends at once
        :raise NewerMessageError: when there is a later one
        """
        self.ensure_one()
        self.check_access("read")
        self._check_is_agent()
        seconds = self.sudo().team_id.undo_seconds  # of the ticket that was just checked
        if not seconds or not isinstance(post_data, dict) or post_data.keys() - POST_KEYS:
            return False
        ticket = self._get_conversation()
        ticket.check_access("read")
        (seen_id,) = _to_ids([seen_message_id]) or (0,)
        ticket._check_nothing_newer(seen_id)
        later = fields.Datetime.now() + timedelta(seconds=seconds + GRACE_SECONDS)
        values = ticket._prepare_later_values(post_data, later)
        values["send_context"] = {"crm_reply_ids": _to_ids(reply_ids)}
        values["ticket_seen_id"] = seen_id
        values["ticket_undo"] = True
        scheduled = self.env["mail.scheduled.message"].create(values)
        return {"id": scheduled.id, "seconds": seconds}

    def _prepare_later_values(self, post_data, scheduled_date):
        """Values of a scheduled message, as the composer of core posts it."""
        attachments = self.env["ir.attachment"].browse(_to_ids(post_data.get("attachment_ids")))
        # sudo: files that are not attached yet; only one's own are taken
        if any(
            file.create_uid != self.env.user or file.res_model != "mail.compose.message"
            for file in attachments.sudo().exists()
        ):
            raise UserError(self.env._("One of the files is not yours. Attach it again."))
        partners = self.env["res.partner"].browse(_to_ids(post_data.get("partner_ids")))
        partners = partners.exists()._filtered_access("read")
        emails = post_data.get("partner_emails") or ()
        if emails := [email for email in emails if isinstance(email, str)][:RECIPIENT_LIMIT]:
            # as core's composer does; the customer of a ticket may always be answered
            may_create = self.env.user.has_group("base.group_partner_manager")
            partners |= self._partner_find_from_emails_single(emails, no_create=not may_create)
        signature = bool(post_data.get("email_add_signature", True))
        return {
            "model": self._name,
            "res_id": self.id,
            "author_id": self.env.user.partner_id.id,
            # sanitized by the field
            "body": Markup(str(post_data.get("body") or "")),
            "partner_ids": partners.ids,
            "attachment_ids": attachments.ids,
            "scheduled_date": scheduled_date,
            "notification_parameters": '{"message_type": "comment", "email_add_signature": %s}'
            % ("true" if signature else "false"),
        }

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """The customer of a ticket is always proposed.

        Core leaves out who looks like an address of ours, by the part before the @ alone where an
        alias matches by it: nobody at info@ of a customer would get an answer.
        """
        suggested = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        for ticket in self:
            customer = ticket.partner_id
            email = customer.email_normalized
            rows = suggested[ticket.id]
            if (
                not email
                or not customer.active
                or customer in ticket.message_partner_ids
                or any(row["partner_id"] == customer.id or row["email"] == email for row in rows)
                or ticket._is_own_address(email)
            ):
                continue
            row = {"email": email, "name": customer.name, "partner_id": customer.id}
            rows.insert(0, {**row, "create_values": {}})
        return suggested

    @api.model
    def _is_own_address(self, email):
        """Whether a whole address is one of ours."""
        # sudo: aliases of all companies are our own, whoever answers
        domains = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        own = {self.env.ref("base.partner_root").sudo().email_normalized}
        for name in ("bounce_email", "catchall_email", "default_from_email"):
            own.update(domains.mapped(name))
        Alias = self.env["mail.alias"].sudo()
        return email in own or bool(Alias.search_count([("alias_full_name", "=", email)], limit=1))

    @api.model
    def _check_is_agent(self):
        if not self.env.su and not self.env.user.has_group("crm_suite_helpdesk.group_agent"):
            raise UserError(self.env._("Only agents of the helpdesk can do this."))

    # ------------------------------------------------------------------ delivery

    @api.depends_context("uid")
    def _compute_delivery_failed(self):
        failed = self._find_failed_ids(self.ids) if self.ids else set()
        for ticket in self:
            ticket.delivery_failed = ticket._origin.id in failed

    @api.model
    def _find_failed_ids(self, ids):
        rows = self.env.execute_query(
            SQL("SELECT res_id FROM (%s) failed WHERE res_id IN %s", self._failed_sql(), tuple(ids))
        )
        return {res_id for (res_id,) in rows}

    @api.model
    def _failed_sql(self):
        """The tickets with a mail that did not arrive; there are few of these notifications."""
        self.env["mail.message"].flush_model(["model", "res_id"])
        self.env["mail.notification"].flush_model(["notification_status", "notification_type"])
        return SQL(
            """
            SELECT DISTINCT message.res_id
              FROM mail_notification notification
              JOIN mail_message message ON message.id = notification.mail_message_id
             WHERE notification.notification_status IN %s
               AND notification.notification_type = 'email'
               AND message.model = 'crm.ticket'
            """,
            FAILED,
        )

    @api.model
    def _search_delivery_failed(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = SQL("(%s)", self._failed_sql())
        wanted = set(value)
        if wanted == {True}:
            return [("id", "in", found)]
        if wanted == {False}:
            return [("id", "not in", found)]
        return [] if wanted else [("id", "in", [])]

    @api.depends_context("uid")
    def _compute_held_by_me(self):
        held = set(self._find_held_ids())
        for ticket in self:
            ticket.held_by_me = ticket._origin.id in held

    @api.model
    def _search_held_by_me(self, operator, value):
        if operator != "in" or set(value) not in ({True}, {False}):
            return NotImplemented
        return [("id", "in" if True in value else "not in", self._find_held_ids())]

    @api.model
    def _find_held_ids(self):
        # sudo: replies that the user has written himself
        held = (
            self.env["mail.scheduled.message"]
            .sudo()
            .search(
                [
                    ("create_uid", "=", self.env.uid),
                    ("ticket_held_at", "!=", False),
                    ("model", "=", self._name),
                ]
            )
        )
        return held.mapped("res_id")

    def _compute_delivery_failures(self):
        """Who did not get which message, for the banner of the form."""
        for ticket in self:
            failures = ticket._get_failed_notifications() if ticket.delivery_failed else ()
            ticket.delivery_failures = [
                {
                    "message_id": failure.mail_message_id.id,
                    "to": failure.res_partner_id.display_name or failure.mail_email_address or "",
                    "email": failure.res_partner_id.email or failure.mail_email_address or "",
                    "reason": failure.sudo(False).format_failure_reason(),
                    "date": format_datetime(
                        self.env, failure.mail_message_id.create_date, dt_format="short"
                    ),
                }
                for failure in failures
            ]

    def _get_failed_notifications(self):
        # sudo: notifications belong to their recipients; whoever reads the ticket sees its messages
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", self._name),
                    ("mail_message_id.res_id", "in", self.ids),
                    ("notification_type", "=", "email"),
                    ("notification_status", "in", FAILED),
                ],
                order="id desc",
                limit=50,
            )
        )

    def action_ignore_failures(self):
        """These messages will not arrive, and that is known now."""
        self.check_access("write")
        failures = self._get_failed_notifications()
        failures.write({"notification_status": "canceled"})
        failures.mail_message_id._notify_message_notification_update()

    def action_send_again(self):
        """Send what did not arrive once more, to those who did not get it."""
        self.check_access("write")
        sent = 0
        for ticket in self:
            for message, failures in (
                ticket._get_failed_notifications().grouped("mail_message_id").items()
            ):
                sent += ticket._send_again(message, failures)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if sent else "warning",
                "message": self.env._("Sent once more: %s", sent)
                if sent
                else self.env._("Nobody has an address to which this could be sent."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _send_again(self, message, failures):
        """:return: to how many people"""
        partners = failures.res_partner_id.filtered("email_normalized")
        recipients = [
            recipient
            for recipient in self.sudo()._notify_get_recipients(
                message, msg_vals={"partner_ids": partners.ids}
            )
            if recipient["id"] in partners.ids
        ]
        if not recipients:
            return 0
        ids = {recipient["id"] for recipient in recipients}
        failures.filtered(lambda failure: failure.res_partner_id.id in ids).unlink()
        # sudo: the mail goes out as it did when it was written
        ticket = self.sudo()
        ticket._notify_thread_by_email(
            message, [{**recipient, "notif": "email"} for recipient in recipients]
        )
        message._notify_message_notification_update()
        return len(recipients)


def _to_ids(values):
    """What a client sends as ids; whatever is none is left out."""
    values = values if isinstance(values, list | tuple) else ()
    return [value for value in values if type(value) is int and 0 < value < 2**31]
