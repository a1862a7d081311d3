"""A/B tests: who gets which variant, and what the results say. No Odoo.

Everybody falls into one of `BUCKETS` buckets by a hash of his address, so whoever asks again gets
the same answer. Of rates and of amounts it is said how sure a difference is, or that there is not
enough data to say anything.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

BUCKETS = 10_000
# What has to be expected in each cell of the table before its test is believed
MIN_EXPECTED = 5
# Amounts are skewed, most people pay nothing: the mean needs more of those who pay
MIN_PAYERS = 10
POWER = 0.8


class Rate(NamedTuple):
    """How many of how many recipients did it."""

    successes: int
    trials: int

    @property
    def value(self):
        return self.successes / self.trials if self.trials else 0.0


class Amounts(NamedTuple):
    """What recipients paid: how many recipients, the sum, the sum of squares, how many paid."""

    trials: int
    total: float
    squares: float
    payers: int

    @property
    def value(self):
        return self.total / self.trials if self.trials else 0.0

    @property
    def variance(self):
        """Sample variance; 0 of less than two recipients."""
        if self.trials < 2:
            return 0.0
        return max(self.squares - self.total**2 / self.trials, 0.0) / (self.trials - 1)


class Interval(NamedTuple):
    low: float
    high: float


class Judgement(NamedTuple):
    """What can be said of several variants.

    :param status: ``clear`` (one is better than all others), ``even`` (enough data, and no
        difference that matters) or ``not_enough``.
    :param leader: place of the one with the best result so far, None without any recipient.
    :param verdicts: of each variant ``best``, ``leading``, ``worse``, ``even`` or ``not_enough``.
    :param p_values: of each variant against the leader, corrected for all pairs (of the leader:
        the largest of them); None where nothing can be computed.
    :param needed: recipients each variant needs, None while nobody has reacted at all.
    """

    status: str
    leader: int | None
    verdicts: list[str]
    p_values: list[float | None]
    needed: int | None


# ----------------------------------------------------------------------
# Arms
# ----------------------------------------------------------------------


def get_bucket(seed: str, identity: str) -> int:
    """Return the bucket of an address: 0 to `BUCKETS` - 1. `get_bucket` of models in SQL:
    ``('x'||substr(md5(seed||':'||identity),1,8))::bit(32)::bigint % 10000``.
    """
    digest = hashlib.md5(f"{seed}:{identity}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % BUCKETS


def share_out(percentages: Sequence[float], start: int = 0) -> list[tuple[int, int]]:
    """Return for each percentage of all buckets its range (first, one after the last), one behind
    the other from `start` on.

    What does not come out even goes by the largest remainder (Hamilton's method), the first one
    of equals first.

    :raise ValueError: for a percentage below 0, or more than there is behind `start`
    """
    shares = [Fraction(str(percentage)) * BUCKETS / 100 for percentage in percentages]
    total = math.floor(sum(shares))
    if any(share < 0 for share in shares) or start + sum(shares) > BUCKETS:
        raise ValueError("more than all, or less than nothing")
    sizes = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: sizes[place] - shares[place])
    for place in by_remainder[: total - sum(sizes)]:
        sizes[place] += 1
    ranges = []
    for size in sizes:
        ranges.append((start, start + size))
        start += size
    return ranges


def get_rest(taken: Iterable[tuple[int, int]], start: int = 0) -> tuple[int, int]:
    """Return the range from the first bucket at or behind `start` that nobody has, to the end."""
    for low, high in sorted(taken):
        if low > start:
            break
        start = max(start, high)
    return start, BUCKETS


# ----------------------------------------------------------------------
# Rates
# ----------------------------------------------------------------------


def compare_rates(one: Rate, other: Rate) -> float | None:
    """Return the two-sided p-value of the pooled two-proportion z-test (Fleiss, Levin, Paik,
    Statistical Methods for Rates and Proportions, 3rd ed., 3.1, without continuity correction;
    the same as Pearson's chi-square). None when nothing can be told apart.
    """
    if not (one.trials and other.trials):
        return None
    pooled = (one.successes + other.successes) / (one.trials + other.trials)
    variance = pooled * (1 - pooled) * (1 / one.trials + 1 / other.trials)
    if variance <= 0:
        return None
    return math.erfc(abs(one.value - other.value) / math.sqrt(2 * variance))


def get_rate_interval(rate: Rate, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval (Wilson 1927, JASA 22:209)."""
    if not rate.trials:
        return Interval(0.0, 1.0)
    z, n = _get_z(confidence), rate.trials
    centre = (rate.value + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(rate.value * (1 - rate.value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0))


def get_rate_lift(one: Rate, other: Rate, confidence: float = 0.95) -> Interval:
    """Return the interval of the difference `one` - `other`: Newcombe's hybrid score interval
    (Newcombe 1998, Statistics in Medicine 17:873, method 10).
    """
    first, second = get_rate_interval(one, confidence), get_rate_interval(other, confidence)
    difference = one.value - other.value
    return Interval(
        difference - math.hypot(one.value - first.low, second.high - other.value),
        difference + math.hypot(first.high - one.value, other.value - second.low),
    )


def get_rate_sample(rate: float, lift: float, alpha: float = 0.05) -> int | None:
    """Return how many recipients each of two variants needs, so that a `rate` that grows by the
    part `lift` (0.2: from 10 % to 12 %) is noticed four times of five (Fleiss, Levin, Paik, 4.2).
    None when the rate is 0, or nothing is left to gain.
    """
    better = min(rate * (1 + lift), 1.0)
    if not 0 < rate < 1 or better <= rate:
        return None
    mean = (rate + better) / 2
    normal = NormalDist()
    width = normal.inv_cdf(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    width += normal.inv_cdf(POWER) * math.sqrt(rate * (1 - rate) + better * (1 - better))
    return math.ceil((width / (better - rate)) ** 2)


# ----------------------------------------------------------------------
# Amounts
# ----------------------------------------------------------------------


def compare_amounts(one: Amounts, other: Amounts) -> float | None:
    """Return the two-sided p-value of Welch's test of two means (Welch 1947, Biometrika 34:28).
    None when nothing can be told apart.
    """
    error, freedom = _get_welch_error(one, other)
    if not error:
        return None
    return get_t_tail((one.value - other.value) / error, freedom)


def get_amount_interval(amounts: Amounts, confidence: float = 0.95) -> Interval:
    """Return Student's interval of the mean per recipient."""
    if amounts.trials < 2:
        return Interval(amounts.value, amounts.value)
    half = get_t_quantile(1 - confidence, amounts.trials - 1)
    half *= math.sqrt(amounts.variance / amounts.trials)
    return Interval(amounts.value - half, amounts.value + half)


def get_amount_lift(one: Amounts, other: Amounts, confidence: float = 0.95) -> Interval:
    """Return the interval of the difference of the means `one` - `other` (Welch)."""
    error, freedom = _get_welch_error(one, other)
    difference = one.value - other.value
    half = error * get_t_quantile(1 - confidence, freedom) if error else 0.0
    return Interval(difference - half, difference + half)


def get_amount_sample(mean: float, variance: float, lift: float, alpha=0.05) -> int | None:
    """Return how many recipients each of two variants needs, so that a mean that grows by the part
    `lift` is noticed four times of five (Chow, Shao, Wang, Sample Size Calculations, 3.2).
    """
    if mean <= 0 or variance <= 0 or lift <= 0:
        return None
    normal = NormalDist()
    width = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER)
    return math.ceil(2 * variance * (width / (mean * lift)) ** 2)


def _get_welch_error(one, other):
    """:return: standard error of the difference, and Satterthwaite's degrees of freedom."""
    if one.trials < 2 or other.trials < 2:
        return 0.0, 0.0
    first, second = one.variance / one.trials, other.variance / other.trials
    if first + second <= 0:
        return 0.0, 0.0
    # as shares of their sum: the squares of very small numbers would vanish
    share = first / (first + second)
    freedom = 1 / (share**2 / (one.trials - 1) + (1 - share) ** 2 / (other.trials - 1))
    return math.sqrt(first + second), freedom


def get_t_tail(t: float, freedom: float) -> float:
    """Return how probable Student's t is to be this far from 0 or further, on both sides."""
    return _get_incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def get_t_quantile(tail: float, freedom: float) -> float:
    """Return the t beyond which, on both sides, lies the probability `tail`."""
    low, high = 0.0, 1.0
    while get_t_tail(high, freedom) > tail:
        high *= 2
    for _step in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if get_t_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def _get_incomplete_beta(a, b, x):
    """:return: I_x(a, b) by its continued fraction (DLMF 8.17.22; evaluation by Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _get_incomplete_beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(front + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    result, c, d = 1.0, 1.0, 0.0
    for step in range(1000):
        m = step // 2
        if not step:
            term = 1.0
        elif step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        result *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * (result - 1)


# ----------------------------------------------------------------------
# Several variants
# ----------------------------------------------------------------------


def correct(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number (Holm 1979, Scand. J. Statist. 6:65)."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected, worst = [None] * len(p_values), 0.0
    for rank, (p, place) in enumerate(known):
        worst = max(worst, min(p * (len(known) - rank), 1.0))
        corrected[place] = worst
    return corrected


def judge(
    samples: Sequence[Rate] | Sequence[Amounts],
    confidence: float = 0.95,
    lift: float = 0.2,
    looks: int = 1,
) -> Judgement:
    """Say whether one variant is better than the others.

    :param lift: the smallest gain that matters, as a part of the result
    :param looks: how often the results may be looked at before the decision; the error that is
        allowed is divided among them (Bonferroni)
    """
    alpha = (1 - confidence) / max(looks, 1)
    if not any(sample.trials for sample in samples):
        return Judgement(
            "not_enough", None, ["not_enough"] * len(samples), [None] * len(samples), None
        )
    leader = max(range(len(samples)), key=lambda place: samples[place].value)
    pairs = list(combinations(range(len(samples)), 2))
    compare = compare_rates if isinstance(samples[0], Rate) else compare_amounts
    corrected = dict(
        zip(pairs, correct([compare(samples[a], samples[b]) for a, b in pairs]), strict=True)
    )
    needed = _get_needed(samples, lift, alpha)
    verdicts, p_values = [], []
    for place, sample in enumerate(samples):
        if place == leader:
            verdicts.append("leading")
            p_values.append(None)
            continue
        p = corrected[min(place, leader), max(place, leader)]
        p_values.append(p)
        verdicts.append(_judge_pair(samples[leader], sample, p, alpha, needed))
    others = verdicts[:leader] + verdicts[leader + 1 :]
    p_values[leader] = max((p for p in p_values if p is not None), default=None)
    if not others or "not_enough" in others:
        return Judgement("not_enough", leader, verdicts, p_values, needed)
    if set(others) == {"worse"}:
        verdicts[leader] = "best"
        return Judgement("clear", leader, verdicts, p_values, needed)
    return Judgement("even", leader, verdicts, p_values, needed)


def _judge_pair(leader, other, p, alpha, needed):
    if p is not None and p < alpha and _is_reliable(leader, other):
        return "worse"
    if needed and min(leader.trials, other.trials) >= needed:
        return "even"
    return "not_enough"


def _is_reliable(one, other):
    """Whether each variant may be expected to have enough of both kinds of people (Cochran's rule
    for rates), were there no difference between the two.
    """
    if isinstance(one, Rate):
        share = (one.successes + other.successes) / (one.trials + other.trials)
        return min(one.trials, other.trials) * min(share, 1 - share) >= MIN_EXPECTED
    share = (one.payers + other.payers) / (one.trials + other.trials)
    return min(one.trials, other.trials) * share >= MIN_PAYERS


def _get_needed(samples, lift, alpha):
    trials = sum(sample.trials for sample in samples)
    if isinstance(samples[0], Rate):
        return get_rate_sample(sum(sample.successes for sample in samples) / trials, lift, alpha)
    everybody = Amounts(
        trials,
        sum(sample.total for sample in samples),
        sum(sample.squares for sample in samples),
        sum(sample.payers for sample in samples),
    )
    return get_amount_sample(everybody.value, everybody.variance, lift, alpha)


def _get_z(confidence):
    return NormalDist().inv_cdf((1 + confidence) / 2)
