from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

# first key of the advisory locks: "messages of escalations"; the second one is the user
LOCK_SPACE = 0x43524D35
# Escalations that come later than this are told together, and so are many at once
LATE_S = 15 * 60
MANY = 10
# As long as the tick finds more that is due, what was just written down waits for the rest
PATIENCE = timedelta(minutes=1)
LONGEST_DIGEST = 200


class CrmSlaNotice(models.Model):
    """That somebody has to be told of an escalation: written with it, sent once.

    What is waiting is on disk with the event, so nobody is forgotten; what was sent is noted in
    the transaction that writes the message, so nobody is told twice. E-mails go from there by
    ``mail.mail._deliver_once``.
    """

    _name = "crm.sla.notice"
    _description = "SLA Escalation Notice"
    _order = "id"
    _rec_name = "user_id"

    event_id = fields.Many2one("crm.sla.event", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "To", required=True, readonly=True, ondelete="cascade")
    channel = fields.Selection(
        [("preference", "As preferred"), ("inbox", "In Odoo"), ("email", "By e-mail")],
        required=True,
        readonly=True,
    )
    sent_at = fields.Datetime("Sent on", readonly=True)
    is_digest = fields.Boolean("In a Digest", readonly=True)
    message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _once = models.UniqueIndex("(event_id, user_id)")
    _waiting = models.Index("(user_id, id) WHERE sent_at IS NULL")

    # ------------------------------------------------------------------ business

    @api.model
    def _send_waiting(self):
        """Tell everybody who is waiting to be told, in a transaction for each of them."""
        Clock = self.env["crm.sla.clock"]
        user_ids = self._get_waiting_users()
        for number, user_id in enumerate(user_ids, start=1):
            Clock._run_safely(partial(self._send_to, user_id))
            if not self.env["ir.cron"]._commit_progress(remaining=len(user_ids) - number):
                break

    @api.model
    def _get_waiting_users(self):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT user_id
                  FROM crm_sla_notice
                 WHERE sent_at IS NULL
                 GROUP BY user_id
                HAVING MIN(create_date) < %s
                    OR NOT EXISTS (SELECT FROM crm_sla_clock WHERE next_event_at < %s)
                 ORDER BY user_id
                """,
                self.env.cr.now() - PATIENCE,
                self.env["crm.ticket"]._now(),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _send_to(self, user_id):
        """Tell one user of all that waits for him; whoever comes second finds nothing to do."""
        is_ours = SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_SPACE, user_id)
        if not self.env.execute_query(is_ours)[0][0]:
            return
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_sla_notice WHERE user_id = %s AND sent_at IS NULL"
                " ORDER BY id FOR UPDATE",
                user_id,
            ),
            log_exceptions=False,
        )
        notices = self.browse(row[0] for row in self.env.cr.fetchall())
        if not notices:
            return
        notices.sent_at = self.env["crm.ticket"]._now()
        notices = notices._filter_readable()
        late = notices.filtered(lambda notice: notice.event_id.late_s > LATE_S)
        together = notices if len(notices) > MANY else late if len(late) > 1 else late.browse()
        for channel, group in together.grouped("channel").items():
            group._tell_together(channel)
        for notice in notices - together:
            notice._tell()
        self.env["mail.mail"]._trigger_delivery()

    def _filter_readable(self):
        """What the user may no longer read he is not told of any more."""
        user = self.user_id
        if not user.active:
            return self.browse()
        tickets = (
            self.event_id.ticket_id.with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids, active_test=False)
            ._filtered_access("read")
        )
        return self.filtered(lambda notice: notice.event_id.ticket_id.id in tickets.ids)

    def _tell(self):
        """Tell of one escalation, as a message on its ticket."""
        self.ensure_one()
        event = self._in_language().event_id
        subject = event.env._(
            "%(ticket)s - %(step)s",
            ticket=event.ticket_id.display_name,
            step=event._get_headline(),
        )
        self.message_id = event.ticket_id._notify_escalation(
            self.user_id, self.channel, subject, event._render_notice()
        )

    def _tell_together(self, channel):
        """Tell of several escalations by one message."""
        translated = self._in_language()
        events = translated.event_id.sorted("due_at")
        subject = translated.env._("%s service levels need attention", len(events))
        self.write(
            {
                "is_digest": True,
                "message_id": translated.env["crm.ticket"]
                ._notify_escalation(
                    self.user_id, channel, subject, events._render_digest(LONGEST_DIGEST)
                )
                .id,
            }
        )

    def _in_language(self):
        user = self.user_id
        return self.with_context(lang=user.lang, tz=user.tz or "UTC")
