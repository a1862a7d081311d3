"""Days on which something is due every year."""

from calendar import isleap
from datetime import date


def birthdays_on(day: date) -> list[str]:
    """Return the birthdays (MMDD) that are celebrated on a day.

    Who was born on 29 February celebrates on the 28th in other years, as his age is counted.
    """
    keys = [f"{day:%m%d}"]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        keys.append("0229")
    return keys
