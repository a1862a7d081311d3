import logging

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import SQL

from .reminder_message import ReminderMessage

_logger = logging.getLogger(__name__)

SENT_AT_ONCE = 5  # reminders that a person waits for; more go in the background
BATCH = 200


class CrmPaymentReminderSending(models.AbstractModel):
    """The way of a reminder from "approved" to "sent", one committed step after the other.

    1. *approved*: the state `sending` is committed.
    2. *written*: what is owed is looked at again; mail, to-do, SMS and `is_composed` are committed
       together. Whoever writes it holds the lock on its row.
    3. *handed over*: ``mail.mail._deliver_once``, which looks at it once more.

    A crash between the steps loses nothing, since each begins with what is committed.
    """

    _name = "crm.payment.reminder.sending"
    _description = "Sending of Payment Reminders"
    _inherit = ["crm.delivery.mixin"]

    # ------------------------------------------------------------------
    # Approved
    # ------------------------------------------------------------------

    def _approve(self):
        # sudo: states belong to the engine; who calls has checked that the user may write these
        reminders = self.sudo()
        reminders.line_ids._release_taken_levels()
        reminders.write(
            {
                "state": "sending",
                "sent_by_id": self.env.uid,
                "date": fields.Date.context_today(self),
                "failure_reason": False,
            }
        )
        self._trigger_sending()
        if len(self) <= SENT_AT_ONCE and not modules.module.current_test:
            self._send_after_commit()

    @api.model
    def _trigger_sending(self):
        # sudo: whoever approves a reminder may wake the job that sends it
        self.env.ref("crm_suite.ir_cron_send_reminders").sudo()._trigger()

    def _send_after_commit(self):
        """Send while the user waits. If that fails, the job that was woken does it."""
        database, model, ids = self.env.cr.dbname, self._name, self.ids

        @self.env.cr.postcommit.add
        def send_now():
            try:
                with Registry(database).cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})[model].browse(ids)._send_queued()
            except Exception:
                _logger.exception("Reminders %s wait for the scheduled job", ids)

    # ------------------------------------------------------------------
    # Written
    # ------------------------------------------------------------------

    def _send_queued(self):
        """Write and hand over these reminders. Commits; may run several times at once.

        :return: the seconds that the job has left
        """
        Mail = self.env["mail.mail"]
        left = float("inf")
        for reminder_id in self.ids:
            reminder = self.browse(reminder_id)
            try:
                if reminder._lock_to_compose():
                    reminder._compose()
                left = Mail._commit_delivery(1)
            except psycopg2.OperationalError:
                Mail._undo()  # another run has it, or somebody changes it: the next run looks again
                continue
            except Exception as error:
                _logger.exception("Payment reminder %s could not be written", reminder_id)
                Mail._undo()
                reminder._on_delivery(Mail, "failed", str(error))
                left = Mail._commit_delivery(1)
            self.env.invalidate_all()
            mails = reminder.exists()._get_mails()
            left = min(left, mails.filtered(lambda m: m.state == "waiting")._deliver_once())
            if not left:
                break
        return left

    def _lock_to_compose(self):
        self.env.flush_all()
        sql = SQL(
            "SELECT 1 FROM %s WHERE id = %s AND state = 'sending' AND is_composed IS NOT TRUE"
            " FOR NO KEY UPDATE SKIP LOCKED",
            SQL.identifier(self._table),
            self.id,
        )
        return bool(self.env.execute_query(sql))

    def _compose(self):
        """Look at what is owed now, and write what goes out."""
        self.ensure_one()
        level = self.level_id
        case = self._decide()
        if case is None:
            self.write(
                {"state": "cancelled", "failure_reason": self.env._("Nothing is overdue any more.")}
            )
            return
        self._update_from(case)
        if self.hold_kind or self.level_id != level:
            # not what was approved: somebody looks at it again
            self.write({"state": "draft"})
            return
        self._do_extras()
        if self.send_mail:
            self._post_mail()
        else:
            self.is_composed = True
            self._on_delivery(self.env["mail.mail"], "sent", "")

    def _do_extras(self):
        """Create the to-do and the SMS, once, whatever becomes of the mail."""
        if self.is_extra_done:
            return
        message = ReminderMessage(self)
        if self.create_activity:
            self.partner_id.activity_schedule(
                activity_type_id=self.level_id.activity_type_id.id
                or self.env.ref("mail.mail_activity_data_todo").id,
                summary=self.level_id.activity_summary or self.level_id.name,
                note=message.get_activity_note(),
                user_id=(self.user_id or self.sent_by_id).id,
            )
        if self.send_sms and self.is_sms_installed:
            self._message_sms(message.get_sms(), partner_ids=self.recipient_id.ids)
        self.is_extra_done = True

    def _post_mail(self):
        user = self.user_id
        sender = user.partner_id if user.email else self.company_id.partner_id
        message = ReminderMessage(self)
        subject, body = message.get_subject(), message.get_body()
        if user:
            self.message_subscribe(user.partner_id.ids)
        posted = self.with_context(lang=self.lang, mail_notify_author=True).message_post(
            author_id=sender.id,
            email_from=sender.email_formatted,
            subject=subject,
            body=body,
            message_type="auto_comment",
            subtype_xmlid="crm_suite.mt_payment_reminder",
            partner_ids=self.recipient_id.ids,
            attachments=message.get_attachments(),
            email_layout_xmlid="mail.mail_notification_layout_with_responsible_signature",
            force_send=False,
        )
        self.write(
            {
                "message_id": posted.id,
                "is_composed": True,
                "edited_subject": subject,
                "edited_body": body,
            }
        )
        if not self._get_mails():
            self._on_delivery(
                self.env["mail.mail"], "failed", self.env._("The recipient gets no e-mails.")
            )

    def _get_mails(self):
        # sudo: the mails of a reminder belong to it
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "in", self.message_id.ids), ("is_sent_once", "=", True)])
        )

    def _withdraw_mail(self, keep_message=False):
        """Forget the mail that was written, so that it can be written anew."""
        mails, message = self._get_mails(), self.message_id
        if any(mail.state == "handing" for mail in mails):
            # somebody let the mail itself go again; what becomes of it must be known first
            raise UserError(self.env._("This is not possible any more: the reminder has changed."))
        if keep_message:
            mails.write({"state": "cancel"})
        else:
            message.attachment_ids.unlink()
            message.unlink()
        self.write({"message_id": False, "is_composed": False})
        self._close_to_do()

    # ------------------------------------------------------------------
    # Handed over
    # ------------------------------------------------------------------

    def _is_sent_once(self, message):
        return message.subtype_id == self.env.ref("crm_suite.mt_payment_reminder")

    def _check_delivery(self, mail):
        self.ensure_one()
        if mail.mail_message_id != self.message_id:
            return False  # somebody posted it under the name of the reminder, or it was withdrawn
        if self.state not in ("sending", "failed", "uncertain"):
            return False
        case = self._decide()
        if case and not case.hold_kind and self._has_facts_of(case):
            return True
        # paid, disputed or promised since it was written
        self._withdraw_mail()
        self.write({"state": "sending"})
        self._trigger_sending()
        return False

    def _on_delivery(self, mail, state, reason):
        self.ensure_one()
        if mail and mail.mail_message_id != self.message_id:
            return  # not the mail of the reminder, see above
        values = {"state": state, "failure_reason": reason}
        if state == "sent":
            values |= {
                "sent_at": fields.Datetime.now(),
                "date": fields.Date.context_today(self),
                "failure_reason": False,
            }
        self.write(values)
        self._close_to_do()
        if state == "uncertain":
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Did the reminder reach the customer?"),
                note=self.env._(
                    "The server was interrupted while it sent the reminder. Ask the customer or"
                    " look into the log of the mail server, then say that it was sent, or send it"
                    " again."
                ),
                user_id=(self.user_id or self.sent_by_id).id,
            )

    def _close_to_do(self):
        self.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_prepare(self):
        """Bring the reminders to check up to date, send those of automatic levels, and try again
        those that the mail server did not take.
        """
        Mail = self.env["mail.mail"]
        for company in self.env["res.company"].search([("active", "=", True)]):
            self.with_company(company)._refresh_drafts(company, None)
            Mail._commit_delivery(1)
        automatic = self.search(
            [
                ("state", "=", "draft"),
                ("hold_kind", "=", False),
                ("level_id.is_automatic", "=", True),
                ("partner_id.reminder_mode", "!=", "manual"),
            ]
        )
        failed = self.search([("state", "=", "failed")])
        server = [
            ("mail_message_id", "in", failed.message_id.ids),
            ("failure_type", "=", "mail_smtp"),
            ("state", "=", "exception"),
        ]
        tried = Mail.search(server).mail_message_id
        again = failed.filtered(lambda reminder: reminder.message_id in tried)
        for reminder in again:
            reminder._withdraw_mail()
        (automatic | again).line_ids._release_taken_levels()
        (automatic | again).write({"state": "sending", "failure_reason": False})
        self._trigger_sending()

    @api.model
    def _cron_send(self):
        """Send what is approved. May run several times at once, be killed and be repeated."""
        self._find_stranded()
        queued = [("state", "=", "sending"), ("is_composed", "=", False)]
        self.env["mail.mail"]._commit_delivery(remaining=self.search_count(queued))
        last_id = 0
        while batch := self.search([*queued, ("id", ">", last_id)], order="id", limit=BATCH):
            last_id = batch[-1].id
            if not batch._send_queued():
                break

    @api.model
    def _find_stranded(self):
        """Name the reminders whose mail somebody deleted or cancelled before it went."""
        for reminder in self.search([("state", "=", "sending"), ("is_composed", "=", True)]):
            mails = reminder._get_mails()
            if not mails:
                reminder._on_delivery(mails, "uncertain", self.env._("The e-mail was deleted."))
            elif all(mail.state == "cancel" for mail in mails):
                reminder._on_delivery(mails, "failed", self.env._("The e-mail was cancelled."))
