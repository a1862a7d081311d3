import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models, modules
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import AlwaysOpen, epoch, moment

from ...lib import sla_ladder
from .escalator import Escalator

_logger = logging.getLogger(__name__)

# Clocks that one transaction of the tick deals with: their tickets are locked meanwhile
BATCH = 200
# How often a batch is begun again when somebody else changes the same tickets at that moment
ATTEMPTS = 5
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
# The tick comes by itself this often; what is due before gets a trigger of its own
INTERVAL = timedelta(minutes=5)
# What the tick itself had to leave is not tried again at once
BREAK = timedelta(seconds=10)


class CrmSlaClock(models.Model):
    """The tick: breaches are recorded and ladders climbed, at the cost of what is due.

    `next_event_at` of a clock is when something is to be done for it, and empty when nothing ever
    is; the tick reads the rows that are due and no others. It may run several times at once, be
    killed and be repeated: clocks are locked, and what is done is committed with the fact that it
    was.
    """

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    ladder_s = fields.Integer(
        "Escalated up to (seconds)",
        readonly=True,
        aggregator=None,
        help="Steps up to this many counted seconds have been dealt with.",
    )
    ladder_budget_s = fields.Integer(
        "Budget of the Ladder (seconds)",
        readonly=True,
        aggregator=None,
        help="With another budget the ladder begins anew.",
    )
    event_ids = fields.One2many("crm.sla.event", "clock_id", "Escalations", readonly=True)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        clocks = super().create(vals_list)
        self._wake_for(vals.get("next_event_at") for vals in vals_list)
        return clocks

    def write(self, vals):
        res = super().write(vals)
        if vals.get("next_event_at"):
            self._wake_for([vals["next_event_at"]])
        return res

    # ------------------------------------------------------------------ engine

    def _get_next_event(self, clock, values):
        policy_id = values.get("policy_id") or self.policy_id.id
        metric = values.get("metric") or self.metric
        steps = self.env["crm.sla.rule"]._get_steps(policy_id, metric)
        return sla_ladder.next_at(
            clock, steps, self._get_handled(clock.budget), self._get_promised_hours(values)
        )

    def _get_promised_hours(self, values):
        """Working time in which a clock with these new values counts."""
        mode = values.get("mode") or self.mode
        calendar = values.get("calendar_id", self.calendar_id)
        if isinstance(calendar, int):
            calendar = self.env["resource.calendar"].browse(calendar)
        if mode != "working" or not calendar:
            return AlwaysOpen()
        return calendar._get_working_hours(self.company_id or values["company_id"])

    def _get_handled(self, budget):
        return self.ladder_s if self.ladder_budget_s == budget else 0

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_tick(self):
        """Record what was breached, and do what the ladders call for."""
        self._tick()
        self.env["crm.sla.notice"]._send_waiting()
        if following := self._get_next_wake():
            self._wake_for([max(following, self.env["crm.ticket"]._now() + BREAK)])

    @api.model
    def _tick(self):
        while True:
            done = self._run_safely(self._tick_batch)
            more = done == BATCH
            left = self.env["ir.cron"]._commit_progress(done or 0, remaining=int(more))
            if not more or not left:
                break

    @api.model
    def _run_safely(self, batch, job="crm_suite_helpdesk.ir_cron_sla_breach"):
        """Run a batch, again when somebody else changes what it needs at the same moment.

        :param job: is woken to go on later when the batch cannot be done now
        :return: what the batch returned; None when it could not be done
        """
        for _attempt in range(ATTEMPTS):
            try:
                result = batch()
                self.env.flush_all()
                return result
            except CONFLICTS as error:
                if modules.module.current_test:
                    raise
                _logger.info("Escalations wait: %s", str(error).strip())
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
        # sudo: the system wakes its own job
        self.env.ref(job).sudo()._trigger(at=self.env["crm.ticket"]._now() + BREAK)
        return None

    @api.model
    def _tick_batch(self):
        """Deal with the clocks that have been due longest.

        :return: their number
        """
        now = self.env["crm.ticket"]._now()
        clocks = self._lock_due(now)
        if not clocks:
            return 0
        self._plan_all(clocks, epoch(now))
        return len(clocks)

    @api.model
    def _lock_due(self, now):
        """Clocks that are due, locked with their tickets; those that somebody works on wait."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT clock.id
                  FROM crm_sla_clock clock
                  JOIN crm_ticket ticket ON ticket.id = clock.ticket_id
                 WHERE clock.next_event_at < %s
                 ORDER BY clock.next_event_at
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                now,
                BATCH,
            ),
            log_exceptions=False,
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _plan_all(self, clocks, now):
        told = self.env["crm.sla.event"]._get_told(clocks)
        plans = {clock: clock._plan(now, told.get(clock.id, frozenset())) for clock in clocks}
        for clock, plan in plans.items():
            values = {
                "breached_at": moment(plan.clock.breached_at),
                "ladder_s": plan.handled,
                "ladder_budget_s": plan.clock.budget,
                "next_event_at": moment(plan.next_at),
            }
            clock.write({name: value for name, value in values.items() if clock[name] != value})
        acting = self.env["crm.sla.event"]._record(plans, now)
        if acting:
            Escalator(acting).act()

    def _plan(self, now, told):
        """:return: `sla_ladder.Plan` of this clock at epoch second `now`"""
        self.ensure_one()
        clock = self._load()
        return sla_ladder.plan(
            clock,
            self.env["crm.sla.rule"]._get_steps(self.policy_id.id, self.metric),
            self._get_handled(clock.budget),
            now,
            self._get_hours(),
            self._get_open_hours(),
            told,
        )

    def _get_open_hours(self):
        """The working hours for which escalations wait."""
        self.ensure_one()
        if self.mode == "working" and self.calendar_id:
            return self._get_hours()
        calendar = self.team_id.calendar_id or self.company_id.resource_calendar_id
        if calendar.flexible_hours:
            return AlwaysOpen()
        return calendar._get_working_hours(self.company_id)

    # ------------------------------------------------------------------ waking

    @api.model
    def _wake_for(self, moments):
        """See to it that the tick runs when something is due before it comes by itself.

        Looked at once for a transaction, when it ends, and only for the first moment; so clocks
        cost no triggers, and those that are due in hours not even a query.
        """
        horizon = self.env["crm.ticket"]._now() + INTERVAL
        instants = [fields.Datetime.to_datetime(at) for at in moments if at]
        instants = [at for at in instants if at <= horizon]
        if not instants:
            return
        data = self.env.cr.precommit.data
        if "crm_sla_wake" not in data:
            self.env.cr.precommit.add(self._plant_trigger)
        data["crm_sla_wake"] = min([*instants, *filter(None, [data.get("crm_sla_wake")])])

    @api.model
    def _plant_trigger(self):
        """Have the tick run at the moment that was noted, unless it does so by then anyway."""
        at = self.env.cr.precommit.data.pop("crm_sla_wake", None)
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_sla_breach", raise_if_not_found=False)
        if not cron or not at:
            return
        # A step is due when its second is over. Triggers of the past do not count: a tick that has
        # begun does not see what is committed only now.
        now = self.env["crm.ticket"]._now()
        at = max(now, at + timedelta(seconds=1))
        # sudo: whoever moves a clock may wake the tick
        pending = self.env["ir.cron.trigger"].sudo()
        earlier = [("cron_id", "=", cron.id), ("call_at", ">", now), ("call_at", "<=", at)]
        if not pending.search_count(earlier, limit=1):
            # sudo: the same
            cron.sudo()._trigger(at=at)

    @api.model
    def _get_next_wake(self):
        rows = self.env.execute_query(
            SQL("SELECT MIN(next_event_at) FROM crm_sla_clock WHERE next_event_at IS NOT NULL")
        )
        return rows[0][0]
