import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

_logger = logging.getLogger(__name__)

# events for which one transaction holds what it changes
BATCH = 500
# so many events are judged while a person waits; more are left to the job
AT_ONCE = 2000
DAYS = 30
# the job runs once a day, not always at the same minute
PAUSE = timedelta(hours=20)
TRIES = 3


class CrmEngagementRebuild(models.AbstractModel):
    """All events of a mailing are judged again, and what follows from them is made anew: a batch
    at a time. Nobody who opens a message meanwhile waits for longer than a batch takes.
    """

    _name = "crm.engagement.rebuild"
    _description = "Judging Events Again"

    @api.model
    def _rebuild(self, mailings):
        """Do it now, in this transaction."""
        for mailing in mailings:
            after = 0
            while rows := self._find_events(mailing, after):
                self._make_anew(rows)
                after = rows[-1][0]
            self._count_clicks(mailing)
        self.env.invalidate_all()

    @api.model
    def _start(self, mailings):
        """Do it now where there are few events, else have it done.

        :return: what to show
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT FROM crm_engagement WHERE mailing_id = ANY(%s) LIMIT %s",
                mailings.ids,
                AT_ONCE + 1,
            )
        )
        if len(rows) <= AT_ONCE:
            self._rebuild(mailings)
            return False
        mailings.write({"engagement_next": 1})
        self.env.ref("crm_suite_marketing.ir_cron_engagement_classify")._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The events are judged again in the background."),
            },
        }

    # ------------------------------------------------------------------
    # Job
    # ------------------------------------------------------------------

    @api.model
    def _run(self):
        """Judge the mailings that somebody has asked for, and those of the last weeks."""
        self.env["mailing.mailing"].flush_model(["engagement_judged_on", "engagement_next"])
        now = fields.Datetime.now()
        due = self.env.execute_query(
            SQL(
                """SELECT mailing.id, mailing.engagement_next
                     FROM mailing_mailing AS mailing
                    WHERE mailing.engagement_next > 0
                       OR (mailing.engagement_judged_on IS NULL
                           OR mailing.engagement_judged_on < %s)
                      AND EXISTS (SELECT FROM crm_engagement AS event
                                   WHERE event.mailing_id = mailing.id AND event.ts > %s)
                 ORDER BY COALESCE(mailing.engagement_next, 0) = 0,
                          mailing.engagement_judged_on NULLS FIRST, mailing.id""",
                now - PAUSE,
                now - timedelta(days=DAYS),
            )
        )
        for done, (mailing_id, position) in enumerate(due):
            mailing = self.env["mailing.mailing"].browse(mailing_id)
            if not self._run_mailing(mailing, max(position or 0, 1) - 1, len(due) - done):
                break

    def _run_mailing(self, mailing, after, left):
        """Judge the events of one mailing after this one, with a commit after each batch.

        :return: whether there is time for another mailing
        """
        cron = self.env["ir.cron"]
        while rows := self._find_events(mailing, after):
            self._judge_batch(rows)
            after = rows[-1][0]
            if not cron._commit_progress(1, remaining=left):
                self._note_progress(mailing, {"engagement_next": after + 1})
                cron._commit_progress()
                return False
        self._count_clicks(mailing)
        done = {"engagement_next": 0, "engagement_judged_on": fields.Datetime.now()}
        self._note_progress(mailing, done)
        return bool(cron._commit_progress(1, remaining=left - 1))

    def _judge_batch(self, rows):
        for _number in range(TRIES):
            try:
                self._make_anew(rows)
            except RETRIED:
                # somebody has opened one of these messages meanwhile: look at it as it is now
                self.env.cr.rollback()
                self.env.invalidate_all()
                continue
            return
        _logger.info("%s events are judged in the next pass", len(rows))

    def _note_progress(self, mailing, values):
        """Where somebody writes the mailing just now, the next run does the same once more."""
        mailing.flush_recordset()
        try:
            self.env.cr.execute(
                SQL(
                    """UPDATE mailing_mailing SET %s
                        WHERE id IN (SELECT id FROM mailing_mailing
                                      WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)""",
                    SQL(", ").join(
                        SQL("%s = %s", SQL.identifier(name), value)
                        for name, value in values.items()
                    ),
                    mailing.id,
                )
            )
        except RETRIED:
            self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------------
    # One batch
    # ------------------------------------------------------------------

    def _find_events(self, mailing, after):
        """Return the next (id, outbox_id, trace_id) of the events of a mailing."""
        return self.env.execute_query(
            SQL(
                """SELECT id, outbox_id, trace_id FROM crm_engagement
                    WHERE mailing_id = %s AND id > %s ORDER BY id LIMIT %s""",
                mailing.id,
                after,
                BATCH,
            )
        )

    def _make_anew(self, rows):
        events = self.env["crm.engagement"]
        self.env["crm.engagement.verdict"]._judge(
            {outbox_id for _id, outbox_id, _trace in rows if outbox_id},
            {trace_id for _id, outbox_id, trace_id in rows if trace_id and not outbox_id},
        )
        events._project((), {event: trace_id for event, _outbox, trace_id in rows}, wait=False)
        events._write_clicks([row[0] for row in rows])

    def _count_clicks(self, mailing):
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT link_id FROM crm_engagement
                    WHERE mailing_id = %s AND kind = 'click' AND link_id IS NOT NULL""",
                mailing.id,
            )
        )
        self.env["crm.engagement"]._count_clicks([row[0] for row in rows])
