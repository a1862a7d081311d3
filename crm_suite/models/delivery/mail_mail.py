import logging
import smtplib
import sys
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models, modules
from odoo.tools import SQL

from .handover import Handover, get_server_words

_logger = logging.getLogger(__name__)

# first key of the advisory locks: "mails that go once"; the second one is the id of the mail
LOCK_SPACE = 0x43524D31
BATCH = 500


class MailMail(models.Model):
    """Mails that go once.

    Core hands a mail to the server and commits afterwards: a worker that dies in between sends it
    again. These mails have states of their own, which core's queue does not know:

    * ``waiting``: on disk, not handed over;
    * ``handing``: committed right before the SMTP command DATA. Whoever hands a mail over holds an
      advisory lock of PostgreSQL, which ends with its process; so a mail in this state that
      nobody holds is one whose worker died;
    * ``uncertain``: the fate is not known, and a person decides. Nothing sends it by itself.
    """

    _name = "mail.mail"
    _inherit = ["mail.mail"]

    is_sent_once = fields.Boolean(
        readonly=True, help="Never sent twice by itself, whatever happens to the server."
    )
    state = fields.Selection(
        selection_add=[
            ("waiting", "Waiting"),
            ("handing", "Being Handed Over"),
            ("uncertain", "Uncertain"),
        ],
        ondelete={
            "waiting": "set exception",
            "handing": "set exception",
            "uncertain": "set exception",
        },
    )

    _sent_once_idx = models.Index("(state, id) WHERE is_sent_once")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            {**vals, "state": "waiting"}
            if vals.get("is_sent_once") and vals.get("state", "outgoing") == "outgoing"
            else vals
            for vals in vals_list
        ]
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("state") == "outgoing" and not self._get_handover():
            # "Retry" of core: the mail waits again for the one way it may go
            once = self.filtered("is_sent_once")
            if once:
                super(MailMail, once).write({**vals, "state": "waiting"})
                self._trigger_delivery()
                return super(MailMail, self - once).write(vals)
        return super().write(vals)

    # ------------------------------------------------------------------
    # Core's ways of sending
    # ------------------------------------------------------------------

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        # core sends after the commit, when a mail may have been rolled back, and passes it over
        mails = self.exists()
        if not self._get_handover() and (once := mails.filtered("is_sent_once")):
            self._trigger_delivery()
            mails -= once
        return super(MailMail, mails).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _send(self, *args, smtp_session=None, **kwargs):
        if handover := self._get_handover():
            handover.watch(smtp_session)
        return super()._send(*args, smtp_session=smtp_session, **kwargs)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        if handover := self._get_handover():
            if handover.is_unknown and self.state != "sent":
                return self._set_uncertain()
            if handover.accepted and self.state == "exception":
                # the mail is with the server, whatever went wrong here afterwards
                self.write({"state": "sent", "failure_reason": False, "failure_type": False})
                failure_reason, failure_type = False, None
            # core keeps the words of the server to itself
            words = get_server_words(sys.exc_info()[1])
            if words and self.state == "exception":
                failure_reason = words
                self.failure_reason = words
            if failure_type and not self.failure_type:
                self.failure_type = failure_type
            # before core deletes the mail
            reason = failure_reason or self.failure_reason or failure_type or ""
            self._report_delivery("sent" if self.state == "sent" else "failed", reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_handover(self):
        """Return the `Handover` of the mail that is on its way. No client can send one: what comes
        by RPC is no Python object.
        """
        handover = self.env.context.get("crm_handover")
        return handover if isinstance(handover, Handover) else None

    @api.model
    def _trigger_delivery(self):
        # sudo: whoever sends a mail may wake the job that delivers it
        self.env.ref("crm_suite.ir_cron_deliver_once").sudo()._trigger()

    @api.model
    def _commit_delivery(self, processed=0, **progress):
        """Commit, and return the seconds that the job has left. Tests are one transaction."""
        if modules.module.current_test:
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, **progress)

    def _deliver_once(self):
        """Hand these mails over, one transaction each. Must not be called in a transaction that
        has something to lose: it commits.

        :return: the seconds that the job has left
        """
        left = float("inf")
        for mail_id in self.ids:
            mail = self.browse(mail_id)
            with mail._delivery_lock() as is_ours:
                if is_ours and mail.exists() and mail.state == "waiting":
                    mail._deliver()
            left = self._commit_delivery(1)
            if not left:
                break
        return left

    def _deliver(self):
        try:
            if self._may_go():
                self._hand_over()
        except psycopg2.OperationalError:
            # somebody else is writing what we need: the mail waits for the next time
            _logger.info("Mail %s waits: what it needs is being changed", self.id)
            self._undo()
            self._trigger_delivery()
        except Exception as error:
            # one mail that cannot go must not keep the others
            _logger.exception("Mail %s could not be handed over", self.id)
            self._undo()
            if self.exists() and self.state == "waiting":
                self._set_failed(str(error))

    def _may_go(self):
        record = self._get_delivery_record()
        if record is None or (record and record._check_delivery(self)):
            return True
        if self.exists():
            self.write({"state": "cancel"})
        return False

    def _hand_over(self):
        """Hand one mail to the server, and note what became of it."""
        self.ensure_one()
        handover = Handover(self._set_handing)
        try:
            mail = self.with_context(crm_handover=handover)
            mail.write({"state": "outgoing", "failure_reason": False, "failure_type": False})
            mail.send()
        except (psycopg2.Error, smtplib.SMTPServerDisconnected) as error:
            # core gives up; what is known says how far the mail came
            self._undo()
            if handover.accepted:
                self._set_sent()
            elif handover.is_unknown:
                self._set_uncertain()
            elif isinstance(error, psycopg2.Error) and not handover.begun:
                raise
            else:
                self._set_failed(str(error), "mail_smtp")
        else:
            if self.exists() and self.state == "outgoing":
                # core delays what goes by the server of a person
                self.write({"state": "waiting"})

    def _undo(self):
        if not modules.module.current_test:
            self.env.cr.rollback()

    def _set_sent(self):
        self.write({"state": "sent", "failure_reason": False, "failure_type": False})
        self._get_delivery_notifications().write(
            {"notification_status": "sent", "failure_type": False, "failure_reason": False}
        )
        self._report_delivery("sent", "")

    def _set_failed(self, reason, failure_type="unknown"):
        values = {"failure_type": failure_type, "failure_reason": reason}
        self.write({"state": "exception", **values})
        self._get_delivery_notifications().write({"notification_status": "exception", **values})
        self._report_delivery("failed", reason)

    def _set_handing(self):
        self.write({"state": "handing", "failure_reason": False, "failure_type": False})
        self._get_delivery_notifications().write(
            {"notification_status": "process", "failure_type": False, "failure_reason": False}
        )
        self._commit_delivery()

    def _set_uncertain(self):
        reason = self.env._(
            "The connection ended while the e-mail was handed over. Nobody knows whether it went."
        )
        self.write({"state": "uncertain", "failure_reason": reason})
        self._get_delivery_notifications().write(
            {
                "notification_status": "exception",
                "failure_type": "unknown",
                "failure_reason": reason,
            }
        )
        self._report_delivery("uncertain", reason)
        return True

    def _settle_as_sent(self):
        """A person knows that mails of unknown fate have reached the customer."""
        for mail in self.filtered(lambda mail: mail.state == "uncertain"):
            mail._set_sent()

    def _get_delivery_notifications(self):
        # sudo: notifications belong to their recipients; this is the mail server's word on them
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("notification_type", "=", "email"),
                    ("mail_mail_id", "in", self.ids),
                    ("notification_status", "not in", ("sent", "canceled")),
                ]
            )
        )

    def _get_delivery_record(self):
        """Return the record of a mail: None where no model asks, empty where it is gone."""
        model = self.env.get(self.model) if self.model else None
        if model is None or not hasattr(model, "_check_delivery"):
            return None
        return model.browse(self.res_id).exists()

    def _report_delivery(self, state, reason):
        for mail in self:
            if record := mail._get_delivery_record():
                record._on_delivery(mail, state, reason)

    @contextmanager
    def _delivery_lock(self):
        """Yield whether this process is the one that hands the mail over, in a new transaction: it
        sees what others have committed. The lock survives commits and ends with the process.
        """
        sql = SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_SPACE, self.id)
        is_ours = self.env.execute_query(sql)[0][0]
        try:
            self._commit_delivery()
            self.env.invalidate_all()
            yield is_ours
            self._commit_delivery()
        except Exception:
            self._undo()
            raise
        finally:
            if is_ours:
                sql = SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, self.id)
                self.env.execute_query(sql)

    @api.model
    def _find_interrupted(self):
        """Name the mails whose worker died while it handed them over."""
        for mail in self.search([("is_sent_once", "=", True), ("state", "=", "handing")]):
            with mail._delivery_lock() as is_ours:
                if is_ours and mail.exists() and mail.state == "handing":
                    mail._set_uncertain()

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_deliver_once(self):
        """Hand over what waits. May run several times at once, be killed and be repeated."""
        self._find_interrupted()
        waiting = [
            *[("is_sent_once", "=", True), ("state", "=", "waiting"), "|"],
            *[("scheduled_date", "=", False), ("scheduled_date", "<=", fields.Datetime.now())],
        ]
        self._commit_delivery(remaining=self.search_count(waiting))
        last_id = 0
        while mails := self.search([*waiting, ("id", ">", last_id)], order="id", limit=BATCH):
            last_id = mails[-1].id
            if not mails._deliver_once():
                break
