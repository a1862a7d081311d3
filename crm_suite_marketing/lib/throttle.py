"""How many messages may go now, and when the others may: token bucket, warm-up, holds. No Odoo.

Times are naive, in UTC; days are those of UTC.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple

DAY = timedelta(days=1)
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
# Messages of so long a time may go at once
BURST = 60
# with less, whoever comes a moment late would lose his turn
LEAST_BURST = 2.0
FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=5), timedelta(hours=8)
# a server that is not reached is tried more often: it may have been restarted
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=2), timedelta(minutes=10)


class Warmup(NamedTuple):
    """More messages each day, until providers know the server.

    :param first: messages of the first day, and of the days before
    :param factor: so many times as many on the day after
    :param full: the curve ends once it reaches this
    """

    start: date
    first: int
    factor: float
    full: int


class Limit(NamedTuple):
    """At most so many messages in so many seconds; 0: any number."""

    rate: int
    seconds: int
    warmup: Warmup | None = None


class State(NamedTuple):
    """What a limit remembers.

    :param tokens: messages that might have gone at once at the time `filled_at`
    :param day, used: messages that went on that day
    :param queue_at, queued: when the last of those who wait goes, and how many messages its day
        has then had. An estimate: whoever comes then is asked again.
    """

    tokens: float
    filled_at: datetime
    day: date
    used: int = 0
    queue_at: datetime | None = None
    queued: int = 0


def get_warmup_days(warmup: Warmup) -> int:
    """Return for how many days the amount is below the full one."""
    days, amount, factor = 0, Fraction(warmup.first), Fraction(str(warmup.factor))
    while amount < warmup.full:
        amount *= factor
        days += 1
    return days


def get_amount(warmup: Warmup | None, day: date) -> int | None:
    """Return how many messages may go on a day; None: any number."""
    if not warmup:
        return None
    number = max((day - warmup.start).days, 0)
    if number >= get_warmup_days(warmup):
        return None
    return int(warmup.first * Fraction(str(warmup.factor)) ** number)


def get_burst(limit: Limit) -> float:
    """Return how many messages may go at once."""
    return max(LEAST_BURST, limit.rate * BURST / limit.seconds)


def refill(limit: Limit, state: State | None, now: datetime) -> State:
    """Return the state of now. Without one, nothing has gone yet."""
    if state is None:
        return State(get_burst(limit), now, now.date())
    elapsed = max((now - state.filled_at).total_seconds(), 0.0)
    tokens = min(state.tokens + elapsed * limit.rate / limit.seconds, get_burst(limit))
    state = state._replace(tokens=tokens, filled_at=max(now, state.filled_at))
    if state.day < now.date():
        state = state._replace(day=now.date(), used=0)
    return state


def take(limit: Limit, state: State | None, wanted: int, now: datetime):
    """Return (how many of so many may go now, when each of the others may, new state).

    Those who wait queue up behind those who wait already.
    """
    state = refill(limit, state, now)
    granted = wanted
    if limit.rate:
        granted = min(granted, int(state.tokens + 1e-9))
    amount = get_amount(limit.warmup, state.day)
    if amount is not None:
        granted = min(granted, max(amount - state.used, 0))
    if limit.rate:
        state = state._replace(tokens=max(state.tokens - granted, 0.0))
    state = state._replace(used=state.used + granted)
    times = []
    for _number in range(wanted - granted):
        state = _queue(limit, state, now)
        times.append(state.queue_at)
    return granted, times, state


def _queue(limit, state, now):
    """Return the state with one more who waits."""
    step = timedelta(seconds=limit.seconds / limit.rate) if limit.rate else timedelta(0)
    at, queued = state.queue_at, state.queued
    if at is None or at < now:
        at, queued = now, state.used
    day, at = at.date(), at + step
    if at.date() != day:
        queued = 0
    if at.date() == state.day:
        queued = max(queued, state.used)
    amount = get_amount(limit.warmup, at.date())
    while amount is not None and queued >= amount:
        at, queued = datetime.combine(at.date() + DAY, time()), 0
        amount = get_amount(limit.warmup, at.date())
    return state._replace(queue_at=at, queued=queued + 1)


def give_back(limit: Limit, state: State, number: int, now: datetime) -> State:
    """Return the state after so many messages that might have gone have not."""
    state = refill(limit, state, now)
    tokens = min(state.tokens + number, get_burst(limit)) if limit.rate else state.tokens
    return state._replace(tokens=tokens, used=max(state.used - number, 0))


def hold(level: int, held_until: datetime | None, now: datetime, is_lost: bool = False):
    """Return (level, until when) of a domain or server that puts messages off just now.

    Each time twice as long, unless it has gone well for as long as it was held last; whoever is
    held already stays so.

    :param level: how often it was held in a row
    :param is_lost: no connection could be had
    """
    first, longest = (FIRST_RETRY, LONGEST_RETRY) if is_lost else (FIRST_HOLD, LONGEST_HOLD)
    if held_until and held_until > now:
        return level, held_until
    if held_until and level:
        last = get_hold(level, first, longest)
        level = level if now - held_until <= max(last, first) else 0
    else:
        level = 0
    level += 1
    return level, now + get_hold(level, first, longest)


def get_hold(level: int, first: timedelta = FIRST_HOLD, longest: timedelta = LONGEST_HOLD):
    return min(first * 2 ** min(level - 1, 16), longest)
