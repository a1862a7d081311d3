from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch

from ...lib import sla_clock
from .crm_sla_segment import CAUSES, PAUSE_CAUSES
from .crm_sla_target import METRICS


class CrmSlaClock(models.Model):
    """How one promise to one ticket stands: a cache over the ledger of `crm.sla.segment`.

    Budget and calendar are a snapshot of the policy when the promise was made. Rows are written
    by the engine only (`crm.ticket._sla_sync` and the crons below), in superuser mode.
    """

    _name = "crm.sla.clock"
    _description = "SLA Clock"
    _order = "ticket_id desc, metric, cycle"
    _rec_name = "metric"

    ticket_id = fields.Many2one("crm.ticket", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, precompute=True, index=True
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, precompute=True)
    user_id = fields.Many2one(related="ticket_id.user_id", store=True, precompute=True)
    priority = fields.Selection(related="ticket_id.priority", store=True, precompute=True)
    partner_id = fields.Many2one(
        related="ticket_id.commercial_partner_id", store=True, precompute=True
    )
    policy_id = fields.Many2one("crm.sla.policy", required=True, readonly=True, ondelete="restrict")
    target_id = fields.Many2one(
        "crm.sla.target", "Policy Target", readonly=True, ondelete="set null"
    )
    revision_id = fields.Many2one(
        "crm.sla.revision",
        "Policy Revision",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The state of the policy that holds for this ticket.",
    )
    metric = fields.Selection(METRICS, required=True, readonly=True)
    slot = fields.Integer(
        readonly=True,
        aggregator=None,
        help="0 for the promise that another one may replace; the number of its policy for a "
        "promise that holds besides the others.",
    )
    of_team_id = fields.Many2one(
        "crm.ticket.team",
        "For Team",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The team whose time with the ticket is counted.",
    )
    cycle = fields.Integer(
        default=1, readonly=True, help="1 at first; a reopened ticket starts another cycle."
    )
    mode = fields.Selection(
        [("working", "Working hours"), ("always", "24/7")],
        "Time Counted",
        required=True,
        readonly=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar", "Working Hours", readonly=True, index=True, ondelete="restrict"
    )
    calendar_rev = fields.Integer("Calendar Revision", readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("stopped", "Stopped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
    )
    state_since = fields.Datetime("In This State Since", required=True, readonly=True)
    since_cause = fields.Selection(CAUSES, "Because", readonly=True)
    pause_cause = fields.Selection(PAUSE_CAUSES, "Paused for", readonly=True)
    result = fields.Selection(
        [("met", "Met"), ("missed", "Missed"), ("forgiven", "Forgiven")], readonly=True
    )
    forgiven_by_id = fields.Many2one("res.users", "Forgiven by", readonly=True)
    forgiven_at = fields.Datetime("Forgiven on", readonly=True)
    forgiven_reason = fields.Char("Reason for Forgiving", readonly=True)
    started_at = fields.Datetime("Started on", required=True, readonly=True)
    stopped_at = fields.Datetime("Stopped on", readonly=True)
    deadline = fields.Datetime(readonly=True, help="Empty unless the clock is running.")
    risk_at = fields.Datetime(
        "At Risk from", readonly=True, help="When that share of the target is spent."
    )
    breached_at = fields.Datetime(
        "Breached on", readonly=True, help="The deadline that passed. Never taken back."
    )
    next_event_at = fields.Datetime(readonly=True)
    budget_s = fields.Integer("Budget (seconds)", required=True, readonly=True, aggregator=None)
    budget_overridden = fields.Boolean(
        readonly=True, help="The target was set by hand and stays when the ticket changes."
    )
    risk_share = fields.Integer(
        "At Risk from (%)", default=75, required=True, readonly=True, aggregator=None
    )
    carried_s = fields.Integer("Carried over (seconds)", readonly=True, aggregator=None)
    elapsed_s = fields.Integer("Counted (seconds)", readonly=True, aggregator=None)
    overrun_s = fields.Integer("Overrun (seconds)", readonly=True, aggregator=None)
    elapsed_hours = fields.Float(
        "Time Spent", readonly=True, aggregator="avg", help="Working time, when the clock stopped."
    )
    overrun_hours = fields.Float(
        "Overrun", readonly=True, aggregator="avg", help="Working time over the budget."
    )
    met_rate = fields.Float(
        "Met",
        readonly=True,
        aggregator="avg",
        help="1 when met, 0 when missed; the average is the share of promises that were kept.",
    )
    segment_ids = fields.One2many("crm.sla.segment", "clock_id", "Ledger", readonly=True)
    budget = fields.Float("Target", compute="_compute_figures", help="Working time, in hours.")
    elapsed = fields.Float(compute="_compute_figures", help="Working time so far.")
    present = fields.Float(
        "Counted So Far",
        compute="_compute_figures",
        help="Working time since the clock took up its present state, which is not in the ledger "
        "yet.",
    )
    remaining = fields.Float(
        compute="_compute_figures", help="Working time that is left; negative when overdue."
    )
    status = fields.Selection(
        [
            ("on_track", "On track"),
            ("at_risk", "At risk"),
            ("overdue", "Overdue"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("missed", "Missed"),
            ("forgiven", "Forgiven"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_status",
    )

    # The crons read what is due and nothing else: rows leave the index when nothing can happen
    _due = models.Index("(next_event_at) WHERE next_event_at IS NOT NULL")
    _running_of_calendar = models.Index("(calendar_id, calendar_rev) WHERE state = 'running'")
    _one_per_cycle = models.UniqueIndex(
        "(ticket_id, metric, slot, COALESCE(of_team_id, 0), cycle) WHERE state <> 'cancelled'"
    )
    _of_ticket = models.Index("(ticket_id)")

    # ------------------------------------------------------------------ compute

    @api.depends("state", "elapsed_s", "budget_s", "state_since")
    def _compute_figures(self):
        now = epoch(self.env["crm.ticket"]._now())
        for clock in self:
            elapsed = sla_clock.elapsed_at(clock._load(), now, clock._get_hours())
            clock.budget = clock.budget_s / 3600
            clock.elapsed = elapsed / 3600
            clock.present = (elapsed - clock.elapsed_s) / 3600
            live = clock.state in ("running", "paused")
            clock.remaining = (clock.budget_s - elapsed) / 3600 if live else 0

    @api.depends("state", "deadline", "risk_at", "result")
    def _compute_status(self):
        now = self.env["crm.ticket"]._now()
        for clock in self:
            if clock.state == "stopped":
                clock.status = clock.result
            elif clock.state != "running":
                clock.status = clock.state
            else:
                clock.status = sla_clock.standing(now, clock.deadline, clock.risk_at)

    def _read_group_select(self, aggregate_spec, query):
        # Averages are about promises that came to an end: those that still run have no outcome,
        # and their columns hold 0
        fname, _, function = aggregate_spec.partition(":")
        if function == "avg" and fname in ("met_rate", "elapsed_hours", "overrun_hours"):
            # A miss that was forgiven counts neither way
            counted = ("met", "missed") if fname == "met_rate" else ("met", "missed", "forgiven")
            return SQL(
                "AVG(%s) FILTER (WHERE %s IN %s)",
                self._field_to_sql(self._table, fname, query),
                self._field_to_sql(self._table, "result", query),
                counted,
            )
        return super()._read_group_select(aggregate_spec, query)
