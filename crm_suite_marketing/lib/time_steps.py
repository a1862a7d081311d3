"""The steps of a time line."""

from datetime import datetime, timedelta

UNITS = ("hour", "day", "week", "month")
# the last so many steps are shown
MOST_STEPS = 120


def choose_unit(first: datetime, last: datetime) -> str:
    """Return the smallest unit that shows it all in not too many steps."""
    days = (last - first) / timedelta(days=1)
    for unit, most in (("hour", 3), ("day", 90), ("week", 700)):
        if days <= most:
            return unit
    return "month"


def truncate(moment: datetime, unit: str) -> datetime:
    """Return the start of the hour, day, week (Monday) or month, as PostgreSQL's date_trunc."""
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def step(moment: datetime, unit: str) -> datetime:
    """Return the start of the next one."""
    if unit == "month":
        return (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
    return moment + {"hour": timedelta(hours=1), "day": timedelta(days=1)}.get(
        unit, timedelta(weeks=1)
    )


def list_steps(first: datetime, last: datetime, unit: str) -> list[datetime]:
    """Return the starts of all steps from one moment to the other; of very many, the last."""
    steps, moment = [], truncate(first, unit)
    while moment <= last:
        steps.append(moment)
        moment = step(moment, unit)
    return steps[-MOST_STEPS:]
