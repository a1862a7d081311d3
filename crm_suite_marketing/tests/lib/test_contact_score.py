from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.contact_score import Rule, fade, grade, rank, score

RULES = st.builds(
    Rule,
    points=st.integers(-50, 50).filter(bool),
    half_life=st.sampled_from([0, 1, 7, 30, 365]),
    cap=st.sampled_from([0, 1, 10, 100]),
    repetition=st.sampled_from(["each", "day", "once", "limit"]),
    most=st.integers(1, 5),
)
AGES = st.lists(st.integers(0, 60) | st.integers(0, 3), max_size=15)


def look_at_each(rule, ages):
    """One event after the other, the latest first."""
    value, count, seen = 0, 0, set()
    for age in sorted(ages):
        if rule.repetition == "day" and age in seen:
            continue
        if rule.repetition == "once" and count == 1:
            continue
        if rule.repetition == "limit" and count == rule.most:
            continue
        seen.add(age)
        count += 1
        value += fade(rule.points, age, rule.half_life)
    if rule.cap and abs(value) > rule.cap * 1000:
        value = rule.cap * (1000 if value > 0 else -1000)
    return count, count * rule.points, Fraction(value, 100)


@tagged("post_install", "-at_install")
class TestContactScoreLib(BaseCase):
    @given(RULES, AGES)
    def test_as_one_event_after_the_other(self, rule, ages):
        count, points, exact = look_at_each(rule, ages)
        line = score(rule, ages)
        self.assertEqual((line.count, line.points), (count, points))
        self.assertLessEqual(abs(line.value - exact), Fraction(1, 2))

    @given(RULES, AGES, st.randoms())
    def test_the_order_of_events_does_not_matter(self, rule, ages, random):
        mixed = list(ages)
        random.shuffle(mixed)
        self.assertEqual(score(rule, ages), score(rule, mixed))

    @given(RULES, AGES)
    def test_the_limit_holds(self, rule, ages):
        line = score(rule, ages)
        if rule.cap:
            self.assertLessEqual(abs(line.value), rule.cap * 10)
        self.assertGreaterEqual(line.value * rule.points, 0)

    @given(RULES, AGES, st.integers(0, 400))
    def test_points_only_fade(self, rule, ages, days):
        later = score(rule, [age + days for age in ages])
        self.assertLessEqual(abs(later.value), abs(score(rule, ages).value))

    @given(st.integers(-1000, 1000), st.integers(1, 3650), st.integers(0, 9))
    def test_after_each_half_life_half_is_left(self, points, half_life, times):
        exact = Fraction(points * 1000, 2**times)
        self.assertLessEqual(
            abs(fade(points, half_life * times, half_life) - exact), Fraction(1, 2)
        )

    def test_halves_are_rounded_away_from_zero(self):
        self.assertEqual((fade(1, 4, 1), fade(-1, 4, 1)), (63, -63))
        self.assertEqual(score(Rule(points=1, half_life=1), [1, 4]).value, 6)

    def test_what_lies_ahead_has_not_faded(self):
        self.assertEqual(fade(5, -3, 30), 5000)
        self.assertEqual(fade(5, 9999, 0), 5000)

    @given(st.floats(-100, 100), st.lists(st.integers(-50, 50), max_size=3, unique=True))
    def test_the_place_among_bounds(self, number, bounds):
        bounds = sorted(bounds, reverse=True)
        place = rank(number, bounds)
        if place < len(bounds):
            self.assertGreaterEqual(number, bounds[place])
        if place:
            self.assertLess(number, bounds[place - 1])
        self.assertTrue(all(first > second for first, second in pairwise(bounds)))

    def test_grades(self):
        bounds = (25, 15, 5), (40, 20, 5)
        for fit, engagement, expected in (
            (25, 40, "A1"),
            (24.9, 39.9, "B2"),
            (5, 5, "C3"),
            (4.9, 4.9, "D4"),
            (-3, 100, "D1"),
        ):
            self.assertEqual(grade(fit, engagement, *bounds), expected)
