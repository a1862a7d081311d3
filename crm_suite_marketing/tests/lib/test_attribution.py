from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.attribution import MODELS, UNITS, get_weights, split

DAY = 86400
# seconds between touches: days, minutes, and at the same second
GAPS = st.lists(st.integers(0, 60) | st.integers(0, 90).map(lambda days: days * DAY), max_size=12)
AMOUNTS = st.integers(-(10**13), 10**13)


def make_ages(gaps):
    """Return the seconds before the last touch, of touches with these gaps between them."""
    return [*reversed(list(accumulate(gaps))), 0]


def get_exact_shares(model, number):
    """The models in the words of their definition."""
    if model == "first":
        return {0: Fraction(1)}
    if model == "last":
        return {number - 1: Fraction(1)}
    if model == "linear":
        return {place: Fraction(1, number) for place in range(number)}
    if number == 1:
        return {0: Fraction(1)}
    if number == 2:
        return {0: Fraction(1, 2), 1: Fraction(1, 2)}
    shares = {place: Fraction(20, 100) / (number - 2) for place in range(1, number - 1)}
    return {0: Fraction(40, 100), number - 1: Fraction(40, 100), **shares}


def hand_out(amount, weights):
    """The method of largest remainders, one unit after the other."""
    sign, left = (1 if amount >= 0 else -1), abs(amount)
    quotas = [Fraction(left * weight, sum(weights)) for weight in weights]
    shares = [int(quota) for quota in quotas]
    left -= sum(shares)
    while left:
        missing = [quota - share for quota, share in zip(quotas, shares, strict=True)]
        best = missing.index(max(missing))
        shares[best] += 1
        left -= 1
    return [sign * share for share in shares]


@tagged("post_install", "-at_install")
class TestAttributionLib(BaseCase):
    """The sums are exact, whatever the model, the amount and the touches."""

    @given(st.sampled_from(MODELS), GAPS, st.integers(1, 365), AMOUNTS)
    def test_nothing_is_lost(self, model, gaps, half_life, amount):
        ages = make_ages(gaps)
        weights = get_weights(model, ages, half_life * DAY)
        self.assertEqual(len(weights), len(ages))
        self.assertGreaterEqual(min(weights), 0)
        self.assertGreater(sum(weights), 0)
        self.assertEqual(sum(split(UNITS, weights)), UNITS)
        shares = split(amount, weights)
        self.assertEqual(sum(shares), amount)
        for share, weight in zip(shares, weights, strict=True):
            self.assertLess(abs(share - Fraction(amount * weight, sum(weights))), 1)

    @given(st.sampled_from([m for m in MODELS if m != "time_decay"]), GAPS)
    def test_shares_are_those_of_the_definition(self, model, gaps):
        ages = make_ages(gaps)
        weights = get_weights(model, ages, DAY)
        exact = get_exact_shares(model, len(ages))
        for place, weight in enumerate(weights):
            self.assertEqual(Fraction(weight, sum(weights)), exact.get(place, 0))

    @given(GAPS, st.integers(1, 365))
    def test_half_life(self, gaps, half_life):
        """Each touch is worth what the last one is, halved once for each half-life before it."""
        ages = make_ages(gaps)
        weights = get_weights("time_decay", ages, half_life * DAY)
        for age, weight in zip(ages, weights, strict=True):
            self.assertAlmostEqual(weight / weights[-1], 0.5 ** (age / DAY / half_life), places=5)
        self.assertEqual(weights, sorted(weights))

    @given(st.integers(-2000, 2000), st.lists(st.integers(0, 50), min_size=1, max_size=9))
    def test_largest_remainders(self, amount, weights):
        if not any(weights):
            weights[0] = 1
        self.assertEqual(split(amount, weights), hand_out(amount, weights))

    def test_by_hand(self):
        day = DAY
        self.assertEqual(split(100, get_weights("linear", [2, 1, 0], day)), [34, 33, 33])
        self.assertEqual(split(-100, get_weights("linear", [2, 1, 0], day)), [-34, -33, -33])
        self.assertEqual(
            split(1000, get_weights("position", [3, 2, 1, 0], day)), [400, 100, 100, 400]
        )
        self.assertEqual(
            split(700, get_weights("time_decay", [14 * day, 7 * day, 0], 7 * day)),
            [100, 200, 400],
        )
        with self.assertRaises(ValueError):
            get_weights("other", [0], day)
