from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.occasion import birthdays_on


@tagged("post_install", "-at_install")
class TestBirthdays(BaseCase):
    @given(st.dates(date(1900, 1, 1), date(2024, 12, 31)), st.integers(1990, 2100))
    def test_everybody_once_a_year(self, birthdate, year):
        first = date(year, 1, 1)
        days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
        found = [day for day in days if f"{birthdate:%m%d}" in birthdays_on(day)]
        self.assertEqual(len(found), 1)
        try:
            self.assertEqual(found[0], birthdate.replace(year=year))
        except ValueError:
            self.assertEqual(found[0], date(year, 2, 28))
