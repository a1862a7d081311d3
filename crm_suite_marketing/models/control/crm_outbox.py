from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..outbox.reasons import FAILURES

# A mailing may come back from the archive: what is older is for a person to decide
LATEST = timedelta(days=7)


class CrmOutbox(models.Model):
    """What people and policies decide about deliveries."""

    _inherit = "crm.outbox"

    record_name = fields.Char("Recipient's Name", compute="_compute_record_name")
    waiting_text = fields.Text("Why It Waits", compute="_compute_waiting_text")

    @api.depends("model", "res_id")
    def _compute_record_name(self):
        self.record_name = False
        for model, rows in self.filtered("res_id").grouped("model").items():
            if model not in self.env:
                continue
            readable = (
                self.env[model].browse(rows.mapped("res_id")).exists()._filtered_access("read")
            )
            names = {record.id: record.display_name for record in readable}
            for row in rows:
                row.record_name = names.get(row.res_id)

    @api.depends("address", "model", "res_id")
    def _compute_display_name(self):
        """Who was left out for want of an address has a name all the same."""
        for row in self:
            row.display_name = (
                row.record_name or row.address or self.env._("Delivery %s", row._origin.id or "")
            )

    @api.depends("state", "reason", "due_at")
    @api.depends_context("uid", "lang")
    def _compute_waiting_text(self):
        self.waiting_text = False
        now = fields.Datetime.now()
        for row in self:
            if row.state == "held" or row.state == "planned" and row.due_at > now:
                row.waiting_text = row._describe_wait(now)

    def _describe_wait(self, now):
        """:return: why it does not go now, and from when it can"""
        self.ensure_one()
        env = self.env
        # sudo: what holds a delivery is told to whoever reads it
        mailing = self.sudo().mailing_id
        if mailing.is_paused:
            return env._("Sending is paused: it waits until somebody resumes.")
        time = format_datetime(env, max(self.due_at or now, now), dt_format="short")
        if self.reason == "cap":
            company = mailing._get_delivery_company()
            end = self.create_date + timedelta(days=company.cap_patience)
            return env._(
                "The person has had as many messages as the limit allows (%(most)s in %(days)s "
                "days). This one can go from %(time)s; if it still waits on %(end)s, it is left "
                "out.",
                most=company.cap_messages,
                days=company.cap_days,
                time=time,
                end=format_datetime(env, end, dt_format="short"),
            )
        words = {
            "quiet": env._(
                "It is quiet where the recipient is, or a day without sending. It goes from %s.",
                time,
            ),
            "throttled": env._(
                "A sending limit lets only so many through at a time. Its turn comes on %s.", time
            ),
            "on_hold": env._("Its domain or mail server is on hold. It is tried from %s.", time),
        }
        return words.get(self.reason) or env._("It goes from %s.", time)

    def action_view_record(self):
        """Open the recipient."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    @api.model
    def _wake_workers(self, at=None):
        """Let the jobs that send run soon, or when something becomes due."""
        # sudo: whoever launches a mailing wakes the jobs that send it
        jobs = self.env["ir.cron"].sudo()
        for job in jobs.search(
            [("model_id.model", "=", self._name), ("code", "=like", "model._cron_send(%")], limit=50
        ):
            job._trigger(at)

    # ------------------------------------------------------------------
    # Uncertain messages
    # ------------------------------------------------------------------

    def action_mark_sent(self):
        """A person knows that these went."""
        rows = self._get_decidable()
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                     UPDATE crm_outbox
                        SET state = 'sent', reason = NULL, detail = %(detail)s,
                            sent_at = COALESCE(sent_at, %(now)s)
                      WHERE id = ANY(%(ids)s) AND state = 'uncertain'
                  RETURNING trace_id, sent_at)
                UPDATE mailing_trace AS trace
                   SET trace_status = 'sent', failure_type = NULL, failure_reason = NULL,
                       sent_datetime = COALESCE(trace.sent_datetime, gone.sent_at)
                  FROM gone
                 WHERE trace.id = gone.trace_id
                   AND trace.trace_status IN ('outgoing', 'process', 'pending', 'error', 'cancel')
                """,
                detail=self.env._("Marked as sent by %s", self.env.user.name),
                now=fields.Datetime.now(),
                ids=rows.ids,
            )
        )
        self._forget_read()

    def action_send_again(self):
        """A person says that these did not go: they are sent again, with the same Message-ID."""
        rows = self._get_decidable()
        mailings = rows.mailing_id
        self._plan_uncertain(
            SQL("id = ANY(%s)", rows.ids), self.env._("Sent again by %s", self.env.user.name)
        )
        mailings._start_sending()

    @api.model
    def _check_may_decide(self):
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_user"):
            raise AccessError(self.env._("Only marketing users decide about single messages."))

    def _filter_decidable(self, *states):
        """:return: those in one of these states, with the right to change them"""
        self._check_may_decide()
        self.check_access("read")
        # sudo: nobody writes deliveries by hand; these buttons are the door
        return self.sudo().filtered(lambda row: row.state in states)

    def _get_decidable(self):
        """:return: the uncertain ones, with the right to change them"""
        rows = self._filter_decidable("uncertain")
        if not rows:
            raise UserError(self.env._("None of these messages is uncertain."))
        return rows

    # ------------------------------------------------------------------
    # Single messages that wait
    # ------------------------------------------------------------------

    def action_release(self):
        """Let messages go that the limit holds: a person says that these matter more."""
        rows = self._filter_decidable("held")
        if not rows:
            raise UserError(self.env._("None of these messages is held."))
        self._write_beside_workers(
            SQL(
                """UPDATE crm_outbox
                      SET state = 'planned', reason = NULL, detail = %s, due_at = %s,
                          ignores_cap = TRUE
                    WHERE id = ANY(%s) AND state = 'held'""",
                self.env._("Released by %s", self.env.user.name),
                fields.Datetime.now(),
                rows.ids,
            )
        )
        self._wake_workers()

    def action_cancel_messages(self):
        """Take back single messages that have not gone."""
        rows = self._filter_decidable("planned", "held", "claimed")
        if not rows:
            raise UserError(self.env._("None of these messages still waits."))
        mailings = rows.mailing_id
        self._write_beside_workers(
            self._make_leave_out(
                SQL("id = ANY(%s) AND state IN ('planned', 'held', 'claimed')", rows.ids),
                "cancelled",
                self.env._("Cancelled by %s", self.env.user.name),
            )
        )
        mailings._close_delivered()

    @api.model
    def _plan_uncertain(self, condition, detail):
        """Send uncertain messages again.

        :return: how many
        """
        self.env["mailing.trace"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH again AS (
                     UPDATE crm_outbox
                        SET state = 'planned', reason = NULL, detail = %(detail)s,
                            resent = COALESCE(resent, 0) + 1,
                            due_at = %(now)s, sent_at = NULL, worker = NULL, lease_until = NULL
                      WHERE %(condition)s AND state = 'uncertain'
                  RETURNING trace_id)
                UPDATE mailing_trace AS trace
                   SET trace_status = 'outgoing', failure_type = NULL, failure_reason = NULL
                  FROM again
                 WHERE trace.id = again.trace_id
                   AND trace.trace_status IN ('outgoing', 'process', 'pending', 'error', 'cancel')
                """,
                detail=detail,
                now=fields.Datetime.now(),
                condition=condition,
            )
        )
        count = self.env.cr.rowcount
        self._forget_read()
        return count

    @api.model
    def _leave_out(self, condition, reason):
        """Take back messages that have not gone.

        :param condition: ``SQL`` on the columns of the table
        :return: how many
        """
        self.env["mailing.trace"].flush_model()
        self.env.cr.execute(self._make_leave_out(condition, reason))
        count = self.env.cr.rowcount
        self._forget_read()
        return count

    @api.model
    def _make_leave_out(self, condition, reason, detail=None):
        """:return: the statement that takes back these messages, a row for each"""
        return SQL(
            """
            WITH gone AS (
                 UPDATE crm_outbox
                    SET state = 'suppressed', reason = %(reason)s, idem_key = NULL,
                        detail = COALESCE(%(detail)s, detail),
                        due_at = NULL, worker = NULL, lease_until = NULL
                  WHERE %(condition)s
              RETURNING trace_id
            ), traced AS (
                 UPDATE mailing_trace AS trace
                    SET trace_status = 'cancel', failure_type = %(failure)s
                   FROM gone
                  WHERE trace.id = gone.trace_id)
            SELECT trace_id FROM gone
            """,
            reason=reason,
            detail=detail,
            condition=condition,
            failure=FAILURES[reason],
        )

    @api.model
    def _commit_beside(self):
        """Let the workers see at once what a person decides. Tests are one transaction."""
        self.env.flush_all()
        if not modules.module.current_test:
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _forget_read(self):
        self.env["crm.outbox"].invalidate_model()
        self.env["mailing.trace"].invalidate_model()
        self.env["mailing.mailing"].invalidate_model()

    # ------------------------------------------------------------------
    # Policy
    # ------------------------------------------------------------------

    @api.model
    def _cron_decide_uncertain(self):
        """Do with uncertain messages as the mailing or its company says: send them again once, or
        ask the responsible.
        """
        # sudo: the job does it for all companies
        mailings = self.sudo()._read_group([("state", "=", "uncertain")], ["mailing_id"])
        # what is archived waits for a person
        mailings = [mailing for [mailing] in mailings if mailing.active]
        self.env["ir.cron"]._commit_progress(remaining=len(mailings))
        for mailing in mailings:
            policy, hours = mailing._get_uncertain_policy()
            if policy == "resend":
                policy = self._resend_uncertain(mailing, hours)
            if policy == "ask":
                mailing._ask_about_uncertain()
            self.env["ir.cron"]._commit_progress(processed=1)

    @api.model
    def _resend_uncertain(self, mailing, hours):
        """Send again what has not been sent again yet.

        :return: what becomes of the others: ``ask`` about those that are uncertain once more
        """
        before = fields.Datetime.now() - timedelta(hours=hours)
        condition = SQL(
            """mailing_id = %s AND COALESCE(sent_at, create_date) <= %s
               AND COALESCE(sent_at, create_date) > %s AND COALESCE(resent, 0) = 0""",
            mailing.id,
            before,
            before - LATEST,
        )
        detail = self.env._("Sent again after %s hours", hours)
        if self._plan_uncertain(condition, detail):
            mailing._start_sending()
        left = Domain("mailing_id", "=", mailing.id) & Domain("state", "=", "uncertain")
        left &= Domain("resent", ">", 0) | Domain("sent_at", "<=", before - LATEST)
        return "ask" if self.search_count(left, limit=1) else "resend"
