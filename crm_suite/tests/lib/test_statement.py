import unittest
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ...lib.statement import Entry, OpenItem, run_balance, sum_ages

DAY = date(2026, 3, 1)
days = st.integers(-200, 200).map(lambda offset: DAY + timedelta(days=offset))
cents = st.integers(-(10**9), 10**9)


class TestStatement(unittest.TestCase):
    """The arithmetic of a statement, against sums of whole cents."""

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(days, cents), max_size=20), days)
    def test_running_balance(self, facts, begin):
        entries = [Entry(day, amount / 100, "entry") for day, amount in facts]
        opening, rows, closing = run_balance(entries, begin, 2)
        self.assertEqual(opening, sum(a for day, a in facts if day < begin) / 100)
        self.assertEqual(closing, sum(a for _day, a in facts) / 100)
        self.assertEqual(len(rows), sum(day >= begin for day, _a in facts))
        balance = opening
        for entry, after in rows:
            balance = round(balance + entry.amount, 2)
            self.assertEqual(after, balance)
        self.assertEqual([e.date for e, _b in rows], sorted(e.date for e, _b in rows))

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(days, cents), max_size=20))
    def test_ages(self, facts):
        items = [OpenItem(DAY, due, 0, amount / 100, "invoice", 1) for due, amount in facts]
        ages = sum_ages(items, DAY, 2)
        parts = ("not_due", "days_30", "days_60", "days_90", "days_more")
        self.assertEqual(ages["total"], sum(a for _d, a in facts) / 100)
        self.assertAlmostEqual(sum(ages[k] for k in parts) + ages["credit"], ages["total"], 2)
        self.assertEqual(ages["credit"], sum(a for _d, a in facts if a < 0) / 100)
        late = [a for d, a in facts if a > 0 and d < DAY]
        self.assertEqual(ages["overdue"], sum(late) / 100)
        old = [a for d, a in facts if a > 0 and (DAY - d).days > 90]
        self.assertEqual(ages["days_more"], sum(old) / 100)

    def test_borders_of_ages(self):
        for late, key in ((0, "not_due"), (1, "days_30"), (30, "days_30"), (31, "days_60")):
            item = OpenItem(DAY, DAY - timedelta(days=late), 1, 1, "invoice", 1)
            self.assertEqual(sum_ages([item], DAY, 2)[key], 1, late)

    def test_no_minus_zero(self):
        entries = [Entry(DAY, 0.1, "invoice"), Entry(DAY, -0.1, "payment")]
        self.assertEqual(str(run_balance(entries, None, 2)[2]), "0.0")
