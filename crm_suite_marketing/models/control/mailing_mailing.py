from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ..audience import audience
from ..outbox.crm_outbox import OPEN_STATES
from ..timing import timing

# While workers send, somebody may hold a row for a moment
MOST_ROUNDS = 20


class MailingMailing(models.Model):
    """What people do with a mailing that runs or ran, and its numbers."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    delivery_summary_ids = fields.One2many("crm.outbox.summary", "mailing_id", "Deliveries")
    targeted_count = fields.Integer("Targeted", compute="_compute_delivery_counts")
    waiting_count = fields.Integer("Still to Send", compute="_compute_delivery_counts")
    uncertain_count = fields.Integer("Uncertain", compute="_compute_delivery_counts")
    unsent_count = fields.Integer("Not Sent", compute="_compute_delivery_counts")
    delivery_progress = fields.Integer("Done (%)", compute="_compute_delivery_counts")
    waiting_text = fields.Text("What Waits, and Why", compute="_compute_waiting_text")

    def _compute_delivery_counts(self):
        counts = {}
        Outbox = self.env["crm.outbox"]
        # salespeople read mailings by way of their campaigns, but not to whom they went
        if Outbox.has_access("read"):
            for mailing, state, count in Outbox._read_group(
                [("mailing_id", "in", self.ids)], ["mailing_id", "state"], ["__count"]
            ):
                counts.setdefault(mailing.id, {})[state] = count
        for mailing in self:
            of = counts.get(mailing._origin.id, {})
            mailing.targeted_count = total = sum(of.values())
            mailing.waiting_count = waiting = sum(of.get(state, 0) for state in OPEN_STATES)
            mailing.uncertain_count = of.get("uncertain", 0)
            mailing.unsent_count = of.get("failed", 0) + of.get("suppressed", 0)
            mailing.delivery_progress = 100 * (total - waiting) // total if total else 0

    @api.depends("state", "is_paused")
    @api.depends_context("uid", "lang")
    def _compute_waiting_text(self):
        self.waiting_text = False
        Outbox = self.env["crm.outbox"]
        running = self._filter_running()
        if not running or not Outbox.has_access("read"):
            return
        waits = {}
        for mailing, *wait in Outbox._read_group(
            [("mailing_id", "in", running.ids), *Outbox._get_waiting_domain()],
            ["mailing_id", "reason"],
            ["__count", "due_at:min", "due_at:max"],
        ):
            waits.setdefault(mailing.id, []).append(wait)
        for mailing in running:
            of = waits.get(mailing._origin.id, [])
            going = mailing.waiting_count - sum(count for _reason, count, *_due in of)
            lines = [mailing.env._("%s go now.", going)] if going > 0 else []
            if mailing.is_paused:
                count = mailing.waiting_count
                lines = [mailing.env._("%s wait until somebody resumes.", count)] if count else []
            mailing.waiting_text = "\n".join([*lines, *mailing._describe_waits(of)]) or False

    def _describe_waits(self, waits):
        """Say in words how many wait, why, and until when.

        :param waits: list of (reason, number, first moment, last moment)
        :return: a line for each reason; none of what a person has stopped
        """
        self.ensure_one()
        if self.is_paused:
            return []
        env, now = self.env, fields.Datetime.now()
        labels = dict(env["crm.outbox"]._fields["reason"]._description_selection(env))
        lines = []
        for reason, count, first, last in sorted(waits, key=lambda wait: -wait[1]):
            words = {"reason": labels.get(reason) or env._("Planned for Later"), "count": count}
            if reason == "cap":
                company = self._get_delivery_company()
                words["reason"] = env._(
                    "%(reason)s (limit: %(most)s in %(days)s days)",
                    reason=words["reason"],
                    most=company.cap_messages,
                    days=company.cap_days,
                )
            words["first"], words["last"] = (
                format_datetime(env, max(at or now, now), dt_format="short") for at in (first, last)
            )
            if words["first"] == words["last"]:
                lines.append(env._("%(reason)s: %(count)s wait until %(last)s.", **words))
            else:
                lines.append(
                    env._(
                        "%(reason)s: %(count)s wait, the first until %(first)s, "
                        "the last until %(last)s.",
                        **words,
                    )
                )
        return lines

    # ------------------------------------------------------------------
    # Opening the rows behind the numbers
    # ------------------------------------------------------------------

    def action_view_deliveries(self):
        """Open the deliveries of this mailing."""
        return self._view_deliveries([])

    def action_view_uncertain(self):
        """Open the messages of which nobody knows whether they went."""
        return self._view_deliveries([("state", "=", "uncertain")])

    def action_view_waiting(self):
        """Open the messages that have not gone yet."""
        return self._view_deliveries([("state", "in", OPEN_STATES)])

    def action_view_left_out(self):
        """Open those who get nothing, each with the reason."""
        return self._view_deliveries([("state", "=", "suppressed")])

    def _view_deliveries(self, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_outbox_action"
        )
        return action | {
            "domain": [("mailing_id", "=", self.id), *domain],
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Pause, resume, cancel
    # ------------------------------------------------------------------

    def _check_may_control(self):
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("mass_mailing.group_mass_mailing_user"):
            raise AccessError(self.env._("Only marketing users do this."))

    def _filter_running(self):
        return self.filtered(
            lambda mailing: (
                mailing._uses_suite() and mailing.state == "sending" and mailing.launched_at
            )
        )

    def write(self, vals):
        """Whoever archives what is being sent stops it; it goes on when a person says how."""
        stopped = self.browse()
        if "active" in vals and not vals["active"]:
            stopped = self.filtered(lambda mailing: mailing.active and mailing._uses_suite())
        result = super().write(vals)
        running = stopped._filter_running().filtered(lambda mailing: not mailing.is_paused)
        if running:
            running._pause(self.env._("Archived by %s.", self.env.user.name), tell=False)
        for mailing in stopped.filtered(lambda mailing: mailing.state == "in_queue"):
            mailing._by_button().state = "draft"
            mailing.message_post(
                body=self.env._("Archived, so it waits to be sent no more."),
                subtype_xmlid="mail.mt_note",
            )
        return result

    def action_unarchive(self):
        """Ask how to go on with what was due in the meantime."""
        result = super().action_unarchive()
        if len(self) == 1 and self._filter_running() and self.is_paused:
            return self.action_resume()
        return result

    def action_pause(self):
        """Send nothing any more until somebody resumes. What is on its way goes."""
        self._check_may_control()
        running = self._filter_running().filtered(lambda mailing: not mailing.is_paused)
        if not running:
            raise UserError(self.env._("Only what is being sent can be paused."))
        running._pause(self.env._("Paused by %s.", self.env.user.name), tell=False)

    def _pause(self, reason, tell=True):
        """Stop sending, with the reason shown.

        :param str reason: in words, for people
        :param bool tell: whether the responsible gets a notification
        """
        for mailing in self:
            mailing._note_run(
                {"is_paused": True, "paused_at": fields.Datetime.now(), "pause_reason": reason}
            )
            mailing.message_post(
                body=self.env._("Sending was paused. %s", reason),
                partner_ids=mailing.user_id.partner_id.ids if tell else [],
                subtype_xmlid="mail.mt_note",
            )

    def action_resume(self):
        """Ask how to go on with what was due in the meantime."""
        self.ensure_one()
        self._check_may_control()
        if not self.is_paused:
            raise UserError(self.env._("This mailing is not paused."))
        if not self.active:
            raise UserError(self.env._("This mailing is archived. Restore it first."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resume Sending"),
            "res_model": "crm.outbox.resume",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mailing_id": self.id},
        }

    def _get_overdue_condition(self):
        return SQL(
            "mailing_id = %s AND state IN ('planned', 'held') AND due_at <= %s",
            self.id,
            fields.Datetime.now(),
        )

    def _resume(self, overdue="now", hours=0):
        """Go on sending.

        :param str overdue: what becomes of what was due in the meantime: ``now``, ``spread`` (over
            so many hours), ``skip``
        """
        self.ensure_one()
        Outbox = self.env["crm.outbox"]
        if overdue == "skip":
            Outbox._write_beside_workers(
                Outbox._make_leave_out(self._get_overdue_condition(), "skipped")
            )
        elif overdue == "spread":
            Outbox._write_beside_workers(self._make_spread(hours))
        self._note_run({"is_paused": False, "paused_at": False, "pause_reason": False})
        words = {
            "now": self.env._("Sending goes on; what was due goes now."),
            "spread": self.env._("Sending goes on; what was due is spread over %s hours.", hours),
            "skip": self.env._("Sending goes on; what was due is left out."),
        }
        self.message_post(body=words[overdue], subtype_xmlid="mail.mt_note")
        self._close_delivered()
        self.env["crm.outbox"]._wake_workers()

    def _make_spread(self, hours):
        """Return the statement that gives what is overdue moments within so many hours; who has
        quiet hours then gets it after them.
        """
        due = SQL(
            "(%s::timestamp + placed.place * %s / placed.total * interval '1 second')",
            fields.Datetime.now(),
            hours * 3600,
        )
        allowed = due
        if self.keeps_quiet_hours:
            company = self._get_delivery_company()
            allowed = timing.make_allowed(due, SQL("COALESCE(outbox.tz, 'UTC')"), company)
        return SQL(
            """
            UPDATE crm_outbox AS outbox
               SET due_at = %(allowed)s,
                   reason = CASE WHEN %(allowed)s > %(due)s THEN 'quiet'
                                 ELSE NULLIF(outbox.reason, 'quiet') END
              FROM (SELECT id, row_number() OVER (ORDER BY due_at, id) - 1 AS place,
                           count(*) OVER () AS total
                      FROM crm_outbox
                     WHERE %(overdue)s AND state = 'planned') AS placed
             WHERE placed.id = outbox.id AND outbox.state = 'planned'
            """,
            due=due,
            allowed=allowed,
            overdue=self._get_overdue_condition(),
        )

    def action_cancel_rest(self):
        """Take back whatever has not gone yet."""
        self._check_may_control()
        running = self._filter_running()
        if not running:
            raise UserError(self.env._("Nothing is being sent that could be cancelled."))
        self.env.flush_all()
        with self.env["crm.outbox"]._get_sending_cursor() as cr:
            # a row of a worker that stands still is not waited for without end
            cr.execute("SET LOCAL lock_timeout = '10s'")
            running.with_env(self.env(cr=cr))._cancel_rest()
        self.env.invalidate_all()

    def _cancel_rest(self):
        """Leave out whatever has not gone, on a cursor at READ COMMITTED: workers go on until they
        see the pause.
        """
        Outbox = self.env["crm.outbox"]
        for mailing in self:
            reason = self.env._("The rest was cancelled by %s.", self.env.user.name)
            mailing._note_run(
                {"is_paused": True, "paused_at": fields.Datetime.now(), "pause_reason": reason}
            )
            Outbox._commit_beside()
            # what a worker writes just now is skipped, and found the next time
            condition = SQL(
                """id IN (SELECT id FROM crm_outbox
                           WHERE mailing_id = %s AND state IN ('planned', 'held', 'claimed')
                             FOR UPDATE SKIP LOCKED)""",
                mailing.id,
            )
            total = 0
            for _round in range(MOST_ROUNDS):
                count = Outbox._leave_out(condition, "cancelled")
                Outbox._commit_beside()
                total += count
                if not count:
                    break
            mailing.message_post(
                body=self.env._("%s messages that had not gone yet were cancelled.", total),
                subtype_xmlid="mail.mt_note",
            )
        self._close_delivered()

    # ------------------------------------------------------------------
    # Send to those it missed
    # ------------------------------------------------------------------

    def action_retry_failed(self):
        """Core's button: with our engine, it asks whom."""
        suite = self.filtered(lambda mailing: mailing._uses_suite() and mailing.launched_at)
        if suite:
            return suite[:1].action_send_missed()
        return super().action_retry_failed()

    def action_send_missed(self):
        """Ask whom of those that got nothing to send to."""
        self.ensure_one()
        self._check_may_control()
        self._check_may_address()
        if not self._uses_suite() or self.state not in ("sending", "done") or not self.launched_at:
            raise UserError(self.env._("This mailing has not been sent by CRM Suite yet."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send to Those It Missed"),
            "res_model": "crm.outbox.missed",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mailing_id": self.id},
        }

    def _stage_missed(self):
        """Put those that it missed into the temporary table of the audience.

        :return: ``{failed, left_out, joined: number}`` of those who can get it now
        """
        self.ensure_one()
        if self.segment_id:
            self._refresh_audience()
        self._stage_audience(again=True)
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(outbox.state, 'joined'), count(*)
                     FROM %s AS audience
                LEFT JOIN crm_outbox AS outbox ON outbox.id = audience.outbox_id
                    WHERE audience.reason IS NULL
                 GROUP BY 1""",
                audience.TABLE,
            )
        )
        counts = dict(rows)
        return {
            "failed": counts.get("failed", 0),
            "left_out": counts.get("suppressed", 0),
            "joined": counts.get("joined", 0),
        }

    def _send_missed(self, with_uncertain=False):
        """Plan again what was not sent, never for anybody who has it.

        :param bool with_uncertain: a person has decided that these may get it twice
        :return: how many messages were planned
        """
        self.ensure_one()
        self._check_may_address()
        if with_uncertain:
            self.env["crm.outbox"]._check_may_decide()
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("“%s” is being launched just now.", self.subject))
        self._stage_missed()
        planned = self._write_audience(audience.PLAN_AGAIN)
        planned += self._write_audience(audience.INSERT)
        if with_uncertain:
            planned += self.env["crm.outbox"]._plan_uncertain(
                SQL("mailing_id = %s", self.id), self.env._("Sent again by %s", self.env.user.name)
            )
        if not planned:
            raise UserError(self.env._("Everybody who can be reached has it already."))
        self.message_post(
            body=self.env._("%s messages were planned for those who had been missed.", planned),
            subtype_xmlid="mail.mt_note",
        )
        self._start_sending()
        return planned

    # ------------------------------------------------------------------
    # Uncertain messages
    # ------------------------------------------------------------------

    def _get_uncertain_policy(self):
        """:return: (policy, hours)"""
        self.ensure_one()
        if self.uncertain_policy:
            return self.uncertain_policy, self.uncertain_hours
        company = self._get_delivery_company()
        return company.uncertain_policy, company.uncertain_hours

    def _ask_about_uncertain(self):
        """Ask the responsible once, as long as the question is open."""
        self.ensure_one()
        # sudo: the question may stand with somebody else
        asked = self.sudo().activity_ids.filtered("automated")
        if self.user_id and not asked:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.user_id.id,
                summary=self.env._("Uncertain messages"),
                note=self.env._(
                    "Of some messages nobody knows whether they went. "
                    "Mark them as sent, or send them again."
                ),
                automated=True,
            )
