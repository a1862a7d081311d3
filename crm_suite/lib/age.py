"""Completed years of life, and which birth dates a number of years stands for.

Who was born on 29 February grows older on 28 February in a common year.
"""

from calendar import isleap
from datetime import date


def birthday_in(born, year):
    """Return the birthday that somebody born on a date has in a year."""
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def completed_years(born, today):
    """Return how old somebody is; negative before the birth."""
    return today.year - born.year - (today < birthday_in(born, today.year))


def latest_birth(years, today):
    """Return the last birth date of those who have completed so many years.

    :return: a date, or None when nobody can be that old (before year 1)
    """
    year = today.year - years
    if year < 1:
        return None
    if year > 9999:
        return date.max
    if (today.month, today.day) == (2, 28) and not isleap(today.year) and isleap(year):
        return date(year, 2, 29)
    if (today.month, today.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return today.replace(year=year)
