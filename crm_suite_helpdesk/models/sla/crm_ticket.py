import logging

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite.lib import mail_guard
from odoo.addons.crm_suite.models.mixins.crm_customizable_mixin import KEEP_INCOMPLETE

from .crm_sla_clock import _epoch
from .crm_sla_target import METRICS as ALL_METRICS

_logger = logging.getLogger(__name__)

METRICS = ("first_response", "resolution")

# Fields that move the clocks of a ticket, and how the ledger names what happened. The first of
# them that is written names it; those that change the promise itself go first.
CAUSES = {
    "priority": "priority",
    "team_id": "team",
    "company_id": "team",
    "partner_id": "partner",
    "stage_id": "stage",
    "first_response_at": "reply",
}
PROMISE_CAUSES = ("create", "priority", "team", "partner")


class CrmTicket(models.Model):
    """Service levels of a ticket.

    Stored are facts only: what was breached, what is due when. Whether a ticket is at risk or
    overdue follows from them and the present, so no cron has to run for it to be true.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]
    _order = "priority desc, sla_deadline, id desc"

    sla_clock_ids = fields.One2many("crm.sla.clock", "ticket_id", "SLA Clocks", readonly=True)
    sla_phase = fields.Selection(
        [("running", "Running"), ("paused", "Paused"), ("stopped", "Stopped")],
        "SLA Phase",
        compute="_compute_sla_facts",
        store=True,
    )
    sla_deadline = fields.Datetime(
        "SLA Deadline",
        compute="_compute_sla_facts",
        store=True,
        help="The nearest deadline of the clocks that run. Empty while they are paused.",
    )
    sla_risk_at = fields.Datetime("SLA at Risk from", compute="_compute_sla_facts", store=True)
    sla_breached = fields.Boolean(
        "SLA Breached",
        compute="_compute_sla_facts",
        store=True,
        help="A deadline passed at some time, even if the ticket was solved since.",
    )
    sla_state = fields.Selection(
        [
            ("on_track", "On track"),
            ("at_risk", "At risk"),
            ("overdue", "Overdue"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("missed", "Missed"),
        ],
        "SLA",
        compute="_compute_sla_state",
        search="_search_sla_state",
    )
    sla_next_metric = fields.Selection(
        ALL_METRICS,
        "Due Next",
        compute="_compute_sla_facts",
        store=True,
        help="What the nearest deadline is for.",
    )
    sla_hold_reason = fields.Char(
        "Held because",
        readonly=True,
        copy=False,
        help="The clocks are paused by hand for this reason.",
    )
    unanswered_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="The first message of the customer that nobody has answered since.",
    )
    reopen_count = fields.Integer("Times Reopened", readonly=True, copy=False)
    sla_remaining = fields.Float(
        "Time Left",
        compute="_compute_sla_remaining",
        help="Working time until the nearest deadline, in hours; negative when overdue.",
    )

    # One column of the board, in its order, most urgent first
    _board = models.Index("(stage_id, priority DESC, sla_deadline, id DESC)")
    # The list of open tickets, most urgent first
    _open_queue = models.Index("(priority DESC, sla_deadline, id DESC) WHERE closed_at IS NULL")
    # The list of all tickets or of closed ones, in the same order
    _queue = models.Index("(priority DESC, sla_deadline, id DESC)")
    # What is due: the filters on the SLA and the automated action near the deadline
    _due = models.Index("(sla_deadline, sla_risk_at) WHERE sla_deadline IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends(
        "sla_clock_ids.state",
        "sla_clock_ids.deadline",
        "sla_clock_ids.risk_at",
        "sla_clock_ids.breached_at",
    )
    def _compute_sla_facts(self):
        for ticket in self:
            clocks = ticket.sla_clock_ids.filtered(lambda c: c.state != "cancelled")
            states = set(clocks.mapped("state"))
            phases = ("running", "paused", "stopped")
            ticket.sla_phase = next((phase for phase in phases if phase in states), False)
            running = clocks.filtered(lambda c: c.state == "running" and c.deadline)
            nearest = running.sorted("deadline")[:1]
            ticket.sla_deadline = nearest.deadline
            ticket.sla_next_metric = nearest.metric
            ticket.sla_risk_at = min(running.filtered("risk_at").mapped("risk_at"), default=False)
            ticket.sla_breached = any(clock.breached_at for clock in clocks)

    @api.depends("sla_phase", "sla_deadline", "sla_risk_at", "sla_breached")
    def _compute_sla_state(self):
        now = self._now()
        for ticket in self:
            if ticket.sla_phase == "stopped":
                ticket.sla_state = "missed" if ticket.sla_breached else "met"
            elif ticket.sla_phase != "running":
                ticket.sla_state = ticket.sla_phase
            elif ticket.sla_deadline and ticket.sla_deadline < now:
                ticket.sla_state = "overdue"
            elif ticket.sla_risk_at and ticket.sla_risk_at <= now:
                ticket.sla_state = "at_risk"
            else:
                ticket.sla_state = "on_track"

    @api.model
    def _search_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = self._now()
        running, stopped = Domain("sla_phase", "=", "running"), Domain("sla_phase", "=", "stopped")
        overdue = Domain("sla_deadline", "<", now)
        due_later = Domain("sla_deadline", ">=", now)
        domains = {
            "overdue": overdue,
            "at_risk": due_later & Domain("sla_risk_at", "<=", now),
            "on_track": running
            & (
                Domain("sla_deadline", "=", False)
                | due_later & (Domain("sla_risk_at", ">", now) | Domain("sla_risk_at", "=", False))
            ),
            "paused": Domain("sla_phase", "=", "paused"),
            "met": stopped & Domain("sla_breached", "=", False),
            "missed": stopped & Domain("sla_breached", "=", True),
            False: Domain("sla_phase", "=", False),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("sla_deadline")
    def _compute_sla_remaining(self):
        now = _epoch(self._now())
        self.sla_remaining = 0
        due = self.filtered("sla_deadline")
        clocks = self.env["crm.sla.clock"].search(
            [("ticket_id", "in", due.ids), ("state", "=", "running"), ("deadline", "!=", False)],
            order="deadline desc",
        )
        for clock in clocks:  # the nearest deadline comes last and stays
            hours, deadline = clock._get_hours(), _epoch(clock.deadline)
            left = hours.worked(now, deadline) - hours.worked(deadline, now)
            clock.ticket_id.sla_remaining = left / 3600

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._sla_sync("create")
        return tickets

    def write(self, vals):
        res = super().write(vals)
        cause = next((cause for name, cause in CAUSES.items() if name in vals), None)
        if cause:
            self._sla_sync(cause)
        return res

    @api.model
    def _get_portal_fields(self):
        # The order in which tickets are listed
        return super()._get_portal_fields() | {"sla_deadline"}

    # ------------------------------------------------------------------ engine

    def _sla_sync(self, cause):
        """Bring the clocks of these tickets in line with what just happened to them.

        A mail must never be lost because a service level cannot be computed: on the way in from
        the mail gateway, an error leaves the ticket without clocks and a task for its leader.

        :param cause: "create", or a value of `CAUSES`
        """
        if not self:
            return
        if self.env.context.get("crm_mail_gateway") is not KEEP_INCOMPLETE:
            self._sla_update(cause)
            return
        try:
            with self.env.cr.savepoint():
                self._sla_update(cause)
        except mail_guard.RETRIED:
            raise
        except Exception:
            _logger.exception("The SLA of tickets %s could not be computed", self.ids)
            for ticket in self:
                ticket._sla_report_failure()

    def _sla_update(self, cause):
        # sudo: nobody has write access to clocks and their ledger but the engine
        tickets, Clock = self.sudo(), self.env["crm.sla.clock"].sudo()
        Segment = tickets.env["crm.sla.segment"]
        now, latest = self._now(), Clock._lock_latest(self)
        new, live = [], []
        for ticket in tickets:
            for metric in METRICS:
                clock, goal = latest.get((ticket.id, metric)), ticket._sla_goal(metric)
                if clock and clock.state in ("running", "paused"):
                    live.append((ticket, metric, clock, goal))
                elif ticket._sla_needs_clock(clock, goal, cause):
                    new.append((ticket, metric, clock, goal))
        matched = tickets if cause in PROMISE_CAUSES else tickets.browse(t.id for t, *_ in new)
        promises = self.env["crm.sla.policy"]._match(matched)

        entries = []
        for ticket, metric, clock, goal in live:
            target = None
            if cause in PROMISE_CAUSES:
                target = promises[ticket].get(metric, self.env["crm.sla.target"])
            entries.append(clock._follow(goal, cause, now, target))
        starts = [
            Clock._start(ticket, target, *ticket._sla_beginning(metric, clock, goal, cause, now))
            for ticket, metric, clock, goal in new
            if (target := promises[ticket].get(metric))
        ]
        started = Clock.create([values for values, _entry in starts])
        entries += [
            entry and {**entry, "clock_id": clock.id}
            for clock, (_values, entry) in zip(started, starts, strict=True)
        ]
        Segment.create([entry for entry in entries if entry])

    def _sla_goal(self, metric):
        """The state that the ticket calls for in its clock of a metric.

        Only an answer ends the clock of the first response: moving the ticket does nothing to it.
        """
        self.ensure_one()
        if self.stage_type in ("cancelled", "spam"):
            return "cancelled"
        if metric == "first_response":
            return "stopped" if self.first_response_at else "running"
        if self.stage_type in ("solved", "closed"):
            return "stopped"
        return "paused" if self.stage_type == "waiting_customer" else "running"

    def _sla_needs_clock(self, clock, goal, cause):
        """Whether a new clock has to be started where none is live."""
        if goal == "cancelled":
            return False
        if not clock:
            return cause == "create" or (goal != "stopped" and cause in PROMISE_CAUSES)
        # The ticket was reopened. A first response stays the first.
        reopened = clock.state == "cancelled" or clock.metric == "resolution"
        return reopened and goal != "stopped"

    def _sla_beginning(self, metric, clock, goal, cause, now):
        """When a clock starts, with what, and when it took up its present state.

        :return: (start, cycle, carried seconds, goal, instant of the goal)
        """
        self.ensure_one()
        if clock:
            return now, clock.cycle + 1, clock.elapsed_s, goal, now
        start = min(self.opened_at, now)
        if cause != "create":
            return start if metric == "resolution" else now, 1, 0, goal, now
        fact = {
            "paused": self.last_agent_message_at,
            "stopped": self.first_response_at if metric == "first_response" else self.closed_at,
        }.get(goal)
        return start, 1, 0, goal, min(fact or now, now)

    def _sla_report_failure(self):
        """Ask the leader of the team to look after a ticket whose service level is unknown."""
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("No deadline"),
            note=self.env._("The SLA of this ticket could not be computed. Check its SLA policy."),
            user_id=(self.team_id.user_id or self.env.ref("base.user_admin")).id,
        )
