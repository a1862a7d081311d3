"""When a wait is over, on the clock of whoever waits. No Odoo.

The database says the same in `models/journey_engine/clock.py`; here it is said one moment at a
time, as a person would.
"""

import calendar
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# time that the clock on the wall shows, whatever happens to it meanwhile
CALENDAR_UNITS = ("days", "weeks", "months")
UTC = ZoneInfo("UTC")
# whoever comes later than this to a date has missed it
GRACE = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# who means “never” writes the last day that there is; nothing is due later than this
LATEST = datetime(9999, 1, 1)


def get_hour_seconds(hour: float) -> int:
    """Return the seconds from midnight that an hour is (9.5: half past nine)."""
    return min(round(min(max(hour, 0), 24) * 60) * 60, 24 * 3600 - 60)


def add_time(moment: datetime, amount: int, unit: str) -> datetime:
    """Add a time; a day that a month does not have is its last."""
    if unit != "months":
        return moment + timedelta(**{unit: amount})
    months = moment.year * 12 + moment.month - 1 + amount
    year, month = months // 12, months % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def get_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock shows at a moment (UTC)."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def get_moment(shown: datetime, zone: ZoneInfo, since: datetime) -> datetime:
    """Return the first moment (UTC) from `since` on at which a clock shows a time; where the clock
    skips it, the first right after the gap.
    """
    found = []
    for fold in (0, 1):
        moment = shown.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None)
        if get_wall(moment, zone) == shown:
            found.append(moment)
    if found:
        return min((moment for moment in found if moment >= since), default=max(found))
    # the later of the two readings lies behind the gap: walk back to its edge
    moment = shown.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(tzinfo=None)
    moment = moment.replace(second=0, microsecond=0)
    while get_wall(moment - MINUTE, zone) >= shown:
        moment -= MINUTE
    return moment


def get_due(
    start: datetime | date,
    amount: int,
    unit: str,
    zone: ZoneInfo,
    hour: float | None = None,
    days: Collection[int] = (),
) -> datetime:
    """Return the moment (UTC) at which a time after `start` is over.

    :param start: a moment (UTC), or a day of the clock
    :param amount: may be negative: a time before
    :param hour: then at this hour of the clock
    :param days: then on one of these days of the week, 1 for Monday
    """
    try:
        return min(_get_due(start, amount, unit, zone, hour, days), LATEST)
    except (OverflowError, ValueError):
        # before the first day that there is, or behind the last
        is_past = amount < 0 or (amount == 0 and start.year < LATEST.year // 2)
        return datetime.min if is_past else LATEST


def _get_due(start, amount, unit, zone, hour, days):
    was = None
    if isinstance(start, datetime):
        if unit not in CALENDAR_UNITS:
            start += timedelta(**{unit: amount})
        was = wall = get_wall(start, zone)
        if unit in CALENDAR_UNITS:
            wall = add_time(wall, amount, unit)
    else:
        wall = add_time(datetime(start.year, start.month, start.day), amount, unit)
    if hour is not None:
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        timed = midnight + timedelta(seconds=get_hour_seconds(hour))
        wall = timed if timed >= wall else timed + timedelta(days=1)
    while days and wall.isoweekday() not in days:
        wall += timedelta(days=1)
    if wall == was:
        return start
    # a clock that shows it twice means the first, unless that was before the start
    since = start if was is not None and amount >= 0 else datetime.min
    return get_moment(wall, zone, since)


def get_anniversary(day: date, year: int) -> date:
    """Return the anniversary of a day in a year: of 29 February on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
