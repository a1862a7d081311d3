from datetime import date, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import throttle as lib

START = datetime(2026, 3, 28, 21, 30)
warmups = st.builds(
    lib.Warmup,
    st.integers(-5, 3).map(lambda days: START.date() + timedelta(days=days)),
    st.integers(1, 30),
    st.sampled_from([1.1, 1.5, 2.0, 3.0]),
    st.integers(1, 200),
)
rates = st.tuples(st.integers(1, 50), st.sampled_from([60, 3600, 86400]))
limits = st.builds(
    lambda rate, warmup: lib.Limit(*rate, warmup),
    st.one_of(rates, st.just((0, 60))),
    st.one_of(st.none(), warmups),
)
# what happens: after so many seconds somebody wants so many
steps = st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 60)), min_size=1, max_size=12)


def count_amount(warmup, day):
    """The amount of a day, day after day."""
    amount, at = Fraction(warmup.first), warmup.start
    while at < day:
        amount, at = amount * Fraction(str(warmup.factor)), at + lib.DAY
        if amount >= warmup.full:
            return None
    return None if amount >= warmup.full else int(amount)


@tagged("post_install", "-at_install")
class TestThrottle(BaseCase):
    @given(warmups, st.integers(-10, 60))
    def test_curve(self, warmup, days):
        day = START.date() + timedelta(days=days)
        amount = lib.get_amount(warmup, day)
        self.assertEqual(amount, count_amount(warmup, day))
        self.assertIsNone(lib.get_amount(None, day))
        last = warmup.start + timedelta(days=lib.get_warmup_days(warmup))
        self.assertIsNone(lib.get_amount(warmup, last), "then as always")

    @settings(max_examples=60)
    @given(limits, steps)
    def test_bucket(self, limit, steps):
        """Against a bucket that counts exactly, and each day's messages by themselves."""
        state, now = None, START
        tokens = burst = max(Fraction(2), Fraction(limit.rate * lib.BURST, limit.seconds))
        days = {}
        for seconds, wanted in steps:
            now += timedelta(seconds=seconds)
            tokens = min(tokens + Fraction(limit.rate * seconds, limit.seconds), burst)
            granted, times, state = lib.take(limit, state, wanted, now)
            expected = wanted
            if limit.rate:
                expected = min(expected, int(tokens))
            amount = limit.warmup and count_amount(limit.warmup, now.date())
            if amount is not None:
                expected = min(expected, amount - days.get(now.date(), 0))
            self.assertEqual(granted, expected)
            if limit.rate:
                tokens -= granted
            days[now.date()] = days.get(now.date(), 0) + granted
            self.assertEqual(len(times), wanted - granted, "everybody goes now or is told when")
            self.assertEqual(times, sorted(times))
            self.assertTrue(all(at >= now for at in times))

    @settings(max_examples=40)
    @given(limits, st.integers(1, 120), st.integers(0, 30))
    def test_queue(self, limit, wanted, more):
        """Whoever comes when he was told is let in, and nobody waits longer than he must."""
        granted, times, state = lib.take(limit, None, wanted, START)
        others = lib.take(limit, state, more, START)[1]
        waiting = times + others
        self.assertEqual(len(waiting), wanted - granted + more - (more - len(others)))
        self.assertEqual(waiting, sorted(waiting), "who comes later stands behind")
        state = lib.take(limit, lib.take(limit, None, wanted, START)[2], more, START)[2]
        for at in waiting:
            # seconds are full in the database
            at += timedelta(seconds=1)
            went, _times, state = lib.take(limit, state, 1, at)
            self.assertEqual(went, 1)
        if limit.warmup:
            days = {}
            for at in waiting:
                days[at.date()] = days.get(at.date(), 0) + 1
            for day, number in days.items():
                amount = count_amount(limit.warmup, day)
                self.assertTrue(amount is None or number <= amount)

    @given(limits, st.integers(0, 40), st.integers(0, 40))
    def test_given_back(self, limit, wanted, back):
        granted, _times, state = lib.take(limit, None, wanted, START)
        back = min(back, granted)
        left = lib.give_back(limit, state, back, START)
        self.assertEqual(left.used, granted - back)
        if limit.rate:
            self.assertAlmostEqual(left.tokens, lib.get_burst(limit) - granted + back)

    def test_an_hour_at_full_speed(self):
        limit, state, went = lib.Limit(600, 3600), None, 0
        for minute in range(61):
            granted, _times, state = lib.take(limit, state, 200, START + timedelta(minutes=minute))
            went += granted
        self.assertEqual(went, 610, "600 an hour, and ten at once in the beginning")

    def test_clock_that_goes_back(self):
        limit = lib.Limit(60, 60)
        _granted, _times, state = lib.take(limit, None, 60, START)
        granted, _times, state = lib.take(limit, state, 5, START - timedelta(hours=1))
        self.assertEqual(granted, 0)
        self.assertEqual(lib.take(limit, state, 5, START + timedelta(seconds=5))[0], 5)

    @given(st.lists(st.integers(0, 40_000), min_size=1, max_size=30), st.booleans())
    def test_holds(self, gaps, is_lost):
        first, longest = lib.FIRST_HOLD, lib.LONGEST_HOLD
        if is_lost:
            first, longest = lib.FIRST_RETRY, lib.LONGEST_RETRY
        level, until, now, length = 0, None, START, None
        for gap in gaps:
            now += timedelta(seconds=gap)
            before = until
            level, until = lib.hold(level, until, now, is_lost)
            if before and before > now:
                self.assertEqual(until, before, "held already")
                continue
            again = before and now - before <= length
            length = min(length * 2, longest) if again else first
            self.assertEqual(until - now, length)

    def test_days_of_warmup(self):
        warmup = lib.Warmup(date(2026, 3, 1), 50, 2.0, 1000)
        self.assertEqual(lib.get_warmup_days(warmup), 5)
        amounts = [lib.get_amount(warmup, date(2026, 3, day)) for day in range(1, 7)]
        self.assertEqual(amounts, [50, 100, 200, 400, 800, None])
