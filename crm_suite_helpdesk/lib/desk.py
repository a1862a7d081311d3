"""What a desk answers about its time: which days and hours it works, and what follows from that.

Weekdays are integers as `datetime.weekday()` gives them: Monday is 0, Sunday is 6. Hours are floats
of local time, from 0 to 24.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

import pytz

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)

WEEKENDS = {
    "fri_sat": {FRIDAY, SATURDAY},
    "sat_sun": {SATURDAY, SUNDAY},
    "fri": {FRIDAY},
    "sun": {SUNDAY},
}

# Countries (ISO 3166) whose offices are closed on Friday and Saturday, or on Friday only. Emirati
# offices went over to Saturday and Sunday in 2022, those of Mauritania in 2014.
FRIDAY_SATURDAY = frozenset(
    ["AF", "BD", "BH", "DJ", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "MV", "OM", "PS", "QA"]
    + ["SA", "SD", "SY", "YE"]
)
FRIDAY_ONLY = frozenset(["IR"])

Span = tuple[float, float]


class WorkingHours(Protocol):
    def worked(self, start: int, end: int) -> int: ...

    def add(self, instant: int, seconds: int) -> int | None: ...


class Day(NamedTuple):
    """What is worked on a day. `start` and `end` are None on days on which nothing is."""

    day: date
    start: datetime | None
    end: datetime | None
    worked: int


def weekend_of(country: str | None) -> str:
    """The key of `WEEKENDS` that offices of a country keep."""
    if country in FRIDAY_SATURDAY:
        return "fri_sat"
    return "fri" if country in FRIDAY_ONLY else "sat_sun"


def weekend_named(working_days: Iterable[int]) -> str | None:
    """The key of `WEEKENDS` that leaves exactly these working days, None when there is none."""
    off = set(range(7)) - set(working_days)
    return next((name for name, days in WEEKENDS.items() if days == off), None)


def time_zone_of(country: str | None, preferred: str | None) -> str | None:
    """The time zone of a country: the preferred one if it lies there, else its first."""
    zones = pytz.country_timezones.get(country or "", [])
    return preferred if preferred in zones or not zones else zones[0]


def spans_of_day(opens: float, closes: float, rest: Span | None = None) -> list[Span]:
    """The hours of one day, which a break may part in two."""
    return [(opens, closes)] if rest is None else [(opens, rest[0]), (rest[1], closes)]


def find_fault(opens: float, closes: float, rest: Span | None = None) -> str | None:
    """What is wrong with the hours of a day.

    :return: None, or "range" (not an hour of a day), "reversed" (ends before it starts),
        "break_reversed", or "overlap" (the break is not inside the hours, so that what is before
        and after it overlap or are empty)
    """
    hours = [opens, closes, *(rest or ())]
    if any(not 0 <= hour <= 24 for hour in hours):
        return "range"
    if closes <= opens:
        return "reversed"
    if rest and rest[1] <= rest[0]:
        return "break_reversed"
    if rest and not (opens < rest[0] and rest[1] < closes):
        return "overlap"
    return None


def read_week(spans: Iterable[tuple[int, float, float]]) -> tuple[set[int], list[Span]] | None:
    """A week as one set of days with the same hours, at most two stretches of them.

    :param spans: (weekday, from, to)
    :return: (working days, spans of each of them), or None for a week that is not so simple
    """
    week: dict[int, list[Span]] = {}
    for day, start, end in spans:
        week.setdefault(day, []).append((start, end))
    shapes = {tuple(sorted(day)) for day in week.values()}
    if len(shapes) != 1:
        return None
    (shape,) = shapes
    if len(shape) > 2 or (len(shape) == 2 and shape[0][1] >= shape[1][0]):
        return None
    return set(week), list(shape)


def intervals(
    working_days: set[int],
    spans: list[Span],
    tz: str,
    first: date,
    days: int,
    closed: Iterable[tuple[date, date]] = (),
) -> list[tuple[int, int]]:
    """The work of some days, in epoch seconds.

    :param closed: (first, last) days off, both included
    """
    zone, off = pytz.timezone(tz), list(closed)
    found = []
    for number in range(days):
        day = first + timedelta(number)
        if day.weekday() not in working_days or any(a <= day <= b for a, b in off):
            continue
        found += [(_instant(day, start, zone), _instant(day, end, zone)) for start, end in spans]
    return found


def day_limits(first: date, last: date, tz: str) -> tuple[datetime, datetime]:
    """Begin and end of whole days, as naive UTC.

    The end is the last second, as the screens of days off write it.
    """
    zone = pytz.timezone(tz)
    begin = zone.localize(datetime.combine(first, datetime.min.time()))
    end = zone.localize(datetime.combine(last, datetime.min.time()).replace(hour=23, minute=59))
    return (
        begin.astimezone(pytz.utc).replace(tzinfo=None),
        end.astimezone(pytz.utc).replace(tzinfo=None, second=59),
    )


def whole_days(begin: datetime, end: datetime, tz: str) -> tuple[date, date] | None:
    """The days that an absence covers, None when it begins or ends within a day.

    :param begin: naive UTC, as :param end:
    """
    zone = pytz.timezone(tz)
    start, stop = (pytz.utc.localize(instant).astimezone(zone) for instant in (begin, end))
    stop += timedelta(seconds=1)  # the last second of a day, or already midnight
    if (start.hour, start.minute) != (0, 0) or (stop.hour, stop.minute) != (0, 0):
        return None
    last = (stop - timedelta(minutes=1)).date()
    return (start.date(), last) if last >= start.date() else None


def bridge(days: Iterable[tuple[date, str]]) -> list[tuple[date, date, str]]:
    """Days that follow each other under one name, as one line each."""
    lines: list[tuple[date, date, str]] = []
    for day, name in sorted(days):
        if lines and lines[-1][2] == name and lines[-1][1] + timedelta(1) == day:
            lines[-1] = (lines[-1][0], day, name)
        else:
            lines.append((day, day, name))
    return lines


def days_between(hours: WorkingHours, start: int, end: int, tz: str) -> Iterator[Day]:
    """The way from one instant to another, a day at a time, days off included.

    :param start: epoch seconds, as :param end:
    :return: the days as they are where the time zone is, with local times
    """
    zone = pytz.timezone(tz)
    day, last = (datetime.fromtimestamp(instant, zone).date() for instant in (start, end))
    while day <= last:
        begin = max(start, _instant(day, 0, zone))
        stop = min(end, _instant(day, 24, zone))
        worked = hours.worked(begin, stop)
        if worked:
            # The second in which the first work is done, and the one in which the last is
            span = hours.add(begin, 1) - 1, hours.add(begin, worked)
            yield Day(day, *(datetime.fromtimestamp(i, zone) for i in span), worked)
        else:
            yield Day(day, None, None, 0)
        day += timedelta(1)


def _instant(day: date, hour: float, zone) -> int:
    minutes = round(hour * 60)
    moment = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    return int(zone.localize(moment).timestamp())
