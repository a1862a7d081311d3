import math

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import lifetime_value as value

DAYS = st.integers(0, 20000)


@tagged("post_install", "-at_install")
class TestLifetimeValue(BaseCase):
    @given(st.integers(0, 60), DAYS, DAYS, st.none() | st.integers(1, 400))
    def test_churn_risk_is_the_formula(self, repeats, span, more, interval):
        """1 - P(alive) of the paper, with the power multiplied out step by step."""
        alpha = 0.525 * interval if interval else 43.281
        ratio = (alpha + span + more) / (alpha + span)
        power = math.pow(ratio, 0.525)
        for _i in range(repeats):
            power *= ratio
        expected = 1 - 1 / (1 + 0.891 / (1.614 + repeats) * power)
        found = value.get_churn_risk(repeats, span, span + more, interval)
        self.assertAlmostEqual(found, expected, 9)
        self.assertTrue(0 < found <= 1)

    @given(st.integers(0, 60), DAYS, DAYS, DAYS, st.integers(1, 400))
    def test_silence_makes_it_worse(self, repeats, span, less, more, interval):
        less, more = sorted((less, more))
        self.assertLessEqual(
            value.get_churn_risk(repeats, span, span + less, interval),
            value.get_churn_risk(repeats, span, span + more, interval),
        )

    def test_churn_risk_against_the_own_rhythm(self):
        """Both are silent for 90 days: who bought each month is gone, who bought yearly is not."""
        monthly = value.get_churn_risk(12, 360, 450, 30)
        yearly = value.get_churn_risk(3, 1080, 1170, 30)
        self.assertGreater(monthly, 2 * yearly)
        # nothing overflows
        self.assertAlmostEqual(value.get_churn_risk(5000, 5000, 20000, 1), 1)

    def test_retention_rate(self):
        self.assertEqual(value.get_retention_rate(0, 0), 0.5, "nothing is known")
        self.assertEqual(value.get_retention_rate(8, 8), 0.9)
        self.assertAlmostEqual(value.get_retention_rate(998, 749), 0.75)

    @given(
        st.floats(0, 1000),
        st.floats(0, 0.99),
        st.floats(0.01, 1),
        st.floats(0, 1),
    )
    def test_projected_value_is_the_sum_of_the_years(self, margin, retention, discount, risk):
        """The margins of all years to come, each with the chance that he is still there."""
        expected, chance = 0.0, 1 - risk
        for _year in range(3000):
            chance *= retention / (1 + discount)
            expected += margin * chance
        found = value.get_projected_value(margin, retention, discount, risk)
        self.assertAlmostEqual(found, expected, delta=max(1e-6, expected * 1e-9))
