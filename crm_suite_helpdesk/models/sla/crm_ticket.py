from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite.lib.working_time import epoch

from ...lib import sla_clock
from .crm_sla_target import METRICS


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
        METRICS,
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
        "sla_clock_ids.forgiven_at",
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
            ticket.sla_breached = any(
                clock.breached_at and not clock.forgiven_at for clock in clocks
            )

    @api.depends("sla_phase", "sla_deadline", "sla_risk_at", "sla_breached")
    def _compute_sla_state(self):
        now = self._now()
        for ticket in self:
            if ticket.sla_phase == "stopped":
                ticket.sla_state = "missed" if ticket.sla_breached else "met"
            elif ticket.sla_phase != "running":
                ticket.sla_state = ticket.sla_phase
            else:
                ticket.sla_state = sla_clock.standing(now, ticket.sla_deadline, ticket.sla_risk_at)

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
        now = epoch(self._now())
        self.sla_remaining = 0
        due = self.filtered("sla_deadline")
        clocks = self.env["crm.sla.clock"].search(
            [("ticket_id", "in", due.ids), ("state", "=", "running"), ("deadline", "!=", False)],
            order="deadline desc",
        )
        for clock in clocks:  # the nearest deadline comes last and stays
            hours, deadline = clock._get_hours(), epoch(clock.deadline)
            left = hours.worked(now, deadline) - hours.worked(deadline, now)
            clock.ticket_id.sla_remaining = left / 3600

    @api.model
    def _get_portal_fields(self):
        # The order in which tickets are listed
        return super()._get_portal_fields() | {"sla_deadline"}
