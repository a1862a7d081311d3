"""The life of one service level clock, without a database.

A clock counts working seconds against a budget. It runs, is paused, and in the end is stopped or
cancelled. Every function takes the clock as it was, the instant `at` of what happened (integer
epoch seconds, never before the previous event) and the working time that was valid since the
previous event, and returns the clock as it is now together with the segment that just ended.

Segments are the truth; the clock is their sum: `elapsed` is what was carried in at the start plus
the worked seconds of all run segments.
"""

from dataclasses import dataclass, replace
from typing import Protocol

RUNNING, PAUSED, STOPPED, CANCELLED = "running", "paused", "stopped", "cancelled"

# The share of the budget after which a clock that still runs is at risk
RISK_SHARE = (3, 4)


class WorkingHours(Protocol):
    def worked(self, start: int, end: int) -> int: ...

    def add(self, instant: int, seconds: int) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock between two events.

    `since` is when the present state began. `deadline` and `risk_at` are known only while the
    clock runs, and None even then if the working time ends before. `breached_at` once set stays.
    """

    budget: int
    state: str
    since: int
    elapsed: int = 0
    deadline: int | None = None
    risk_at: int | None = None
    breached_at: int | None = None

    @property
    def met(self) -> bool:
        return self.state == STOPPED and self.breached_at is None


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of one state. `worked` is 0 unless the clock ran."""

    state: str
    start: int
    end: int
    worked: int


def start(budget: int, at: int, hours: WorkingHours, carried: int = 0) -> Clock:
    """A new clock that runs from `at`; `carried` seconds of its budget are spent already."""
    return _run(Clock(budget=budget, state=RUNNING, since=at, elapsed=carried), at, hours)


def pause(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    return _enter(clock, PAUSED, at, hours) if clock.state == RUNNING else (clock, None)


def resume(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    return _enter(clock, RUNNING, at, hours) if clock.state == PAUSED else (clock, None)


def stop(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """The promise was fulfilled at `at`: in time exactly when nothing was breached before."""
    return _enter(clock, STOPPED, at, hours) if is_live(clock) else (clock, None)


def cancel(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """The promise no longer holds: the clock neither meets nor misses anything from now on."""
    return _enter(clock, CANCELLED, at, hours) if is_live(clock) else (clock, None)


def retarget(
    clock: Clock, at: int, hours: WorkingHours, new_hours: WorkingHours, budget: int
) -> tuple[Clock, Segment | None]:
    """Another budget or other working hours from `at` on; what was worked stays worked.

    A budget that is already spent is breached at `at`, not in the past; a breach that happened
    under the old budget stays a breach.
    """
    if not is_live(clock):
        return clock, None
    changed, segment = _close(clock, at, hours)
    changed = replace(changed, budget=budget, since=at, deadline=None, risk_at=None)
    return (_run(changed, at, new_hours) if clock.state == RUNNING else changed), segment


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


def is_live(clock: Clock) -> bool:
    return clock.state in (RUNNING, PAUSED)


def _enter(clock: Clock, state: str, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    closed, segment = _close(clock, at, hours)
    entered = replace(closed, state=state, since=at, deadline=None, risk_at=None)
    return (_run(entered, at, hours) if state == RUNNING else entered), segment


def _close(clock: Clock, at: int, hours: WorkingHours) -> tuple[Clock, Segment | None]:
    """End the open span of the clock; a span without length leaves no segment."""
    worked = hours.worked(clock.since, at) if clock.state == RUNNING else 0
    closed = replace(settle(clock, at), elapsed=clock.elapsed + worked)
    segment = Segment(clock.state, clock.since, at, worked) if at > clock.since else None
    return closed, segment


def _run(clock: Clock, at: int, hours: WorkingHours) -> Clock:
    left = clock.budget - clock.elapsed
    if left < 0:
        breached_at = at if clock.breached_at is None else clock.breached_at
        return replace(clock, breached_at=breached_at, deadline=breached_at, risk_at=breached_at)
    share, whole = RISK_SHARE
    return replace(
        clock,
        deadline=hours.add(at, left),
        risk_at=hours.add(at, clock.budget * share // whole - clock.elapsed),
    )
