"""The ladder of warnings and escalations of a clock, without a database.

Every step of a ladder is a threshold in counted seconds: a share of the budget, a time before its
end or a time after it, once or again and again. A clock climbs: it passes thresholds while it
counts, and stands still with them when it is paused. `handled` is the highest threshold that was
dealt with, so one integer per clock says what is still to be done.

Instants are integer epoch seconds, as in `sla_clock`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .sla_clock import PAUSED, RUNNING, Clock, WorkingHours, elapsed_at, is_live, settle

SHARE, BEFORE, AFTER = "share", "before", "after"

# A step that fell due in working hours may still act so long after they ended: the tick is never
# exactly on time, and what is due at closing time belongs to that day
GRACE = 15 * 60


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a ladder.

    `amount` is a percentage of the budget for SHARE, else seconds before or after its end. With
    `every`, the step comes again after so many counted seconds, `times` times more; 0 is without
    end. A step `only_open` waits for working hours.
    """

    rule: int
    kind: str
    amount: int
    every: int = 0
    times: int = 0
    only_open: bool = False

    def threshold(self, budget: int, occurrence: int = 0) -> int:
        """Counted seconds at which the step is due; at least one, for nothing comes before the
        clock has started.
        """
        if self.kind == SHARE:
            first = budget * self.amount // 100
        elif self.kind == BEFORE:
            first = budget - self.amount
        else:
            first = budget + self.amount
        return max(1, first) + occurrence * self.every

    def last_passed(self, budget: int, counted: int) -> int | None:
        """The latest occurrence whose threshold `counted` has reached; None before the first."""
        beyond = counted - self.threshold(budget)
        if beyond < 0:
            return None
        if not self.every:
            return 0
        occurrence = beyond // self.every
        return min(occurrence, self.times) if self.times else occurrence

    def next_threshold(self, budget: int, handled: int) -> int | None:
        """The first threshold above `handled`; None when the step has no more."""
        passed = self.last_passed(budget, handled)
        following = 0 if passed is None else passed + 1
        if following and not self.every:
            return None
        if self.times and following > self.times:
            return None
        return self.threshold(budget, following)


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence of a step that a clock has passed at `due_at`."""

    step: Step
    occurrence: int
    threshold: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one clock.

    `clock` has its breach recorded. The steps in `acting` act now; those in `overtaken` lie below
    them and do not. `handled` and `next_at` are the new values of the clock.
    """

    clock: Clock
    acting: tuple[Due, ...]
    overtaken: tuple[Due, ...]
    handled: int
    next_at: int | None


def next_at(clock: Clock, steps: Sequence[Step], handled: int, hours: WorkingHours) -> int | None:
    """When something is to be done for a clock: its breach, or a step above `handled`.

    What a clock passed before it was paused is not undone by the pause, once the deadline is
    behind it; a warning waits until the clock runs again. A clock that has ended calls nobody.
    """
    if clock.state == PAUSED:
        late = _passed(clock, steps, max(handled, clock.budget - 1), clock.elapsed, hours)
        return clock.since if late else None
    if clock.state != RUNNING:
        return None
    events = [clock.deadline] if clock.breached_at is None else []
    events += [
        _instant(clock, threshold, hours)
        for step in steps
        if (threshold := step.next_threshold(clock.budget, handled)) is not None
    ]
    return min((event for event in events if event is not None), default=None)


def plan(
    clock: Clock,
    steps: Sequence[Step],
    handled: int,
    now: int,
    hours: WorkingHours,
    open_hours: WorkingHours,
    told: Collection[tuple[int, int]] = (),
) -> Plan:
    """What the ladder of a clock calls for at `now`.

    Only the highest of the steps that are due acts: whoever comes late to a clock does not tell of
    what has been overtaken. Steps of the same threshold act together.

    :param hours: in which the clock counts
    :param open_hours: for which the steps wait that are `only_open`
    :param told: (rule, occurrence) that acted before, under whatever budget. They act again only
        when the clock passes them again, because its budget has grown.
    """
    if not is_live(clock):
        return Plan(clock, (), (), handled, None)
    clock = settle(clock, now)
    counted = elapsed_at(clock, now - 1, hours) if clock.state == RUNNING else clock.elapsed
    floor = handled if clock.state == RUNNING else max(handled, clock.budget - 1)
    passed = _passed(clock, steps, floor, counted, hours)
    known = {
        due
        for due in passed
        if (due.step.rule, due.occurrence) in told and due.threshold <= clock.elapsed
    }
    able = [due for due in passed if due in known or _may_act(due, now, open_hours)]
    top = max((due.threshold for due in able), default=handled)
    waiting = [due for due in passed if due.threshold > top]
    following = next_at(clock, steps, max(handled, counted), hours)
    if waiting:
        opening = next_opening(now, open_hours)
        following = opening if following is None else min(opening, following)
    return Plan(
        clock,
        tuple(due for due in able if due.threshold == top and due not in known),
        tuple(due for due in passed if due.threshold < top and due not in known),
        max(handled, top),
        following,
    )


def next_opening(instant: int, hours: WorkingHours) -> int | None:
    """The first instant at or after `instant` at which work is done; None when there is none."""
    worked = hours.add(instant, 1)
    return None if worked is None else worked - 1


def _passed(
    clock: Clock, steps: Sequence[Step], handled: int, counted: int, hours: WorkingHours
) -> list[Due]:
    """The latest occurrence of each step with a threshold above `handled`, up to `counted`."""
    found = []
    for step in steps:
        occurrence = step.last_passed(clock.budget, counted)
        if occurrence is None:
            continue
        threshold = step.threshold(clock.budget, occurrence)
        if threshold > handled:
            due_at = _instant(clock, threshold, hours)
            found.append(Due(step, occurrence, threshold, due_at))
    return found


def _instant(clock: Clock, threshold: int, hours: WorkingHours) -> int | None:
    """When a clock has counted `threshold` seconds, from the beginning of its present span."""
    if threshold <= clock.elapsed:
        return clock.since
    return hours.add(clock.since, threshold - clock.elapsed)


def _may_act(due: Due, now: int, open_hours: WorkingHours) -> bool:
    if not due.step.only_open:
        return True
    opening = next_opening(now, open_hours)
    if opening is None or opening == now:  # hours that never come are waited for by nobody
        return True
    was_open = open_hours.worked(due.due_at - 1, due.due_at + 1) > 0
    return was_open and now - due.due_at <= GRACE
