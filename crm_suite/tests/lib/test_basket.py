import unittest
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ...lib.basket import (
    LIMITS,
    Thresholds,
    find_rules,
    get_interval,
    is_due_again,
    parse_thresholds,
    round_share,
)


def slow_rules(baskets, thresholds):
    """The same from the definitions: every ordered pair of products against every order, in exact
    fractions.
    """
    baskets = [basket for basket in baskets if 0 < len(basket[1]) <= thresholds.max_products]
    total = len(baskets)
    products = sorted(set().union(*(products for _customer, products in baskets)))
    found = {}
    for antecedent in products:
        kept = []
        for consequent in products:
            with_first = [basket for basket in baskets if antecedent in basket[1]]
            with_both = [basket for basket in with_first if consequent in basket[1]]
            if (
                consequent == antecedent
                or total < thresholds.min_baskets
                or len(with_both) < thresholds.min_orders
                or len({customer for customer, _products in with_both}) < 2
            ):
                continue
            usual = Fraction(sum(consequent in basket[1] for basket in baskets), total)
            support = Fraction(len(with_both), total)
            confidence = Fraction(len(with_both), len(with_first))
            lift = confidence / usual
            if (
                support >= thresholds.min_support
                and confidence >= thresholds.min_confidence
                and lift > 1
                and lift >= thresholds.min_lift
            ):
                kept.append((confidence * lift, consequent, support, confidence, lift))
        # a tie by the rounding of floats is as good either way
        for score, consequent, *figures in kept:
            if sum(other[0] > score for other in kept) < thresholds.max_rules:
                found[antecedent, consequent] = (score, *figures)
    return found


baskets = st.lists(
    st.tuples(st.integers(1, 4), st.frozensets(st.integers(1, 7), max_size=5)), max_size=40
)
thresholds = st.builds(
    Thresholds,
    min_baskets=st.integers(3, 15),
    min_orders=st.integers(3, 5),
    # halves and quarters are the same as floats
    min_support=st.sampled_from([0.0, 0.125, 0.25]),
    min_confidence=st.sampled_from([0.0, 0.25, 0.5]),
    min_lift=st.sampled_from([1.0, 1.25, 1.5]),
    max_products=st.integers(2, 5),
    max_rules=st.sampled_from([2, 50]),
)


class TestBasket(unittest.TestCase):
    @given(baskets, thresholds)
    def test_rules(self, baskets, thresholds):
        rules = find_rules(baskets, thresholds)
        expected = slow_rules(baskets, thresholds)
        for rule in rules:
            score, support, confidence, lift = expected[rule.antecedent, rule.consequent]
            self.assertAlmostEqual(rule.support, float(support))
            self.assertAlmostEqual(rule.confidence, float(confidence))
            self.assertAlmostEqual(rule.lift, float(lift))
            self.assertAlmostEqual(rule.score, float(score))
        keys = [(rule.antecedent, rule.consequent) for rule in rules]
        self.assertEqual(len(keys), len(set(keys)))
        by_antecedent = {}
        for antecedent, _consequent in expected:
            by_antecedent[antecedent] = by_antecedent.get(antecedent, 0) + 1
        for antecedent, count in by_antecedent.items():
            self.assertEqual(
                sum(key[0] == antecedent for key in keys), min(count, thresholds.max_rules)
            )

    def test_known_figures(self):
        """Desk in 4 of 10 orders, lamp in 5, both in 3: confidence 3/4, lift 1.5."""
        orders = [(1, {1, 2}), (2, {1, 2}), (3, {1, 2}), (1, {1}), (1, {2}), (2, {2})]
        orders += [(3, {3})] * 4
        rules = {
            (rule.antecedent, rule.consequent): rule
            for rule in find_rules(orders, Thresholds(min_baskets=3))
        }
        self.assertEqual(set(rules), {(1, 2), (2, 1)})
        rule = rules[1, 2]
        self.assertEqual((rule.order_count, rule.antecedent_count, rule.basket_count), (3, 4, 10))
        self.assertAlmostEqual(rule.support, 0.3)
        self.assertAlmostEqual(rule.confidence, 0.75)
        self.assertAlmostEqual(rule.lift, 1.5)
        self.assertAlmostEqual(rules[2, 1].confidence, 0.6)
        self.assertAlmostEqual(rules[2, 1].lift, 1.5, msg="the same in both directions")

    def test_one_customer_is_no_rule(self):
        orders = [(1, {1, 2})] * 5 + [(2, {3})] * 5
        self.assertEqual(find_rules(orders, Thresholds(min_baskets=3)), [])

    @given(
        st.dictionaries(
            st.sampled_from([*LIMITS, "other"]),
            st.one_of(
                st.none(),
                st.text(),
                st.floats(),
                st.integers(),
                st.sampled_from(["12", "1e400", "-3", "nan"]),
            ),
        )
    )
    def test_any_setting(self, values):
        thresholds = parse_thresholds(values)
        for name, (low, high) in LIMITS.items():
            self.assertGreaterEqual(getattr(thresholds, name), low)
            self.assertLessEqual(getattr(thresholds, name), high)
            self.assertIs(type(getattr(thresholds, name)), type(low))

    def test_settings(self):
        self.assertEqual(parse_thresholds({}), Thresholds())
        self.assertEqual(parse_thresholds({"months": "6", "min_orders": "1"}).months, 6)
        self.assertEqual(parse_thresholds({"min_orders": "1"}).min_orders, 3)
        self.assertEqual(parse_thresholds({"months": "x"}), Thresholds())

    def test_due_again(self):
        last = date(2026, 3, 1)
        self.assertIsNone(get_interval(last, last, 1))
        self.assertEqual(get_interval(date(2026, 1, 1), date(2026, 3, 2), 3), 30)
        for days, is_due in ((0, False), (15, False), (16, True), (30, True), (90, True)):
            self.assertIs(is_due_again(last, 30, last + timedelta(days)), is_due, days)
        self.assertFalse(is_due_again(last, 30, last + timedelta(91)), "no longer a customer")
        self.assertFalse(is_due_again(last, 8, last + timedelta(3)))
        self.assertTrue(is_due_again(last, 8, last + timedelta(4)))


class TestRoundShare(unittest.TestCase):
    @given(st.fractions(Fraction(1, 10**9), 10**6))
    def test_two_digits(self, share):
        rounded = round_share(float(share))
        self.assertLessEqual(abs(Fraction(rounded) - share), share * Fraction(501, 10000))
        self.assertEqual(rounded, float(f"{rounded:.1e}"))

    def test_halves_go_up(self):
        for exact, rounded in ((0.125, 0.13), (1.875, 1.9), (7 / 9, 0.78), (12.5, 13), (9.96, 10)):
            self.assertEqual(round_share(exact), rounded)
