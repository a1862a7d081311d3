from odoo import fields, models
from odoo.tools import SQL

from ...models.sla.crm_sla_target import METRICS

METRICS_OF_ANSWERS = ("first_response", "next_response")
# Ledger entries that end with one of these changed the promise itself
PROMISE_CHANGES = {
    "priority": "priority",
    "calendar": "calendar",
    "recount": "calendar",
    **dict.fromkeys(
        (
            "team",
            "partner",
            "tier",
            "category",
            "tag",
            "product",
            "order",
            "ticket",
            "policy",
            "override",
            "apply",
            "merge",
            "unmerge",
        ),
        "promise",
    ),
}


class CrmSlaReport(models.Model):
    """Which promises were kept: one row for each clock of a ticket.

    A promise is missed at its deadline, whether the ticket was solved since or not, and kept when
    it is fulfilled before. What a manager forgave is neither kept nor missed; what was
    cancelled (with its ticket, or because no policy holds any more) has no part in it. The date
    is the instant at which it was decided: it never changes, so neither does last month.

    `cause` is read from the ledger and the ticket, in this order: the promise was changed when the
    time was already spent (priority raised, working hours, policy, team, customer …); the time
    was spent before the ticket was reopened; nobody had the ticket when the deadline passed;
    the customer was never answered; he was answered late; it took too long.
    """

    _name = "crm.sla.report"
    _description = "SLA Attainment"
    _inherit = ["crm.ticket.report"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.sla.clock": [
            "breached_at",
            "carried_s",
            "budget_s",
            "cycle",
            "deadline",
            "elapsed_s",
            "metric",
            "overrun_s",
            "policy_id",
            "result",
            "started_at",
            "state",
            "state_since",
            "stopped_at",
            "ticket_id",
        ],
        "crm.sla.segment": ["cause", "clock_id", "end_at"],
        "crm.ticket": [
            "active",
            "category_id",
            "closed_at",
            "commercial_partner_id",
            "company_id",
            "customer_tier_id",
            "first_assigned_at",
            "priority",
            "product_id",
            "team_id",
            "user_id",
        ],
    }

    clock_id = fields.Many2one("crm.sla.clock", readonly=True)
    policy_id = fields.Many2one("crm.sla.policy", readonly=True)
    metric = fields.Selection(METRICS, readonly=True)
    date = fields.Datetime(
        "Decided on",
        readonly=True,
        help="When the promise was fulfilled in time, or its deadline passed.",
    )
    started_at = fields.Datetime("Started on", readonly=True)
    outcome = fields.Selection(
        [
            ("met", "Met"),
            ("missed", "Missed"),
            ("forgiven", "Forgiven"),
            ("pending", "Not decided yet"),
            ("cancelled", "Cancelled"),
        ],
        readonly=True,
    )
    cause = fields.Selection(
        [
            ("priority", "Priority raised late"),
            ("calendar", "Working hours changed"),
            ("promise", "Promise changed late"),
            ("reopened", "Time was spent before the reopening"),
            ("unassigned", "Nobody had taken it"),
            ("unanswered", "Never answered"),
            ("answer", "Answered too late"),
            ("work", "Took too long"),
        ],
        "Cause of the Miss",
        readonly=True,
        help="Why the deadline passed, as the ledger and the ticket tell it.",
    )
    met = fields.Integer("Promises Met", readonly=True)
    missed = fields.Integer("Promises Missed", readonly=True)
    forgiven = fields.Integer("Promises Forgiven", readonly=True)
    decided = fields.Integer("Promises Decided", readonly=True, help="Met and missed.")
    met_rate = fields.Float(
        "Met (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Promises met, of those met and missed. Forgiven and cancelled ones have no part.",
    )
    late_hours = fields.Float(
        "Missed by (average)",
        readonly=True,
        aggregator="avg",
        help="Working time over the target, in hours. Known when the clock has stopped.",
    )
    late_median = fields.Float("Missed by (median)", readonly=True, aggregator="avg")
    late_max = fields.Float("Missed by (most)", readonly=True, aggregator="max")
    spent_hours = fields.Float(
        "Time Spent (average)",
        readonly=True,
        aggregator="avg",
        help="Working time that the clock counted until it stopped, pauses left out, in hours.",
    )
    spent_median = fields.Float("Time Spent (median)", readonly=True, aggregator="avg")

    def _get_medians(self):
        return ("late_median", "spent_median")

    def action_open_clock(self):
        self.ensure_one()
        self.clock_id.check_access("read")
        return self.clock_id.get_formview_action()

    @property
    def _table_query(self):
        tickets = self.env["crm.ticket"]._query_counted()
        return SQL(
            """
            SELECT promise.*,
                   (outcome = 'met')::int AS met,
                   (outcome = 'missed')::int AS missed,
                   (outcome = 'forgiven')::int AS forgiven,
                   (outcome IN ('met', 'missed'))::int AS decided,
                   CASE outcome WHEN 'met' THEN 100.0 WHEN 'missed' THEN 0.0 END AS met_rate,
                   late_hours AS late_median,
                   late_hours AS late_max,
                   spent_hours AS spent_median
              FROM (
                  SELECT clock.id,
                         clock.id AS clock_id,
                         %(dimensions)s,
                         clock.policy_id,
                         clock.metric,
                         clock.started_at,
                         outcome.value AS outcome,
                         CASE outcome.value
                             WHEN 'met' THEN clock.stopped_at
                             WHEN 'pending' THEN clock.deadline
                             WHEN 'cancelled' THEN clock.state_since
                             ELSE COALESCE(missed.at, clock.stopped_at, clock.state_since)
                         END AS date,
                         CASE WHEN outcome.value = 'missed' THEN %(cause)s END AS cause,
                         CASE WHEN outcome.value = 'missed' AND clock.state = 'stopped'
                              THEN clock.overrun_s / 3600.0 END AS late_hours,
                         CASE WHEN clock.state = 'stopped'
                              THEN clock.elapsed_s / 3600.0 END AS spent_hours
                    FROM %(source)s
                    JOIN crm_sla_clock clock ON clock.ticket_id = crm_ticket.id
              CROSS JOIN LATERAL (
                         SELECT COALESCE(
                             clock.breached_at,
                             CASE WHEN clock.state = 'running' AND clock.deadline < %(now)s
                                  THEN clock.deadline END) AS at) missed
              CROSS JOIN LATERAL (
                         SELECT CASE
                             WHEN clock.state = 'cancelled' THEN 'cancelled'
                             WHEN clock.result = 'forgiven' THEN 'forgiven'
                             WHEN missed.at IS NOT NULL THEN 'missed'
                             WHEN clock.state = 'stopped' THEN 'met'
                             ELSE 'pending' END AS value) outcome
                   WHERE %(readable)s
              ) promise
            """,
            dimensions=self._select_dimensions(),
            cause=self._select_cause(),
            source=tickets.from_clause,
            now=self.env["crm.ticket"]._now(),
            readable=tickets.where_clause or SQL("TRUE"),
        )

    def _select_cause(self):
        """Return why a missed clock was missed, as SQL over `clock`, `missed` and `crm_ticket`."""
        changes = SQL(" ").join(
            SQL("WHEN %s THEN %s", cause, group) for cause, group in PROMISE_CHANGES.items()
        )
        return SQL(
            """
            COALESCE(
                (SELECT CASE segment.cause %(changes)s END
                   FROM crm_sla_segment segment
                  WHERE segment.clock_id = clock.id
                    AND segment.end_at = clock.breached_at
                    AND segment.cause IN %(causes)s
                  LIMIT 1),
                CASE
                    WHEN clock.cycle > 1 AND missed.at <= clock.started_at THEN 'reopened'
                    WHEN crm_ticket.first_assigned_at IS NULL
                         OR crm_ticket.first_assigned_at > missed.at THEN 'unassigned'
                    WHEN clock.metric NOT IN %(answers)s THEN 'work'
                    WHEN %(is_unanswered)s THEN 'unanswered'
                    ELSE 'answer'
                END)
            """,
            changes=changes,
            causes=tuple(PROMISE_CHANGES),
            answers=METRICS_OF_ANSWERS,
            is_unanswered=self._select_unanswered(),
        )

    def _select_unanswered(self):
        """Return whether nobody has ever answered what the clock is about, as SQL."""
        return SQL(
            """(clock.stopped_at IS NULL
                OR crm_ticket.last_agent_message_at IS NULL
                OR crm_ticket.last_agent_message_at < clock.started_at)"""
        )
