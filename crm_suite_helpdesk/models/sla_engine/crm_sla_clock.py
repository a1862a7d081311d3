from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.crm_suite.lib.working_time import epoch, moment

from ...lib import sla_clock
from ...lib.sla_terms import WAITS

BATCH = 500


class CrmSlaClock(models.Model):
    """How clocks follow their tickets. Everything here runs as superuser, for the engine."""

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    pauses = fields.Char(readonly=True, help="What the clock is paused for, as it was promised.")

    # ------------------------------------------------------------------ reading

    @api.model
    def _lock_latest(self, tickets):
        """The last clock of each promise to tickets, locked until the end of the transaction.

        :return: {ticket id: {(metric, slot, team id): clock}}
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_sla_clock WHERE ticket_id IN %s ORDER BY cycle, id FOR UPDATE",
                tuple(tickets.ids) or (0,),
            )
        )
        latest = {}
        for clock in self.browse(row[0] for row in rows):
            key = (clock.metric, clock.slot, clock.of_team_id.id or 0)
            latest.setdefault(clock.ticket_id.id, {})[key] = clock
        return latest

    def _is_live(self):
        return self.state in ("running", "paused")

    def _load(self):
        """The clock as `lib` knows it, in the working hours as they are now."""
        self.ensure_one()
        clock = sla_clock.Clock(
            budget=self.budget_s,
            state=self.state,
            since=epoch(self.state_since),
            elapsed=self.elapsed_s,
            deadline=epoch(self.deadline),
            risk_at=epoch(self.risk_at),
            breached_at=epoch(self.breached_at),
            pause_cause=self.pause_cause or "",
            risk_share=self.risk_share,
        )
        if not self._is_outdated():
            return clock
        changed = epoch(self.sudo().calendar_id.write_date)  # sudo: as in `_is_outdated`
        return sla_clock.follow(clock, changed, self._get_hours())

    def _is_outdated(self):
        """Whether the hours of this clock have changed since its deadline was set."""
        calendar = self.sudo().calendar_id  # sudo: the same for whoever reads the clock
        return (
            self.state == "running"
            and bool(calendar)
            and calendar.working_time_revision != self.calendar_rev
        )

    def _get_hours(self):
        self.ensure_one()
        calendar = self.calendar_id if self.mode == "working" else self.calendar_id.browse()
        return calendar._get_working_hours(self.company_id)

    def _get_pauses(self):
        return frozenset((self.pauses or "").split(","))

    # ------------------------------------------------------------------ life

    @api.model
    def _start(self, ticket, promise, goal, begin, **options):
        """Values of a new clock and of the entries that its ledger begins with.

        :param promise: lib.sla_terms.Promise
        :param goal: (state, cause of the pause) that the ticket calls for
        :param begin: from when on the time counts
        :param options: `cycle`; `carried_s`; `cause` of what happened; `at`, when the clock took
            up its state; `late`: it was promised at `at` only, so nothing was broken before
        :return: (values of the clock, list of values of entries)
        """
        at, cause = epoch(max(options["at"], begin)), options["cause"]
        values = self._prepare_promise(ticket, promise)
        hours = self.env["resource.calendar"].browse(values["calendar_id"])
        hours = hours._get_working_hours(ticket.company_id)
        target, carried = promise.target, options.get("carried_s", 0)
        segments = []
        if options.get("late"):
            clock, segment = sla_clock.start_late(
                target.budget, epoch(begin), at, hours, carried, target.risk_share
            )
            segments.append(segment)
        else:
            clock = sla_clock.start(target.budget, epoch(begin), hours, carried, target.risk_share)
        clock, segment = self._enter(clock, goal, at, hours)
        segments = [s for s in (*segments, segment) if s]
        if not segments and clock.breached_at is not None and clock.state != sla_clock.RUNNING:
            segments = [sla_clock.Segment(sla_clock.RUNNING, at, at, 0, clock.budget)]
        entries = [self._prepare_segment(s, cause, values, clock) for s in segments]
        values.update(
            ticket_id=ticket.id,
            metric=target.metric,
            slot=promise.slot,
            of_team_id=ticket.team_id.id if target.metric == "team_time" else False,
            cycle=options.get("cycle", 1),
            carried_s=carried,
            started_at=begin,
            since_cause=cause,
        )
        # The company of a new row is only known from its ticket
        values.update(self._prepare_row(clock, {**values, "company_id": ticket.company_id}))
        return values, entries

    def _follow(self, goal, cause, at, promise=None):
        """Bring a clock in line with its ticket.

        :param goal: (state, cause of the pause) that the ticket calls for
        :param promise: lib.sla_terms.Promise that now holds, None when it is the same as before
        :return: list of values of ledger entries
        """
        self.ensure_one()
        at = max(epoch(at), epoch(self.state_since))
        before, hours, values, segments = self._load(), self._get_hours(), {}, []
        clock = before
        if clock.state == sla_clock.CANCELLED:
            alive = goal if goal[0] in (sla_clock.RUNNING, sla_clock.PAUSED) else ("running", "")
            clock = sla_clock.revive(clock, hours, *alive)
            clock, segment = sla_clock.adjust(clock, at, hours, 0)
            segments.append(segment)
        if promise and sla_clock.is_live(clock):
            values = self._prepare_promise(self.ticket_id, promise)
            if self.budget_overridden:
                values["budget_s"] = self.budget_s
            if self._differs_from(values):
                calendar = self.env["resource.calendar"].browse(values["calendar_id"])
                new_hours = calendar._get_working_hours(self.company_id)
                clock, segment = sla_clock.retarget(
                    clock, at, hours, new_hours, values["budget_s"], values["risk_share"]
                )
                segments.append(segment)
                hours = new_hours
            else:
                values = {}
        clock, segment = self._enter(clock, goal, at, hours)
        segments.append(segment)
        return self._move_to(before, sla_clock.settle(clock, at), cause, segments, values)

    @api.model
    def _enter(self, clock, goal, at, hours):
        state, pause_cause = goal
        if state == sla_clock.PAUSED:
            return sla_clock.pause(clock, at, hours, pause_cause)
        moves = {
            sla_clock.RUNNING: sla_clock.resume,
            sla_clock.STOPPED: sla_clock.stop,
            sla_clock.CANCELLED: sla_clock.cancel,
        }
        return moves[state](clock, at, hours)

    def _move_to(self, before, clock, cause, segments, values=None):
        """Write what became of a clock, and name what goes to its ledger.

        :param before: the lib clock as it was loaded
        :param clock: the lib clock as it is now
        :param values: what else changes in the row
        :return: list of values of ledger entries
        """
        segments = [segment for segment in segments if segment]
        if clock == before and not values and not segments:
            return []
        if (
            not segments
            and clock.breached_at == clock.since
            and (
                before.breached_at != clock.breached_at
                or (before.state == sla_clock.RUNNING != clock.state)
            )
        ):
            # Broken within the second in which the span began: the ledger has to say
            segments = [_empty_span(before, clock.since)]
        entries = [self._prepare_own_segment(s, cause, clock) for s in segments]
        row = {**(values or {}), **self._prepare_row(clock, values)}
        if values or clock.since != before.since or clock.state != before.state:
            row["since_cause"] = self._get_event_cause(cause)
        self.write(row)
        return entries

    def _apply(self, transition, cause):
        """Let the same thing happen to many live clocks now, in batches.

        :param transition: "cancel", or "recount" for the same promise in changed working hours
        """
        now = epoch(self.env["crm.ticket"]._now())
        for ids in split_every(BATCH, self.ids):
            entries = []
            for row in self.browse(ids):
                at, hours, before = max(now, epoch(row.state_since)), row._get_hours(), row._load()
                if transition == "recount":
                    clock, segment = sla_clock.retarget(before, at, hours, hours, before.budget)
                else:
                    clock, segment = sla_clock.cancel(before, at, hours)
                changed = {"calendar_rev": row.calendar_id.working_time_revision}
                entries += row._move_to(before, clock, cause, [segment], changed)
            self.env["crm.sla.segment"].create(entries)

    # ------------------------------------------------------------------ values

    @api.model
    def _prepare_promise(self, ticket, promise):
        """Column values of what is promised, with the hours that it is counted in."""
        # sudo: the hours of a promise are the same whoever works on the ticket
        policy = self.env["crm.sla.policy"].sudo().browse(promise.policy_id)
        calendar = self.env["resource.calendar"].sudo().browse(promise.calendar_id or ())
        if promise.revision_id != policy.revision_id.id:
            calendar = calendar.exists()  # the hours of an old revision may be gone
        mode, calendar = policy._find_hours(ticket, promise.mode, calendar)
        return {
            "policy_id": promise.policy_id,
            "revision_id": promise.revision_id,
            "target_id": promise.target.target_id,
            "budget_s": promise.target.budget,
            "risk_share": promise.target.risk_share,
            "pauses": ",".join(wait for wait in WAITS if wait in promise.target.pauses),
            "mode": mode,
            "calendar_id": calendar.id,
            "calendar_rev": calendar.working_time_revision,
        }

    def _differs_from(self, promise):
        # A target that was deleted leaves no id on the clock, and is still the same promise
        return any(
            (self[name].id if name.endswith("_id") else self[name]) != value
            for name, value in promise.items()
            if not (name == "target_id" and not self.target_id)
        )

    def _prepare_row(self, clock, values=None):
        """Column values of a clock of `lib`.

        :param values: columns of the row that are not written yet
        """
        over = max(0, clock.elapsed - clock.budget)
        stopped = clock.state == sla_clock.STOPPED
        missed = "forgiven" if self.forgiven_at else "missed"
        result = ("met" if clock.met else missed) if stopped else False
        return {
            "state": clock.state,
            "state_since": moment(clock.since),
            "pause_cause": clock.pause_cause or False,
            "elapsed_s": clock.elapsed,
            "overrun_s": over,
            "deadline": moment(clock.deadline),
            "risk_at": moment(clock.risk_at),
            "breached_at": moment(clock.breached_at),
            "next_event_at": moment(self._get_next_event(clock, values or {})),
            "stopped_at": moment(clock.since) if stopped else False,
            "result": result,
            "elapsed_hours": clock.elapsed / 3600 if stopped else False,
            "overrun_hours": over / 3600,
            "met_rate": float(clock.met) if stopped else False,
        }

    def _get_next_event(self, clock, values):
        """When something has to happen to a clock by itself.

        :param clock: lib.sla_clock.Clock as it is about to be written
        :param values: columns that are about to be written besides; those that are missing are on
            the record, which is empty for a new clock
        :return: epoch seconds, None for never
        """
        if clock.state == sla_clock.RUNNING and clock.breached_at is None:
            return clock.deadline
        return None

    @api.model
    def _get_event_cause(self, cause):
        """What really happened, where a message moved the ticket."""
        event = self.env["crm.ticket"]._get_sla_event()
        moved_by_message = ("stage", "reply", "customer_message", "assign")
        return event.cause if event and cause in moved_by_message else cause

    @api.model
    def _prepare_segment(self, segment, cause, values, clock):
        """Values of a ledger entry.

        :param values: columns of the clock as they were in the span
        :param clock: lib clock after what ended the span
        """
        event = self.env["crm.ticket"]._get_sla_event()
        return {
            "state": segment.state,
            "pause_cause": segment.pause_cause or False,
            "start_at": moment(segment.start),
            "end_at": moment(segment.end),
            "worked_s": segment.worked,
            "budget_s": segment.budget,
            "deadline": moment(segment.deadline),
            "breached_at": moment(clock.breached_at),
            "revision_id": values["revision_id"],
            "mode": values["mode"],
            "calendar_id": values["calendar_id"],
            "calendar_rev": values["calendar_rev"],
            "cause": self._get_event_cause(cause),
            "message_id": event.message_id if event else False,
            "note": event.note if event else False,
            "user_id": self.env.uid,
        }

    def _prepare_own_segment(self, segment, cause, clock):
        """The entry is counted in the hours of the row, so this goes before the row is written."""
        values = {
            "revision_id": self.revision_id.id,
            "mode": self.mode,
            "calendar_id": self.calendar_id.id,
            "calendar_rev": self.calendar_id.working_time_revision,
        }
        return {"clock_id": self.id, **self._prepare_segment(segment, cause, values, clock)}


def _empty_span(before, at):
    """An entry without length, for what no span of time could tell."""
    return sla_clock.Segment(before.state, at, at, 0, before.budget, None, before.pause_cause)
