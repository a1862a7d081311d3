"""When a wait is over, as an expression of the database: the same as `lib/schedule.py`."""

from odoo.tools import SQL

from ...lib.schedule import CALENDAR_UNITS, LATEST, get_hour_seconds
from ..timing.timing import MOMENT

# on the clock of the participant: the time that is added, the hour, the day of work. `since` is
# never far from what is shown, so a time that a clock shows twice is meant where it is first
DUE = """
    (SELECT LEAST(CASE WHEN shown.at = wall.was THEN begun.at ELSE (%(moment)s) END, %(latest)s)
       FROM (SELECT %(start)s) AS begun(at)
 CROSS JOIN LATERAL (SELECT %(was)s AS was, %(wall)s + %(long)s) AS wall(was, at)
 CROSS JOIN LATERAL (SELECT %(timed)s) AS timed(at)
 CROSS JOIN LATERAL (SELECT %(worked)s) AS shown(at))
"""
TIMED = """
    date_trunc('day', wall.at) + %(seconds)s * interval '1 second'
    + CASE WHEN wall.at - date_trunc('day', wall.at) > %(seconds)s * interval '1 second'
           THEN interval '1 day' ELSE interval '0' END
"""
WORKED = """
    timed.at + (SELECT COALESCE(min(n), 0) FROM generate_series(0, 6) AS n
                 WHERE extract(isodow FROM timed.at::date + n) = ANY(%s)) * interval '1 day'
"""


def make_interval(amount, unit):
    return SQL("%s * %s::interval", amount, f"1 {unit.removesuffix('s')}")


def make_due(start, amount, unit, tz, hour=None, days=None, is_date=False):
    """Return the expression of the moment (UTC) at which a time after `start` is over.

    :param start: ``SQL`` of a moment (UTC, without time zone); of a day if `is_date`
    :param amount: may be negative: a time before
    :param tz: ``SQL`` of a time zone that the database knows
    :param hour: then at this hour of the clock
    :param days: then on one of these days of the week, 1 for Monday
    """
    span, nothing = make_interval(amount, unit), SQL("interval '0'")
    is_long = unit in CALENDAR_UNITS or is_date
    if is_date:
        was, wall = SQL("NULL::timestamp"), SQL("begun.at::timestamp")
        begun = SQL("(%s)::timestamp", start)
        since = SQL("(shown.at AT TIME ZONE %s AT TIME ZONE 'UTC') - interval '1 day'", tz)
    else:
        begun = start if is_long else SQL("%s + %s", start, span)
        was = wall = SQL("(begun.at AT TIME ZONE 'UTC' AT TIME ZONE %s)", tz)
        since = SQL(
            "GREATEST(begun.at, (shown.at AT TIME ZONE %s AT TIME ZONE 'UTC') - interval '1 day')",
            tz,
        )
        if amount < 0:
            since = SQL("(shown.at AT TIME ZONE %s AT TIME ZONE 'UTC') - interval '1 day'", tz)
    timed, worked = SQL("wall.at"), SQL("timed.at")
    if hour is not None:
        timed = SQL(TIMED, seconds=get_hour_seconds(hour))
    if days:
        worked = SQL(WORKED, list(days))
    return SQL(
        DUE,
        moment=SQL(MOMENT, since=SQL("(%s)", since), shown=SQL("shown.at"), tz=tz),
        latest=LATEST,
        start=begun,
        was=was,
        wall=wall,
        long=span if is_long else nothing,
        timed=timed,
        worked=worked,
    )


def make_anniversary(day, year):
    """Return the expression of the anniversary of a day in a year: of 29 February on the 28th in
    common years.

    :param day: ``SQL`` of a date
    :param year: ``SQL`` of a number
    """
    return SQL(
        "(%(day)s + (%(year)s - extract(year FROM %(day)s)::int) * interval '1 year')::date",
        day=day,
        year=year,
    )
