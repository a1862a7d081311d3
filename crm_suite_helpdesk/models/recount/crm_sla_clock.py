from datetime import timedelta
from functools import partial

from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch, moment

from ...lib import sla_clock, sla_ladder

# Clocks of one transaction: their tickets are locked meanwhile
BATCH = 2000
JOB = "crm_suite_helpdesk.ir_cron_sla_calendar"
# After which the job comes again for what somebody worked on
BREAK = timedelta(minutes=1)


class CrmSlaClock(models.Model):
    """How many clocks follow what has changed below them: hours and days off of a calendar, rules
    of a ladder.

    Both are done by a job, set-based: rows are read and written by one statement for a batch, and
    `lib` does what the engine does for a single clock.
    """

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_follow_calendars(self):
        """Count running clocks again whose calendar has changed since their deadline was set, and
        let open clocks follow the changed rules of their policy.

        Safe to interrupt and to run twice: whatever is left is found again.
        """
        for work in (self._recount_batch, *self._get_ladder_batches()):
            last_id = 0
            while last_id is not None:
                last_id = self._run_safely(partial(work, last_id), JOB)
                remaining = int(last_id is not None)
                if not self.env["ir.cron"]._commit_progress(remaining=remaining):
                    return
        if self._has_outdated():
            # sudo: the system wakes its own job
            self.env.ref(JOB).sudo()._trigger(at=self.env["crm.ticket"]._now() + BREAK)

    @api.model
    def _has_outdated(self):
        """Whether there are clocks that could not follow, because somebody worked on them."""
        query = SQL("SELECT EXISTS (SELECT FROM crm_sla_clock clock %s)", self._outdated(0))
        return self.env.execute_query(query)[0][0]

    # ------------------------------------------------------------------ calendars

    @api.model
    def _outdated(self, last_id):
        return SQL(
            """
              JOIN resource_calendar calendar ON calendar.id = clock.calendar_id
             WHERE clock.state = 'running'
               AND clock.calendar_rev IS DISTINCT FROM calendar.working_time_revision
               AND clock.id > %s
            """,
            last_id,
        )

    @api.model
    def _recount_batch(self, last_id):
        """Count the next running clocks of changed calendars again.

        :return: the last clock; None when there are no more
        """
        rows = self._read_outdated(last_id)
        if not rows:
            return None
        now, hours, moved, single = epoch(self.env["crm.ticket"]._now()), {}, [], []
        for row in rows:
            key = (row["calendar_id"], row["company_id"])
            if key not in hours:
                calendar = self.env["resource.calendar"].browse(key[0])
                hours[key] = calendar._get_working_hours(self.env["res.company"].browse(key[1]))
            before = sla_clock.follow(_to_clock(row), row["changed"], hours[key])
            at = max(now, before.since)
            clock, segment = sla_clock.retarget(before, at, hours[key], hours[key], before.budget)
            if segment:
                moved.append(self._prepare_moved(row, clock, segment, hours[key]))
            else:
                single.append(row["id"])
        self._write_moved(moved)
        # What began this very second has no span for the ledger
        self.browse(single)._apply("recount", "calendar")
        self.env.flush_all()
        broken = {move["id"] for move in moved if move["breached"] != move["breached_before"]}
        self._follow_on_tickets(self.browse(move["id"] for move in moved), self.browse(broken))
        self._wake_for([moment(move["next"]) for move in moved if move["next"] is not None])
        return rows[-1]["id"]

    @api.model
    def _read_outdated(self, last_id):
        """Running clocks whose calendar has changed, locked with their tickets, as integers."""
        self.env.flush_all()
        return self._read_locked(
            self._outdated(last_id),
            SQL(
                """
                calendar.working_time_revision AS revision,
                EXTRACT(EPOCH FROM date_trunc('second', calendar.write_date))::bigint AS changed,
                """
            ),
        )

    @api.model
    def _read_locked(self, condition, columns=None):
        """Rows of clocks, locked with their tickets; those that somebody works on are left out,
        and found again the next time.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT clock.id, clock.ticket_id, clock.company_id, clock.policy_id, clock.metric,
                       clock.mode, clock.calendar_id, %(columns)s
                       clock.state, clock.budget_s, clock.elapsed_s, clock.risk_share,
                       clock.pause_cause, clock.ladder_s, clock.ladder_budget_s,
                       EXTRACT(EPOCH FROM clock.state_since)::bigint AS since,
                       EXTRACT(EPOCH FROM clock.deadline)::bigint AS deadline,
                       EXTRACT(EPOCH FROM clock.risk_at)::bigint AS risk_at,
                       EXTRACT(EPOCH FROM clock.breached_at)::bigint AS breached_at,
                       EXTRACT(EPOCH FROM clock.next_event_at)::bigint AS next_event_at
                  FROM crm_sla_clock clock
                  JOIN crm_ticket ticket ON ticket.id = clock.ticket_id
                  %(condition)s
                 ORDER BY clock.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF clock, ticket SKIP LOCKED
                """,
                columns=columns or SQL(""),
                condition=condition,
                limit=BATCH,
            ),
            log_exceptions=False,
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _prepare_moved(self, row, clock, segment, hours):
        """What changes for one clock, in epoch seconds."""
        return {
            "id": row["id"],
            "since": clock.since,
            "elapsed": clock.elapsed,
            "over": max(0, clock.elapsed - clock.budget),
            "deadline": clock.deadline,
            "risk": clock.risk_at,
            "breached": clock.breached_at,
            "breached_before": row["breached_at"],
            "next": sla_ladder.next_at(clock, *self._get_ladder(row), hours),
            "revision": row["revision"],
            "begin": segment.start,
            "worked": segment.worked,
            "due": segment.deadline,
        }

    @api.model
    def _get_ladder(self, row):
        """The steps of a clock, and up to where they are dealt with."""
        steps = self.env["crm.sla.rule"]._get_steps(row["policy_id"], row["metric"])
        is_same = row["ladder_budget_s"] == row["budget_s"]
        return steps, row["ladder_s"] or 0 if is_same else 0

    @api.model
    def _write_moved(self, moved):
        """Write clocks and the entries of their ledger, by one statement."""
        if not moved:
            return
        self.env.execute_query(
            SQL(
                """
                WITH moved AS (
                    SELECT id, elapsed, over, revision, worked,
                           TO_TIMESTAMP(since) AT TIME ZONE 'UTC' AS since,
                           TO_TIMESTAMP(deadline) AT TIME ZONE 'UTC' AS deadline,
                           TO_TIMESTAMP(risk) AT TIME ZONE 'UTC' AS risk,
                           TO_TIMESTAMP(breached) AT TIME ZONE 'UTC' AS breached,
                           TO_TIMESTAMP(next) AT TIME ZONE 'UTC' AS next,
                           TO_TIMESTAMP(begin) AT TIME ZONE 'UTC' AS begin,
                           TO_TIMESTAMP(due) AT TIME ZONE 'UTC' AS due
                      FROM JSONB_TO_RECORDSET(%(moved)s) AS row (
                           id integer, elapsed integer, over integer, revision integer,
                           worked integer, since bigint, deadline bigint, risk bigint,
                           breached bigint, next bigint, begin bigint, due bigint)
                ), ledger AS (
                    INSERT INTO crm_sla_segment (
                           clock_id, ticket_id, company_id, state, start_at, end_at, worked_s,
                           budget_s, deadline, breached_at, revision_id, mode, calendar_id,
                           calendar_rev, cause, user_id,
                           create_uid, create_date, write_uid, write_date)
                    SELECT clock.id, clock.ticket_id, clock.company_id, 'running', moved.begin,
                           moved.since, moved.worked, clock.budget_s, moved.due, moved.breached,
                           clock.revision_id, clock.mode, clock.calendar_id, moved.revision,
                           'calendar', %(uid)s, %(uid)s, %(at)s, %(uid)s, %(at)s
                      FROM moved
                      JOIN crm_sla_clock clock ON clock.id = moved.id
                )
                UPDATE crm_sla_clock clock
                   SET state_since = moved.since,
                       since_cause = 'calendar',
                       elapsed_s = moved.elapsed,
                       overrun_s = moved.over,
                       overrun_hours = moved.over::float8 / 3600,
                       deadline = moved.deadline,
                       risk_at = moved.risk,
                       breached_at = moved.breached,
                       next_event_at = moved.next,
                       calendar_rev = moved.revision,
                       write_uid = %(uid)s,
                       write_date = %(at)s
                  FROM moved
                 WHERE clock.id = moved.id
                RETURNING clock.id
                """,
                moved=Json(moved),
                uid=self.env.uid,
                at=self.env.cr.now(),
            )
        )
        self.env.invalidate_all(flush=False)

    @api.model
    def _follow_on_tickets(self, clocks, broken):
        """Bring the facts on the tickets of moved clocks in line, by one statement.

        :param broken: clocks whose breach was recorded only now
        """
        if not clocks:
            return
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_ticket ticket
                   SET sla_deadline = nearest.deadline,
                       sla_next_metric = nearest.metric,
                       sla_risk_at = risk.at
                  FROM (SELECT DISTINCT ticket_id FROM crm_sla_clock WHERE id IN %s) moved
             LEFT JOIN LATERAL (
                       SELECT clock.deadline, clock.metric
                         FROM crm_sla_clock clock
                        WHERE clock.ticket_id = moved.ticket_id
                          AND clock.state = 'running'
                          AND clock.deadline IS NOT NULL
                     ORDER BY clock.deadline, clock.metric, clock.cycle
                        LIMIT 1) nearest ON TRUE
             LEFT JOIN LATERAL (
                       SELECT MIN(clock.risk_at) AS at
                         FROM crm_sla_clock clock
                        WHERE clock.ticket_id = moved.ticket_id
                          AND clock.state = 'running'
                          AND clock.deadline IS NOT NULL) risk ON TRUE
                 WHERE ticket.id = moved.ticket_id
                RETURNING ticket.id
                """,
                clocks._ids,
            )
        )
        self.env.invalidate_all(flush=False)
        Ticket = self.env["crm.ticket"]
        self.env.add_to_compute(Ticket._fields["sla_breached"], broken.ticket_id)

    # ------------------------------------------------------------------ ladders

    @api.model
    def _get_ladder_batches(self):
        """A function of the last clock for each policy whose rules have changed."""
        policies = self.env["crm.sla.policy"].with_context(active_test=False)
        return [
            partial(self._climb_batch, policy.id, policy.ladder_change)
            for policy in policies.search([("ladder_change", "!=", 0)])
        ]

    def _compare(self, values):
        different = super()._compare(values)
        if self.policy_id.ladder_change:  # it has not followed the rules yet
            different.pop("next_event_at", None)
        return different

    @api.model
    def _climb_batch(self, policy_id, change, last_id):
        """Let the next open clocks of a policy follow its rules.

        What they have passed by now is dealt with; what is due at this moment is left to the tick.

        :return: the last clock; None when there are no more
        """
        self.env.flush_all()
        rows = self._read_locked(
            SQL(
                "WHERE clock.policy_id = %s AND clock.id > %s"
                " AND clock.state IN ('running', 'paused')",
                policy_id,
                last_id,
            )
        )
        if not rows:
            self.env.execute_query(
                SQL(
                    "UPDATE crm_sla_policy SET ladder_change = 0"
                    " WHERE id = %s AND ladder_change = %s RETURNING id",
                    policy_id,
                    change,
                )
            )
            self.env["crm.sla.policy"].invalidate_model(["ladder_change"])
            return None
        now = epoch(self.env["crm.ticket"]._now())
        climbed = [
            self._prepare_climbed(row, now)
            for row in rows
            if row["next_event_at"] is None or row["next_event_at"] >= now
        ]
        self._write_climbed(climbed)
        self._wake_for([moment(row["next"]) for row in climbed if row["next"] is not None])
        return rows[-1]["id"]

    @api.model
    def _prepare_climbed(self, row, now):
        clock = _to_clock(row)
        calendar = self.env["resource.calendar"].browse(
            row["calendar_id"] if row["mode"] == "working" and row["calendar_id"] else ()
        )
        hours = calendar._get_working_hours(self.env["res.company"].browse(row["company_id"]))
        steps, handled = self._get_ladder(row)
        handled = max(handled, sla_clock.elapsed_at(clock, now, hours))
        following = sla_ladder.next_at(clock, steps, handled, hours)
        return {"id": row["id"], "handled": handled, "budget": clock.budget, "next": following}

    @api.model
    def _write_climbed(self, climbed):
        if not climbed:
            return
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_sla_clock clock
                   SET ladder_s = row.handled,
                       ladder_budget_s = row.budget,
                       next_event_at = TO_TIMESTAMP(row.next) AT TIME ZONE 'UTC'
                  FROM JSONB_TO_RECORDSET(%s) AS row (
                       id integer, handled integer, budget integer, next bigint)
                 WHERE clock.id = row.id
                RETURNING clock.id
                """,
                Json(climbed),
            )
        )
        self.invalidate_model()


def _to_clock(row):
    return sla_clock.Clock(
        budget=row["budget_s"],
        state=row["state"],
        since=row["since"],
        elapsed=row["elapsed_s"] or 0,
        deadline=row["deadline"],
        risk_at=row["risk_at"],
        breached_at=row["breached_at"],
        pause_cause=row["pause_cause"] or "",
        risk_share=row["risk_share"],
    )
