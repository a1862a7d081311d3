from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import time_steps

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))
SPANS = st.timedeltas(timedelta(0), timedelta(days=1500))


@tagged("post_install", "-at_install")
class TestTimeSteps(BaseCase):
    @settings(max_examples=50)
    @given(MOMENTS, SPANS, st.floats(0, 1))
    def test_each_moment_has_its_step(self, first, span, place):
        unit = time_steps.choose_unit(first, first + span)
        steps = time_steps.list_steps(first, first + span, unit)
        self.assertEqual(steps, sorted(set(steps)))
        self.assertLessEqual(len(steps), time_steps.MOST_STEPS)
        moment = first + span * place
        start = time_steps.truncate(moment, unit)
        self.assertIn(start, steps)
        self.assertLessEqual(start, moment)
        self.assertGreater(time_steps.step(start, unit), moment)

    def test_of_very_many_steps_the_last_are_kept(self):
        first, last = datetime(1970, 1, 1), datetime(2026, 5, 17)
        steps = time_steps.list_steps(first, last, "month")
        self.assertEqual(len(steps), time_steps.MOST_STEPS)
        self.assertEqual(steps[-1], datetime(2026, 5, 1))
