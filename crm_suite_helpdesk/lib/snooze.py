"""When a ticket that somebody puts aside comes back: mornings of working days.

Pure arithmetic. Working time is asked for in integer epoch seconds, through `worked(start, end)`
and `add(instant, seconds)`; days are those of a time zone.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytz

# Nobody means this hour by "morning", though a service that never closes works then
EARLIEST = time(5)
# When a day begins on which nobody works
MORNING = time(8)


def tomorrow(hours, zone: pytz.BaseTzInfo, now: int) -> int:
    """The morning of the next day, whether it is worked or not."""
    return morning(hours, zone, local_day(zone, now) + timedelta(days=1))


def next_working_day(hours, zone: pytz.BaseTzInfo, now: int) -> int:
    """The morning of the first day after this one on which somebody works."""
    return first_morning(hours, zone, local_day(zone, now) + timedelta(days=1))


def next_week(hours, zone: pytz.BaseTzInfo, now: int, first_weekday: int) -> int:
    """The first working morning of the week that begins next.

    :param first_weekday: 0 is Monday
    """
    today = local_day(zone, now)
    ahead = (first_weekday - today.weekday()) % 7 or 7
    return first_morning(hours, zone, today + timedelta(days=ahead))


def get_first_weekday(workdays: Iterable[int], default: int) -> int:
    """With which weekday the weeks of those begin who work on these: after the longest rest.

    :param workdays: weekdays on which somebody works; 0 is Monday
    :param default: the answer when they work on all days, or on none
    """
    days = set(workdays)
    if not days or len(days) == 7:
        return default

    def rest_before(day):
        return next(n for n in range(7) if (day - 1 - n) % 7 in days)

    # of two rests of the same length, the one after which more is worked in a row
    return max(sorted(days), key=rest_before)


def first_morning(hours, zone: pytz.BaseTzInfo, day: date) -> int:
    """The morning of the first worked day from `day` on; of `day` itself when none is worked."""
    opening = _get_opening(hours, _instant(zone, day, time.min))
    return morning(hours, zone, day if opening is None else local_day(zone, opening))


def morning(hours, zone: pytz.BaseTzInfo, day: date) -> int:
    """When work begins on a day, and when nobody works on it, eight o'clock."""
    opening = _get_opening(hours, _instant(zone, day, time.min))
    usual = _instant(zone, day, MORNING)
    if opening is None or local_day(zone, opening) != day:
        return usual
    is_night = datetime.fromtimestamp(opening, zone).time() < EARLIEST
    return usual if is_night and hours.worked(usual, usual + 1) else opening


def local_day(zone: pytz.BaseTzInfo, instant: int) -> date:
    return datetime.fromtimestamp(instant, zone).date()


def _instant(zone, day, clock):
    return int(zone.localize(datetime.combine(day, clock)).timestamp())


def _get_opening(hours, instant):
    """The first instant from this one on at which somebody works."""
    after = hours.add(instant, 1)
    return None if after is None else after - 1
