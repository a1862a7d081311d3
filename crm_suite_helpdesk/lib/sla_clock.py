"""The life of one service level clock, without a database.

A clock counts working seconds against a budget. It runs, is paused, and in the end is stopped or
cancelled. Every function takes the clock as it was, the instant `at` of what happened (integer
epoch seconds, never before the previous event) and the working time that was valid since the
previous event, and returns the clock as it is now together with the segment that just ended.

Segments are the truth; the clock is their sum: `elapsed` is what was carried in at the start plus
the worked seconds of all segments. `replay` adds them up again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

RUNNING, PAUSED, STOPPED, CANCELLED = "running", "paused", "stopped", "cancelled"
ADJUSTED = "adjusted"

# The share of the budget, in percent, after which a clock that still runs is at risk
RISK_SHARE = 75


class WorkingHours(Protocol):
    def worked(self, start: int, end: int) -> int: ...

    def add(self, instant: int, seconds: int) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock between two events.

    `since` is when the present state began. `deadline` and `risk_at` are known only while the
    clock runs, and None even then if the working time ends before. `breached_at` once set stays.
    More can be elapsed than the budget only if it is set.
    """

    budget: int
    state: str
    since: int
    elapsed: int = 0
    deadline: int | None = None
    risk_at: int | None = None
    breached_at: int | None = None
    pause_cause: str = ""
    risk_share: int = RISK_SHARE

    @property
    def met(self) -> bool:
        return self.state == STOPPED and self.breached_at is None


class Segment(NamedTuple):
    """A span of one state. `worked` is 0 unless the clock ran.

    An adjusted span was counted, or no longer is, after it had passed: `worked` has a sign.
    """

    state: str
    start: int
    end: int
    worked: int
    budget: int = 0
    deadline: int | None = None
    pause_cause: str = ""


class Sum(NamedTuple):
    """What a ledger adds up to. `whole` says that its spans follow each other without a hole."""

    elapsed: int
    since: int
    breached_at: int | None
    whole: bool


def start(
    budget: int, at: int, hours: WorkingHours, carried: int = 0, risk_share: int = RISK_SHARE
) -> Clock:
    """A new clock that runs from `at`; `carried` seconds of its budget are spent already."""
    clock = Clock(budget, RUNNING, at, elapsed=carried, risk_share=risk_share)
    return _run(clock, at, hours)


def start_late(
    budget: int,
    begin: int,
    at: int,
    hours: WorkingHours,
    carried: int = 0,
    risk_share: int = RISK_SHARE,
) -> tuple[Clock, Segment | None]:
    """A promise made at `at` that counts from `begin` on, which is before.

    What it allows and was spent before it was made is breached when it is made, not in the past.
    """
    worked = hours.worked(begin, at)
    clock = Clock(budget, RUNNING, at, elapsed=carried + worked, risk_share=risk_share)
    segment = Segment(RUNNING, begin, at, worked, budget) if at > begin else None
    return _run(clock, at, hours), segment


def pause(
    clock: Clock, at: int, hours: WorkingHours, cause: str = ""
) -> tuple[Clock, Segment | None]:
    """Stand still from `at`; a paused clock may go on standing still for another cause."""
    if not is_live(clock) or (clock.state == PAUSED and clock.pause_cause == cause):
        return clock, None
    return _enter(clock, PAUSED, at, hours, cause)


def resume(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    return _enter(clock, RUNNING, at, hours) if clock.state == PAUSED else (clock, None)


def stop(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """The promise was fulfilled at `at`: in time exactly when nothing was breached before."""
    return _enter(clock, STOPPED, at, hours) if is_live(clock) else (clock, None)


def cancel(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """The promise no longer holds: the clock neither meets nor misses anything from now on."""
    return _enter(clock, CANCELLED, at, hours) if is_live(clock) else (clock, None)


def revive(clock: Clock, hours: WorkingHours, state: str = RUNNING, cause: str = "") -> Clock:
    """A clock that should not have been cancelled, as it would be had it never been.

    It is in `state` since it was cancelled, so that the time from then on counts.
    """
    if clock.state != CANCELLED:
        return clock
    back = replace(clock, state=state, pause_cause=cause if state == PAUSED else "")
    return _run(back, clock.since, hours) if state == RUNNING else back


def retarget(
    clock: Clock,
    at: int,
    hours: WorkingHours,
    new_hours: WorkingHours,
    budget: int,
    risk_share: int | None = None,
) -> tuple[Clock, Segment | None]:
    """Another budget or other working hours from `at` on; what was worked stays worked.

    A budget that is already spent is breached at `at`, not in the past; a breach that happened
    under the old budget stays a breach.
    """
    if not is_live(clock):
        return clock, None
    changed, segment = _close(clock, at, hours)
    changed = replace(changed, budget=budget, risk_share=risk_share or clock.risk_share)
    return _go_on(changed, at, new_hours), segment


def adjust(
    clock: Clock, at: int, hours: WorkingHours, seconds: int
) -> tuple[Clock, Segment | None]:
    """Count `seconds` more, or less, than the clock did; with 0, only begin another span."""
    if not is_live(clock):
        return clock, None
    changed, segment = _close(clock, at, hours)
    changed = replace(changed, elapsed=changed.elapsed + seconds)
    return _go_on(changed, at, hours), segment


def correct(clock: Clock, seconds: int) -> Clock:
    """A clock that has ended, with `seconds` more or less counted; its outcome stays."""
    return replace(clock, elapsed=clock.elapsed + seconds)


def lift(clock: Clock, hours: WorkingHours) -> Clock:
    """A live clock whose breach came from what was taken back since."""
    if not is_live(clock) or clock.elapsed > clock.budget:
        return clock
    lifted = replace(clock, breached_at=None, deadline=None, risk_at=None)
    return _run(lifted, clock.since, hours) if clock.state == RUNNING else lifted


def follow(clock: Clock, changed: int, hours: WorkingHours) -> Clock:
    """A clock that was counted before its working hours changed at `changed`, with the deadline
    that holds in them: nothing that follows depends on when somebody counts it again.

    What was broken before the change stays broken, and nothing is broken by it in the past.
    """
    known = clock.state == RUNNING and clock.breached_at is None
    if not known or (clock.deadline is not None and clock.deadline < changed):
        return clock
    due = _run(clock, clock.since, hours)
    late = due.deadline is not None and due.deadline < changed
    return replace(due, deadline=changed) if late else due


def settle(clock: Clock, at: int) -> Clock:
    """Record the breach of a running clock whose deadline lies before `at`.

    The breach happened at the deadline, whenever it is noticed.
    """
    if (
        clock.state == RUNNING
        and clock.breached_at is None
        and clock.deadline is not None
        and at > clock.deadline
    ):
        return replace(clock, breached_at=clock.deadline)
    return clock


def elapsed_at(clock: Clock, at: int, hours: WorkingHours) -> int:
    """Working seconds spent by `at`, which is not before the last event."""
    running = clock.state == RUNNING
    return clock.elapsed + (hours.worked(clock.since, at) if running else 0)


def standing(now, deadline, risk_at) -> str:
    """How a running clock stands: "overdue", "at_risk" or "on_track".

    The instants are of one kind, whichever; None or False for none.
    """
    if deadline and deadline < now:
        return "overdue"
    return "at_risk" if risk_at and risk_at <= now else "on_track"


def is_live(clock: Clock) -> bool:
    return clock.state in (RUNNING, PAUSED)


def replay(
    started: int, carried: int, entries: Iterable[tuple[str, int, int, int, int | None]]
) -> Sum:
    """Add up a ledger.

    :param entries: (state, start, end, worked, breach as known at the end) in the order in which
        they were written
    """
    elapsed, since, breached_at, whole = carried, started, None, True
    for state, begin, end, worked, breach in entries:
        elapsed += worked
        breached_at = breach
        if state != ADJUSTED:
            whole = whole and begin == since and end >= begin
            since = end
    return Sum(elapsed, since, breached_at, whole)


def recall(clock: Clock, ledger: Sum, hours: WorkingHours) -> Clock:
    """The clock as its ledger says it is, in the state that it is in."""
    back = replace(
        clock,
        elapsed=ledger.elapsed,
        since=ledger.since,
        breached_at=ledger.breached_at,
        deadline=None,
        risk_at=None,
    )
    return _run(back, ledger.since, hours) if clock.state == RUNNING else back


def _enter(
    clock: Clock, state: str, at: int, hours: WorkingHours, cause: str = ""
) -> tuple[Clock, Segment | None]:
    closed, segment = _close(clock, at, hours)
    entered = replace(closed, state=state, since=at, deadline=None, risk_at=None, pause_cause=cause)
    return (_run(entered, at, hours) if state == RUNNING else entered), segment


def _close(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """End the open span of the clock; a span without length leaves no segment."""
    worked = hours.worked(clock.since, at) if clock.state == RUNNING else 0
    closed = replace(settle(clock, at), elapsed=clock.elapsed + worked)
    if at <= clock.since:
        return closed, None
    deadline = clock.deadline
    return closed, Segment(
        clock.state, clock.since, at, worked, clock.budget, deadline, clock.pause_cause
    )


def _go_on(clock: Clock, at: int, hours: WorkingHours) -> Clock:
    """The clock in another span of the same state from `at` on, after what it counts changed."""
    changed = replace(clock, since=at, deadline=None, risk_at=None)
    if clock.state == RUNNING:
        return _run(changed, at, hours)
    overspent = clock.elapsed > clock.budget and clock.breached_at is None
    return replace(changed, breached_at=at) if overspent else changed


def _run(clock: Clock, at: int, hours: WorkingHours) -> Clock:
    left = clock.budget - clock.elapsed
    if left < 0:
        breached_at = at if clock.breached_at is None else clock.breached_at
        return replace(clock, breached_at=breached_at, deadline=breached_at, risk_at=breached_at)
    return replace(
        clock,
        deadline=hours.add(at, left),
        risk_at=hours.add(at, clock.budget * clock.risk_share // 100 - clock.elapsed),
    )
