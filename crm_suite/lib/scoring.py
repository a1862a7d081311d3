"""The arithmetic of the rule score of leads.

Points are counted in tenths, as whole numbers, so that the lines of a score add up to it exactly
and no sum depends on the order in which it is made.

This module knows nothing of Odoo.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TENTHS = 10


@dataclass(frozen=True)
class Hit:
    """A rule that holds for a lead.

    :param rule: key of the rule
    :param points: points of one fact, may be negative
    :param count: how many facts there are
    :param limit: what several facts count for at most, in points without sign; 0: no limit
    :param half_life: days after which the points are worth half; 0: they never fade
    :param age: days since the fact
    :param group: key of the group of rules that share a limit, or None
    """

    rule: int
    points: int
    count: int = 1
    limit: int = 0
    half_life: int = 0
    age: int = 0
    group: int | None = None


def decay(points: float, age: float, half_life: float) -> float:
    """Return what points are still worth after `age` days.

    Exponential decay, N(t) = N0 * (1/2) ** (t / h), with the half-life h in days: see
    E. Rutherford, "A radio-active substance emitted from thorium compounds", Philosophical
    Magazine 49 (1900), and ISO 80000-10:2019, 10-31 (half-life).
    What lies ahead has not faded yet. Without a half-life nothing fades.
    """
    if half_life <= 0 or age <= 0:
        return float(points)
    return points * 0.5 ** (age / half_life)


def value(hit: Hit) -> int:
    """Return what a rule adds to the score, in tenths of points, before the limit of its group."""
    points = hit.points * hit.count
    if hit.limit > 0:
        points = max(-hit.limit, min(hit.limit, points))
    return _round_half_up(decay(points, hit.age, hit.half_life) * TENTHS)


def score(hits: Iterable[Hit], limits: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """Return what each rule adds, in tenths of points, and the score in whole points.

    What a group of rules adds up to beyond its limit is taken from those of its rules that give
    points, the last first: the lines that remain add up to the score.

    :param hits: one for each rule that holds, in the order in which people read them
    :param limits: highest sum of points by group; groups without an entry have none
    """
    hits = list(hits)
    values = {hit.rule: value(hit) for hit in hits}
    groups = defaultdict(list)
    for hit in hits:
        if hit.group in limits:
            groups[hit.group].append(hit.rule)
    for group, rules in groups.items():
        excess = sum(values[rule] for rule in rules) - limits[group] * TENTHS
        for rule in reversed(rules):
            taken = max(0, min(excess, values[rule]))
            values[rule] -= taken
            excess -= taken
    return values, _round_half_up(sum(values.values()) / TENTHS)


def level(points: int, warm: int, hot: int) -> str:
    """Return `hot`, `warm` or `cold`."""
    return "hot" if points >= hot else "warm" if points >= warm else "cold"


def _round_half_up(number: float) -> int:
    """Round to the nearest whole number, halves away from zero, as people do."""
    rounded = int(abs(number) + 0.5)
    return rounded if number >= 0 else -rounded
