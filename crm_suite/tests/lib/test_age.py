from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...lib import age

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


class TestAge(BaseCase):
    @given(born=DAYS, days=st.integers(0, 40000))
    @example(born=date(2000, 2, 29), days=365)
    @example(born=date(2000, 2, 29), days=366 + 3 * 365)
    def test_completed_years(self, born, days):
        today = born + timedelta(days)
        birthdays = 0
        for year in range(born.year + 1, today.year + 1):
            try:
                birthday = born.replace(year=year)
            except ValueError:
                birthday = date(year, 2, 28)
            birthdays += birthday <= today
        self.assertEqual(age.completed_years(born, today), birthdays)

    @given(years=st.integers(0, 120), today=DAYS)
    @example(years=1, today=date(2001, 2, 28))
    @example(years=1, today=date(2024, 2, 29))
    @example(years=4, today=date(2024, 2, 29))
    @example(years=4, today=date(2024, 2, 28))
    def test_latest_birth(self, years, today):
        latest = age.latest_birth(years, today)
        self.assertGreaterEqual(age.completed_years(latest, today), years)
        self.assertLess(age.completed_years(latest + timedelta(1), today), years)

    def test_leap_day(self):
        born = date(2000, 2, 29)
        self.assertEqual(age.completed_years(born, date(2001, 2, 27)), 0)
        self.assertEqual(age.completed_years(born, date(2001, 2, 28)), 1)
        self.assertEqual(age.completed_years(born, date(2004, 2, 28)), 3)
        self.assertEqual(age.completed_years(born, date(2004, 2, 29)), 4)

    def test_beyond_the_calendar(self):
        self.assertIsNone(age.latest_birth(2026, date(2026, 1, 1)))
        self.assertIsNone(age.latest_birth(9999, date(2026, 1, 1)))
