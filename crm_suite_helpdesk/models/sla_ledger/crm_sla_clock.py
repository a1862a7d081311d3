from dataclasses import replace
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, float_compare, split_every

from odoo.addons.crm_suite.lib.working_time import epoch

from ...lib import sla_clock

BATCH = 1000

# What follows from the ledger and from what the ticket calls for
DERIVED = (
    "state",
    "pause_cause",
    "state_since",
    "elapsed_s",
    "overrun_s",
    "deadline",
    "risk_at",
    "breached_at",
    "stopped_at",
    "result",
    "elapsed_hours",
    "overrun_hours",
    "met_rate",
)
# The same, of tickets: they follow from their clocks
TICKET_FACTS = ("sla_phase", "sla_deadline", "sla_breached")


class CrmSlaClock(models.Model):
    """Clocks are a cache over the ledger: this compares the two, and makes the cache again."""

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    @api.model
    def _check_consistency(self, after_id=0, limit=BATCH):
        """Compare clocks with their ledger, and tickets with their clocks, a batch at a time.

        :param after_id: the last id of the batch before; 0 for the first one
        :return: (differences, last id of this batch or None when there are no more clocks); a
            difference is {"clock_id", "ticket_id", "field", "stored", "expected"}, where the
            field "ledger" says that entries are missing, which nothing can bring back, and
            `ticket.…` that the clock is right and the ticket is not
        :raise AccessError: for anybody but administrators
        """
        self._check_administrator()
        # sudo: administrators need not be agents
        clocks = self.sudo().search([("id", ">", after_id)], order="id", limit=limit)
        differences = []
        for clock, (values, whole) in clocks._replay().items():
            found = clock._compare(values)
            if not whole:
                found["ledger"] = (False, True)
            differences += [
                clock._name_difference(name, stored, expected)
                for name, (stored, expected) in found.items()
            ]
        differences += clocks._check_tickets()
        return differences, clocks[-1:].id if len(clocks) == limit else None

    @api.model
    def _rebuild(self, ids):
        """Make clocks, and what their tickets know of them, again from the ledger.

        :return: the clocks that changed
        :raise AccessError: for anybody but administrators
        """
        self._check_administrator()
        changed = self.sudo().browse()  # sudo: as in `_check_consistency`
        for batch in split_every(BATCH, sorted(ids)):
            self.env.execute_query(
                SQL("SELECT 1 FROM crm_sla_clock WHERE id IN %s FOR UPDATE", tuple(batch))
            )
            clocks = self.sudo().browse(batch).exists()  # sudo: the same
            for clock, (values, _whole) in clocks._replay().items():
                if different := clock._compare(values):
                    clock.write(
                        {
                            **{name: expected for name, (_old, expected) in different.items()},
                            "next_event_at": values["next_event_at"],
                        }
                    )
                    changed |= clock
            tickets = clocks.ticket_id
            for name in ("sla_phase", "sla_deadline", "sla_risk_at", "sla_breached"):
                self.env.add_to_compute(tickets._fields[name], tickets)
            self.env.flush_all()
        return changed

    @api.model
    def _check_administrator(self):
        if not self.env.su and not self.env.user._is_admin():
            raise AccessError(self.env._("Only administrators may check the SLA ledger."))

    # ------------------------------------------------------------------ replay

    def _replay(self):
        """What the columns of these clocks have to be.

        :return: {clock: (values of `DERIVED` and next_event_at, whether the ledger is whole)}
        """
        self.env.flush_all()
        ledgers, latest = self._read_ledgers(), self._get_latest_ids()
        result = {}
        for clock in self:
            ledger = sla_clock.replay(
                epoch(clock.started_at), clock.carried_s, ledgers.get(clock.id, ())
            )
            state, pause_cause = clock._get_expected_state(latest)
            stored = clock._load()
            known = sla_clock.Clock(
                budget=stored.budget,
                state=state,
                since=ledger.since,
                pause_cause=pause_cause,
                risk_share=stored.risk_share,
            )
            expected = sla_clock.recall(known, ledger, clock._get_hours())
            if stored.state == state and clock._is_outdated():
                # Its hours have changed and it is still to be counted in them
                known = {"deadline": epoch(clock.deadline), "risk_at": epoch(clock.risk_at)}
                expected = replace(expected, **known)
            if stored.breached_at is not None:
                # The breach of the present span is on the clock only
                expected = sla_clock.settle(expected, epoch(self.env["crm.ticket"]._now()))
            values = clock._prepare_row(expected)
            result[clock] = values, ledger.whole
        return result

    def _read_ledgers(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT clock_id, state, start_at, end_at, worked_s, breached_at
                  FROM crm_sla_segment
                 WHERE clock_id IN %s
                 ORDER BY clock_id, id
                """,
                tuple(self.ids) or (0,),
            )
        )
        ledgers = {}
        for clock_id, state, start, end, worked, breach in rows:
            ledgers.setdefault(clock_id, []).append(
                (state, epoch(start), epoch(end), worked, epoch(breach))
            )
        return ledgers

    def _get_latest_ids(self):
        """The clocks that follow their ticket: the last of each promise."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (ticket_id, metric, slot, of_team_id) id
                  FROM crm_sla_clock
                 WHERE ticket_id IN %s
                 ORDER BY ticket_id, metric, slot, of_team_id, cycle DESC, id DESC
                """,
                tuple(self.ticket_id.ids) or (0,),
            )
        )
        return {row[0] for row in rows}

    def _get_expected_state(self, latest):
        """The state of this clock by what its ticket calls for.

        One that has ended stays as it ended, whatever became of the ticket since.
        """
        if not self._is_live():
            return self.state, ""
        if self.id not in latest:
            return sla_clock.CANCELLED, ""
        return self.ticket_id._sla_goal(self.metric, self._get_pauses(), self.of_team_id.id)

    # ------------------------------------------------------------------ comparison

    def _compare(self, values):
        """:return: {name of a column: (stored, expected)} for what differs"""
        return {
            name: (self[name], values[name])
            for name in DERIVED
            if not _is_same(self[name], values[name])
        } | (
            {"next_event_at": (False, values["next_event_at"])}
            if values["next_event_at"] and not self.next_event_at
            else {}
        )

    def _name_difference(self, name, stored, expected):
        return {
            "clock_id": self.id,
            "ticket_id": self.ticket_id.id,
            "field": name,
            "stored": _to_plain(stored),
            "expected": _to_plain(expected),
        }

    def _check_tickets(self):
        """Tickets of these clocks that know something else than their clocks."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT known.*, clock.*
                  FROM (SELECT id, sla_phase, sla_deadline, COALESCE(sla_breached, false)
                          FROM crm_ticket WHERE id IN %s) AS known
                  JOIN (SELECT ticket_id,
                               CASE WHEN bool_or(state = 'running') THEN 'running'
                                    WHEN bool_or(state = 'paused') THEN 'paused'
                                    WHEN bool_or(state = 'stopped') THEN 'stopped' END,
                               MIN(deadline) FILTER (WHERE state = 'running'),
                               bool_or(state <> 'cancelled' AND breached_at IS NOT NULL
                                       AND forgiven_at IS NULL)
                          FROM crm_sla_clock WHERE ticket_id IN %s GROUP BY ticket_id) AS clock
                    ON clock.ticket_id = known.id
                """,
                tuple(self.ticket_id.ids) or (0,),
                tuple(self.ticket_id.ids) or (0,),
            )
        )
        first = {}
        for clock in self:
            first.setdefault(clock.ticket_id.id, clock)
        return [
            first[row[0]]._name_difference(f"ticket.{name}", stored, expected)
            for row in rows
            for name, stored, expected in zip(TICKET_FACTS, row[1:4], row[5:8], strict=True)
            if stored != expected
        ]


def _is_same(stored, expected):
    if isinstance(stored, float):
        return float_compare(stored, expected or 0.0, precision_digits=6) == 0
    return (stored or False) == (expected or False)


def _to_plain(value):
    return fields.Datetime.to_string(value) if isinstance(value, datetime) else value
