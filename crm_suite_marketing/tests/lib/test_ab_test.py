import math
from fractions import Fraction
from itertools import permutations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import ab_test as lib

rates = st.builds(
    lambda trials, share: lib.Rate(trials * share // 100, trials),
    st.integers(0, 400),
    st.integers(0, 100),
)
paid = st.lists(st.sampled_from([0, 0, 0, 5, 20, 80]), min_size=2, max_size=40)


def amounts(values):
    return lib.Amounts(
        len(values), sum(values), sum(v * v for v in values), sum(v > 0 for v in values)
    )


def get_binomial(n, p):
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def integrate(function, low, high, steps=4000):
    """Simpson's rule."""
    width = (high - low) / steps
    inner = sum((4 if step % 2 else 2) * function(low + step * width) for step in range(1, steps))
    return (function(low) + inner + function(high)) * width / 3


@tagged("post_install", "-at_install")
class TestArms(BaseCase):
    @given(st.text(max_size=12), st.text(max_size=40))
    def test_the_same_bucket_every_time(self, seed, identity):
        assume(not any(0xD800 <= ord(char) < 0xE000 for char in seed + identity))
        bucket = lib.get_bucket(seed, identity)
        self.assertEqual(bucket, lib.get_bucket(seed, identity))
        self.assertTrue(0 <= bucket < lib.BUCKETS)

    def test_buckets_are_even_and_independent_of_each_other(self):
        size, arms = 20_000, 10
        for seed in ("c1", "c2"):
            counts = [0] * arms
            for number in range(size):
                counts[lib.get_bucket(seed, f"p{number}@x.example") * arms // lib.BUCKETS] += 1
            expected = size / arms
            chi_square = sum((count - expected) ** 2 / expected for count in counts)
            self.assertLess(chi_square, 33.7, "one of ten thousand of fair hashes")
        same = sum(
            lib.get_bucket("c1", f"p{n}@x.example") < 1000
            and lib.get_bucket("c2", f"p{n}@x.example") < 1000
            for n in range(size)
        )
        self.assertAlmostEqual(same / size, 0.01, delta=0.004)

    @given(st.lists(st.decimals(0, 100, places=3), max_size=8), st.integers(0, 3000))
    def test_every_bucket_is_in_exactly_one_range(self, percentages, start):
        shares = [Fraction(str(one)) * lib.BUCKETS / 100 for one in percentages]
        if start + sum(shares) > lib.BUCKETS:
            with self.assertRaises(ValueError):
                lib.share_out(percentages, start)
            return
        ranges = lib.share_out(percentages, start)
        rest = lib.get_rest([*ranges, (0, start)])
        owners = [
            sum(low <= bucket < high for low, high in [(0, start), *ranges, rest])
            for bucket in range(lib.BUCKETS)
        ]
        self.assertEqual(set(owners), {1})
        for share, (low, high) in zip(shares, ranges, strict=True):
            self.assertLess(abs(high - low - share), 1)

    @given(st.lists(st.integers(0, 4000), min_size=2, max_size=4))
    def test_the_largest_remainder_is_the_fairest(self, parts):
        """Oracle: no other way to round has a smaller sum of deviations."""
        assume(sum(parts))
        percentages = [Fraction(part * 100, sum(parts)) for part in parts]
        percentages = [float(round(one, 6)) for one in percentages]
        assume(sum(Fraction(str(one)) for one in percentages) <= 100)
        shares = [Fraction(str(one)) * lib.BUCKETS / 100 for one in percentages]
        floors = [math.floor(share) for share in shares]
        extra = math.floor(sum(shares)) - sum(floors)
        ups = [1] * extra + [0] * (len(shares) - extra)

        def get_deviation(sizes):
            return sum(abs(size - share) for size, share in zip(sizes, shares, strict=True))

        best = min(
            get_deviation([floor + up for floor, up in zip(floors, order, strict=True)])
            for order in set(permutations(ups))
        )
        sizes = [high - low for low, high in lib.share_out(percentages)]
        self.assertEqual(get_deviation(sizes), best)

    def test_the_rest_starts_at_the_first_gap(self):
        self.assertEqual(lib.get_rest([(500, 1500), (0, 500)]), (1500, 10_000))
        self.assertEqual(lib.get_rest([(500, 1500), (2500, 3500)], 500), (1500, 10_000))
        self.assertEqual(lib.get_rest([]), (0, 10_000))
        self.assertEqual(lib.get_rest([(0, 10_000)]), (10_000, 10_000))


@tagged("post_install", "-at_install")
class TestRates(BaseCase):
    @given(rates, rates)
    def test_the_test_is_the_chi_square_test(self, one, other):
        """Oracle: the sum over the four cells of (observed - expected)² / expected."""
        p = lib.compare_rates(one, other)
        total = one.trials + other.trials
        successes = one.successes + other.successes
        if not (one.trials and other.trials and 0 < successes < total):
            self.assertIsNone(p)
            return
        chi_square = Fraction(0)
        for rate in (one, other):
            for column, seen in (
                (successes, rate.successes),
                (total - successes, rate.trials - rate.successes),
            ):
                expected = Fraction(rate.trials * column, total)
                chi_square += (seen - expected) ** 2 / expected
        self.assertAlmostEqual(p, math.erfc(math.sqrt(chi_square / 2)), places=9)
        self.assertAlmostEqual(p, lib.compare_rates(other, one), places=12)

    def test_the_test_errs_as_seldom_as_it_says(self):
        """Oracle: every outcome of two equal variants, with its probability."""
        for size, share in ((30, 0.3), (40, 0.5), (60, 0.2)):
            weights = get_binomial(size, share)
            wrong = sum(
                weights[a] * weights[b]
                for a in range(size + 1)
                for b in range(size + 1)
                if (lib.compare_rates(lib.Rate(a, size), lib.Rate(b, size)) or 1) < 0.05
            )
            self.assertLess(wrong, 0.06)

    @given(rates)
    def test_interval_is_where_the_score_test_agrees(self, rate):
        """Oracle: the ends are found by halving until the test just rejects."""
        assume(rate.trials)
        interval = lib.get_rate_interval(rate)

        def rejects(share):
            error = math.sqrt(share * (1 - share) / rate.trials)
            return error == 0 or abs(rate.value - share) / error > 1.959963984540054

        for end, far in ((interval.low, 0.0), (interval.high, 1.0)):
            near = rate.value
            for _step in range(60):
                middle = (near + far) / 2
                near, far = (near, middle) if rejects(middle) else (middle, far)
            self.assertAlmostEqual(end, near, places=6)

    def test_intervals_cover_the_truth(self):
        """Oracle: every outcome, with its probability."""
        size = 40
        for first, second in ((0.1, 0.1), (0.2, 0.35), (0.5, 0.5), (0.05, 0.3)):
            weights = get_binomial(size, first), get_binomial(size, second)
            covered = covered_lift = 0.0
            for a in range(size + 1):
                one = lib.Rate(a, size)
                low, high = lib.get_rate_interval(one)
                covered += weights[0][a] * (low <= first <= high)
                for b in range(size + 1):
                    low, high = lib.get_rate_lift(one, lib.Rate(b, size))
                    covered_lift += weights[0][a] * weights[1][b] * (low <= first - second <= high)
            self.assertGreater(covered, 0.92)
            self.assertGreater(covered_lift, 0.93)

    def test_the_sample_finds_what_it_is_for(self):
        """Oracle: the power of the test, every outcome with its probability."""
        for share, lift in ((0.3, 0.6), (0.5, 0.4)):
            size = lib.get_rate_sample(share, lift)
            worse, better = get_binomial(size, share), get_binomial(size, share * (1 + lift))
            power = sum(
                worse[a] * better[b]
                for a in range(size + 1)
                for b in range(size + 1)
                if (lib.compare_rates(lib.Rate(a, size), lib.Rate(b, size)) or 1) < 0.05
            )
            self.assertAlmostEqual(power, 0.8, delta=0.03)

    def test_no_sample_without_a_rate(self):
        self.assertIsNone(lib.get_rate_sample(0, 0.2))
        self.assertIsNone(lib.get_rate_sample(1, 0.2))
        self.assertIsNone(lib.get_rate_sample(0.2, 0))


@tagged("post_install", "-at_install")
class TestAmounts(BaseCase):
    @given(st.floats(0.01, 30), st.integers(1, 200))
    @settings(max_examples=40)
    def test_student_against_the_area_under_his_curve(self, t, freedom):
        """Oracle: Simpson's rule over the density."""
        log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
        scale = math.exp(log_scale) / math.sqrt(freedom * math.pi)

        def get_density(x):
            return scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)

        inside = 2 * integrate(get_density, 0, t)
        self.assertAlmostEqual(lib.get_t_tail(t, freedom), 1 - inside, places=6)

    def test_student_against_his_tables(self):
        for freedom, quantile in ((1, 12.7062), (5, 2.5706), (30, 2.0423), (1_000_000, 1.95997)):
            self.assertAlmostEqual(lib.get_t_quantile(0.05, freedom), quantile, places=4)

    @given(paid, paid)
    def test_welch_by_definition(self, first, second):
        """Oracle: means and variances from the single amounts, exactly."""
        p = lib.compare_amounts(amounts(first), amounts(second))

        def describe(values):
            mean = Fraction(sum(values), len(values))
            square = sum((value - mean) ** 2 for value in values)
            return mean, square / (len(values) - 1) / len(values)

        (mean, error), (other_mean, other_error) = describe(first), describe(second)
        if not error + other_error:
            self.assertIsNone(p)
            return
        freedom = (error + other_error) ** 2 / (
            error**2 / (len(first) - 1) + other_error**2 / (len(second) - 1)
        )
        t = float(mean - other_mean) / math.sqrt(error + other_error)
        self.assertAlmostEqual(p, lib.get_t_tail(t, float(freedom)), places=9)
        low, high = lib.get_amount_lift(amounts(first), amounts(second))
        self.assertEqual(low <= 0 <= high, p >= 0.05 or math.isclose(p, 0.05, rel_tol=1e-6))

    def test_too_few_to_compare(self):
        one = lib.Amounts(1, 5, 25, 1)
        self.assertIsNone(lib.compare_amounts(one, one))
        self.assertEqual(lib.get_amount_lift(one, one), (0, 0))
        self.assertEqual(lib.get_amount_interval(one), (5, 5))
        self.assertIsNone(lib.get_amount_sample(0, 1, 0.2))


@tagged("post_install", "-at_install")
class TestJudgement(BaseCase):
    @given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=6))
    def test_holm_step_by_step(self, p_values):
        """Oracle: the definition: rejected at each level as long as the smaller ones are."""
        corrected = lib.correct(p_values)
        for alpha in (0.01, 0.05, 0.2, 0.7):
            known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
            rejected = set()
            for rank, (p, place) in enumerate(known):
                if p > alpha / (len(known) - rank):
                    break
                rejected.add(place)
            found = {place for place, p in enumerate(corrected) if p is not None and p <= alpha}
            self.assertLessEqual(
                {place for place in found ^ rejected if abs(corrected[place] - alpha) > 1e-9}, set()
            )
        self.assertEqual([p is None for p in corrected], [p is None for p in p_values])

    @given(st.lists(rates, min_size=1, max_size=5), st.randoms(use_true_random=False))
    def test_the_order_of_the_variants_changes_nothing(self, samples, shuffler):
        order = list(range(len(samples)))
        shuffler.shuffle(order)
        one, other = lib.judge(samples), lib.judge([samples[place] for place in order])
        self.assertEqual(one.status, other.status)
        self.assertEqual(one.needed, other.needed)
        if one.leader is not None:
            leaders = samples[one.leader], samples[order[other.leader]]
            self.assertEqual(leaders[0].value, leaders[1].value)

    def test_words(self):
        rate, judge = lib.Rate, lib.judge
        cases = (
            # a clear winner
            ([rate(300, 1000), rate(200, 1000)], "clear", ["best", "worse"]),
            # few people: nothing to say, however far apart
            ([rate(3, 8), rate(0, 8)], "not_enough", ["leading", "not_enough"]),
            ([rate(12, 60), rate(9, 60)], "not_enough", ["leading", "not_enough"]),
            # many people, and no difference
            ([rate(2000, 10_000), rate(2010, 10_000)], "even", ["even", "leading"]),
            # one of three is worse, the two others do not differ
            (
                [rate(2000, 10_000), rate(2010, 10_000), rate(1500, 10_000)],
                "even",
                ["even", "leading", "worse"],
            ),
            ([rate(0, 0), rate(0, 0)], "not_enough", ["not_enough", "not_enough"]),
            ([rate(0, 500), rate(0, 500)], "not_enough", ["leading", "not_enough"]),
            ([rate(200, 1000)], "not_enough", ["leading"]),
        )
        for samples, status, verdicts in cases:
            judgement = judge(samples)
            self.assertEqual((judgement.status, judgement.verdicts), (status, verdicts), samples)

    def test_many_variants_need_more(self):
        """A difference that convinces between two may be chance among five."""
        two = [lib.Rate(128, 1000), lib.Rate(97, 1000)]
        self.assertEqual(lib.judge(two).status, "clear")
        five = [*two, lib.Rate(98, 1000), lib.Rate(99, 1000), lib.Rate(100, 1000)]
        self.assertEqual(lib.judge(five).status, "not_enough")

    def test_who_looks_often_needs_more(self):
        samples = [lib.Rate(128, 1000), lib.Rate(97, 1000)]
        self.assertEqual(lib.judge(samples, looks=4).status, "not_enough")

    def test_amounts(self):
        rich, poor = [0] * 900 + [100] * 100, [0] * 950 + [100] * 50
        self.assertEqual(lib.judge([amounts(poor), amounts(rich)]).verdicts, ["worse", "best"])
        lucky = [0] * 999 + [100_000]
        judgement = lib.judge([amounts(lucky), amounts(poor)])
        self.assertEqual(judgement.status, "not_enough", "one big order proves nothing")
