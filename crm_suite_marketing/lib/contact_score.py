"""The arithmetic of the score of contacts: which events count, how points fade, and the grade.

Points of an event are whole thousandths, so that no sum depends on the order in which it is made;
what a rule adds to a score is whole tenths, so that the lines of a score add up to it exactly.

This module knows nothing of Odoo. `models/scoring/statements.py` says the same in SQL.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

THOUSANDTHS = 1000
TENTHS = 10
# How often the events of one contact count for a rule
EACH, DAILY, ONCE, LIMITED = "each", "day", "once", "limit"
LETTERS = "ABCD"
NUMBERS = "1234"


@dataclass(frozen=True)
class Rule:
    """What an event is worth.

    :param points: of one event, may be negative
    :param half_life: days after which they are worth half; 0: they never fade
    :param cap: what all events count for at most, in points without sign; 0: no limit
    :param repetition: `each` event counts, one a `day`, `once`, or the latest few (`limit`)
    :param most: how many of the latest events count, of `limit`
    """

    points: int
    half_life: int = 0
    cap: int = 0
    repetition: str = EACH
    most: int = 0


@dataclass(frozen=True)
class Line:
    """What a rule adds to the score of a contact.

    :param count: number of events that count
    :param points: what they gave when they happened
    :param value: what they are worth today, in tenths of points
    """

    count: int
    points: int
    value: int


def fade(points: int, age: int, half_life: int) -> int:
    """Return what the points of one event are worth after `age` whole days, in thousandths.

    Exponential decay, N(t) = N0 * (1/2) ** (t / h), with the half-life h in days: see
    E. Rutherford, "A radio-active substance emitted from thorium compounds", Philosophical
    Magazine 49 (1900), and ISO 80000-10:2019, 10-31 (half-life).
    What lies ahead has not faded yet. Without a half-life nothing fades.
    """
    left = abs(points) * THOUSANDTHS * (0.5 ** (max(age, 0) / half_life) if half_life else 1.0)
    # halves away from zero, as people round
    rounded = int(left + 0.5)
    return rounded if points >= 0 else -rounded


def take(rule: Rule, ages: Iterable[int]) -> dict[int, int]:
    """Return which events count, the latest first: {age in days: how many}.

    :param ages: whole days since each of the events
    """
    left = {ONCE: 1, LIMITED: rule.most}.get(rule.repetition)
    taken = {}
    for age, number in sorted(Counter(ages).items()):
        if rule.repetition == DAILY:
            number = 1
        if left is not None:
            number = min(number, left)
            left -= number
        if number:
            taken[age] = number
    return taken


def score(rule: Rule, ages: Iterable[int]) -> Line:
    """Return what a rule adds to the score, by the ages of the events that match it."""
    taken = take(rule, ages)
    value = sum(number * fade(rule.points, age, rule.half_life) for age, number in taken.items())
    if rule.cap:
        limit = rule.cap * THOUSANDTHS
        value = max(-limit, min(limit, value))
    count = sum(taken.values())
    unit = THOUSANDTHS // TENTHS
    tenths = (abs(value) + unit // 2) // unit
    return Line(count, count * rule.points, tenths if value >= 0 else -tenths)


def rank(points: float, bounds: Sequence[float]) -> int:
    """Return the place of a number among falling bounds: 0 from the first bound on."""
    return sum(points < bound for bound in bounds)


def grade(fit: float, engagement: float, fit_bounds, engagement_bounds) -> str:
    """Return the grade, such as A1: a letter for who he is, a number for what he does."""
    return LETTERS[rank(fit, fit_bounds)] + NUMBERS[rank(engagement, engagement_bounds)]
