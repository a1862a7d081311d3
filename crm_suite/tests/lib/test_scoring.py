import unittest
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ...lib.scoring import TENTHS, Hit, decay, level, score, value


def slow_score(hits, limits):
    """The same from the definition: exact fractions where no half-life makes them irrational, and
    one tenth at a time taken from the last rule of a group that is over its limit.
    """
    values = {}
    for hit in hits:
        points = Fraction(hit.points) * hit.count
        if hit.limit > 0 and abs(points) > hit.limit:
            points = Fraction(hit.limit) * (1 if points > 0 else -1)
        if hit.half_life and hit.age > 0:
            whole, rest = divmod(hit.age, hit.half_life)
            points = points / 2**whole * Fraction(2 ** -(rest / hit.half_life))
        tenths = abs(points) * TENTHS
        nearest = tenths.numerator // tenths.denominator
        nearest += 1 if tenths - nearest >= Fraction(1, 2) else 0
        values[hit.rule] = nearest if points >= 0 else -nearest
    for group, limit in limits.items():
        members = [hit.rule for hit in hits if hit.group == group]
        while sum(values[rule] for rule in members) > limit * TENTHS:
            last = [rule for rule in members if values[rule] > 0][-1]
            values[last] -= 1
    tenths = sum(values.values())
    whole, rest = divmod(abs(tenths), TENTHS)
    total = whole + (1 if rest >= 5 else 0)
    return values, total if tenths >= 0 else -total


hits = st.lists(
    st.builds(
        Hit,
        rule=st.integers(1, 6),
        points=st.integers(-30, 30),
        count=st.integers(1, 5),
        limit=st.integers(0, 40),
        half_life=st.integers(0, 60),
        age=st.integers(-5, 400),
        group=st.sampled_from([None, 1, 2]),
    ),
    max_size=6,
    unique_by=lambda hit: hit.rule,
)
limits = st.dictionaries(st.sampled_from([1, 2]), st.integers(0, 40))


class TestScoring(unittest.TestCase):
    @settings(max_examples=300, deadline=None)
    @given(hits, limits)
    def test_as_by_definition(self, some_hits, some_limits):
        values, total = score(some_hits, some_limits)
        slow_values, slow_total = slow_score(some_hits, some_limits)
        # a half-life gives irrational values: the last digit may be rounded either way
        for rule, tenths in values.items():
            self.assertLessEqual(abs(tenths - slow_values[rule]), len(some_hits))
        if not any(hit.half_life for hit in some_hits):
            self.assertEqual((values, total), (slow_values, slow_total))

    @settings(max_examples=200, deadline=None)
    @given(hits, limits)
    def test_lines_add_up(self, some_hits, some_limits):
        values, total = score(some_hits, some_limits)
        self.assertLessEqual(abs(sum(values.values()) - total * TENTHS), TENTHS / 2)
        for group, limit in some_limits.items():
            members = [values[hit.rule] for hit in some_hits if hit.group == group]
            self.assertLessEqual(sum(members), limit * TENTHS)

    @settings(max_examples=200, deadline=None)
    @given(st.integers(1, 1000), st.integers(1, 365), st.integers(0, 1000), st.integers(0, 1000))
    def test_points_only_fade(self, points, half_life, age, later):
        self.assertGreaterEqual(
            decay(points, age, half_life), decay(points, age + later, half_life)
        )
        self.assertGreaterEqual(decay(points, age, half_life), 0)

    def test_half_after_each_half_life(self):
        self.assertEqual([decay(40, days, 30) for days in (0, 30, 60, 90)], [40, 20, 10, 5])
        self.assertEqual(decay(-40, 30, 30), -20)
        self.assertEqual(decay(40, 90, 0), 40)
        self.assertEqual(decay(40, -3, 30), 40)

    def test_several_facts_up_to_the_limit(self):
        self.assertEqual(value(Hit(rule=1, points=5, count=3)), 150)
        self.assertEqual(value(Hit(rule=1, points=5, count=9, limit=20)), 200)
        self.assertEqual(value(Hit(rule=1, points=-5, count=9, limit=20)), -200)

    def test_the_last_rule_gives_first(self):
        values, total = score(
            [
                Hit(rule=1, points=30, group=7),
                Hit(rule=2, points=-5, group=7),
                Hit(rule=3, points=20, group=7),
                Hit(rule=4, points=3),
            ],
            {7: 40},
        )
        self.assertEqual((values, total), ({1: 300, 2: -50, 3: 150, 4: 30}, 43))

    def test_levels(self):
        self.assertEqual(
            [level(points, 20, 50) for points in (-3, 19, 20, 49, 50)],
            ["cold", "cold", "warm", "warm", "hot"],
        )
