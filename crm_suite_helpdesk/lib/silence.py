"""How long a customer has been silent, in working days.

Pure arithmetic, as in `snooze`: working time is asked for in integer epoch seconds through
`worked(start, end)` and `add(instant, seconds)`; days are those of a time zone.
"""

from datetime import datetime, time, timedelta

import pytz

from .snooze import local_day

# Steps, in their order
REMIND, WARN, CLOSE = "remind", "warn", "close"


def next_opening(hours, instant: int) -> int | None:
    """The first instant from this one on at which somebody works; itself while somebody does."""
    after = hours.add(instant, 1)
    return None if after is None else after - 1


def after_days(hours, zone: pytz.BaseTzInfo, start: int, days: int) -> int | None:
    """The instant at which so many working days have passed: at the same time of that day, else
    when somebody works next.

    :param days: 1 is the next day on which somebody works
    :return: epoch second at which somebody works; None when nobody works long enough
    """
    day = local_day(zone, start)
    for _number in range(days):
        opening = next_opening(hours, _instant(zone, day + timedelta(days=1), time.min))
        if opening is None:
            return None
        day = local_day(zone, opening)
    clock = datetime.fromtimestamp(start, zone).time()
    return next_opening(hours, _instant(zone, day, clock))


def next_step(due: dict[str, int | None], done: str | None, now: int) -> str | None:
    """What is to be done now about a customer who is silent.

    A customer is reminded before he is warned, never afterwards, and nothing is closed without a
    warning.

    :param due: when each step is due, epoch seconds; steps that are off are left out. `CLOSE` is
        counted from the warning.
    :param done: the last step taken, None for none
    """

    def is_due(step):
        return due.get(step) is not None and due[step] <= now

    if done == WARN:
        return CLOSE if is_due(CLOSE) else None
    if is_due(WARN):
        return WARN
    return REMIND if done is None and is_due(REMIND) else None


def _instant(zone, day, clock):
    return int(zone.localize(datetime.combine(day, clock)).timestamp())
