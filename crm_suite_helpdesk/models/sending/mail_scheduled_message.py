from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

TICKET = "crm.ticket"
# A held reply is not due until somebody has decided; the cron of core knows dates only
HELD_FOR = timedelta(days=3650)


class MailScheduledMessage(models.Model):
    """Replies of tickets that wait are not sent over what the customer writes meanwhile."""

    _inherit = "mail.scheduled.message"

    ticket_seen_id = fields.Integer(
        "Last Message Seen", help="The last message of the customer when the reply was written."
    )
    ticket_undo = fields.Boolean(
        "To Be Taken Back", help="Waits a few seconds only, so that it can be taken back."
    )
    ticket_held_at = fields.Datetime(
        "Held on", help="When it was due but not sent, because the customer had written."
    )
    ticket_overtaken = fields.Boolean(
        compute="_compute_ticket_overtaken", help="The customer has written since."
    )

    _held = models.Index("(create_uid) WHERE ticket_held_at IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("model", "res_id", "ticket_seen_id")
    def _compute_ticket_overtaken(self):
        overtaken = self._filter_overtaken()
        for message in self:
            message.ticket_overtaken = message in overtaken

    def _filter_overtaken(self):
        replies = self.filtered(lambda m: m.model == TICKET and not m.is_note and m.res_id)
        return replies.filtered(
            lambda m: self.env[TICKET].browse(m.res_id)._get_newer_messages(m.ticket_seen_id, 1)
        )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("model") != TICKET:
                continue
            if "ticket_seen_id" not in vals:
                seen = self.env.context.get("crm_seen_message_id")
                if not isinstance(seen, int):
                    # core refuses whoever may not read the ticket
                    seen = self.env[TICKET].browse(vals["res_id"])._get_last_customer_message_id()
                vals["ticket_seen_id"] = seen
            # What was seen is compared when it is due, by the row
            context = dict(vals.get("send_context") or {})
            context.pop("crm_seen_message_id", None)
            vals["send_context"] = context
        return super().create(vals_list)

    def write(self, vals):
        res = super().write(vals)
        if {"body", "scheduled_date"} & vals.keys() and "ticket_held_at" not in vals:
            self._see_again()
        return res

    def _see_again(self):
        """Who changes a reply has read the conversation."""
        for message in self.filtered(lambda m: m.model == TICKET):
            ticket = self.env[TICKET].browse(message.res_id)
            message.write(
                {
                    "ticket_seen_id": ticket._get_last_customer_message_id(),
                    "ticket_held_at": False,
                }
            )

    # ------------------------------------------------------------------ business

    def take_back(self):
        """Withdraw a reply before it is sent.

        :return: {body, attachments: [{id, name, mimetype}]}, or False when it is too late
        """
        message = self.exists().try_lock_for_update()
        if not message:
            return False
        message.ensure_one()
        if message.create_uid != self.env.user:
            raise AccessError(self.env._("Only who has written a reply can take it back."))
        files = message.attachment_ids
        values = {
            "body": str(message.body or ""),
            "attachments": [
                {"id": file.id, "name": file.name, "mimetype": file.mimetype} for file in files
            ],
        }
        # sudo: back to where files are that are not attached yet; they are the author's own
        files.sudo().write({"res_model": "mail.compose.message", "res_id": 0})
        message.attachment_ids = [fields.Command.clear()]
        message.unlink()
        return values

    def _post_message(self, raise_exception=True):
        replies = self.filtered(lambda m: m.model == TICKET)
        if not replies:
            return super()._post_message(raise_exception=raise_exception)
        # The browser of the agent and the cron may both want to send: one of them does
        free = replies.try_lock_for_update()
        overtaken = free._filter_overtaken()
        if self.env.context.get("crm_send_anyway"):
            overtaken = overtaken.browse()
        if overtaken and raise_exception:
            self.env[TICKET].browse(overtaken[0].res_id)._check_nothing_newer(
                overtaken[0].ticket_seen_id
            )
        overtaken._hold()
        return super(MailScheduledMessage, self - replies + free - overtaken)._post_message(
            raise_exception=raise_exception
        )

    def _hold(self):
        """Do not send: the customer has written. Tell whoever wrote it."""
        for message in self:
            # sudo: the cron of core decides for whoever has written the message
            message.sudo().write(
                {
                    "ticket_held_at": fields.Datetime.now(),
                    "scheduled_date": fields.Datetime.now() + HELD_FOR,
                    "ticket_undo": False,
                }
            )
            author = message.create_uid
            ticket = self.env[TICKET].browse(message.res_id)
            if ticket.with_user(author).has_access("read"):
                lang = self.with_context(lang=author.lang)
                # sudo: a to-do for the author of the reply
                ticket.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=lang.env._("Reply held: the customer has written meanwhile"),
                    user_id=author.id,
                )

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "ticket_held_at", "ticket_overtaken"]
