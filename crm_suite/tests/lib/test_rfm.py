from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import rfm

VALUES = st.lists(st.integers(-5, 40), min_size=1, max_size=60)
REVENUES = st.lists(st.integers(-10, 100), max_size=40)


@tagged("post_install", "-at_install")
class TestRfm(BaseCase):
    @given(VALUES)
    def test_a_score_is_the_fifth_of_those_at_most_as_high(self, values):
        cuts = rfm.get_cuts(values)
        for value in values:
            # the share of customers who are strictly below says in which fifth one begins
            below = Fraction(sum(other < value for other in values), len(values))
            expected = next(
                place for place in range(1, 6) if below < Fraction(place, 5) or place == 5
            )
            self.assertEqual(rfm.get_score(value, cuts), expected)

    @given(VALUES, st.integers(-5, 40), st.integers(-5, 40))
    def test_higher_values_never_score_lower(self, values, one, other):
        cuts = rfm.get_cuts(values)
        low, high = sorted((one, other))
        self.assertLessEqual(rfm.get_score(low, cuts), rfm.get_score(high, cuts))

    def test_distinct_values_are_cut_evenly(self):
        cuts = rfm.get_cuts(range(100))
        scores = [rfm.get_score(value, cuts) for value in range(100)]
        self.assertEqual([scores.count(score) for score in range(1, 6)], [20] * 5)
        self.assertEqual(rfm.get_cuts([]), [])

    def test_every_score_has_a_cell(self):
        cells = {
            rfm.get_cell(recency, frequency, monetary)
            for recency in range(1, 6)
            for frequency in range(1, 6)
            for monetary in range(1, 6)
        }
        self.assertEqual(len(cells), 10)
        self.assertEqual(rfm.get_cell(5, 5, 5), "champion")
        self.assertEqual(rfm.get_cell(1, 5, 5), "cannot_lose")
        self.assertEqual(rfm.get_cell(1, 1, 1), "hibernating")
        self.assertEqual(rfm.get_cell(5, 1, 1), "new")
        self.assertEqual(rfm.get_cell(3, 1, 4), "attention", "2.5 is rounded up")

    @given(REVENUES)
    def test_tiers_take_customers_from_the_top(self, revenues):
        cuts = rfm.get_tier_cuts(revenues)
        total = sum(revenue for revenue in revenues if revenue > 0)
        for revenue in revenues:
            above = sum(other for other in revenues if other > revenue and other > 0)
            expected = "c"
            if revenue > 0 and above * 100 < 80 * total:
                expected = "a"
            elif revenue > 0 and above * 100 < 95 * total:
                expected = "b"
            self.assertEqual(rfm.get_tier(revenue, cuts), expected)

    def test_tiers_of_an_example(self):
        revenues = [60, 20, 10, 5, 3, 2]
        cuts = rfm.get_tier_cuts(revenues)
        self.assertEqual([rfm.get_tier(each, cuts) for each in revenues], list("aabbcc"))
