from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import mail_ladder

STEPS = st.lists(
    st.tuples(st.integers(1, mail_ladder.MAX_MINUTES), st.integers(1, 500)), min_size=1, max_size=6
)


@tagged("post_install", "-at_install")
class TestMailLadder(BaseCase):
    def test_ladders_are_read(self):
        self.assertEqual(mail_ladder.parse("60:25, 10:10"), ((10, 10), (60, 25)))
        self.assertEqual(mail_ladder.parse(" 10 : 10 ;"), ((10, 10),))
        self.assertEqual(mail_ladder.parse(""), ())
        self.assertEqual(mail_ladder.parse(False), ())
        for wrong in ("10", "10:0", "0:10", "9999:1", "-1:5", "a:b", "1:1:1", "1:1," * 11, "١:x"):
            with self.subTest(wrong=wrong), self.assertRaises(ValueError):
                mail_ladder.parse(wrong)

    def test_the_first_steps(self):
        steps = mail_ladder.DEFAULT
        self.assertFalse(mail_ladder.is_exceeded(steps, [0] * 10))
        self.assertTrue(mail_ladder.is_exceeded(steps, [0] * 11))
        self.assertFalse(mail_ladder.is_exceeded(steps, [0] * 11, factor=2))
        self.assertFalse(mail_ladder.is_exceeded(steps, [0] * 10 + [20] * 5))
        self.assertTrue(mail_ladder.is_exceeded(steps, [0] * 10 + [20] * 6))

    @given(STEPS, st.lists(st.floats(0, 2000, allow_nan=False), max_size=60), st.integers(1, 4))
    def test_it_counts_as_a_person_would(self, steps, ages, factor):
        expected = False
        for minutes, mails in steps:
            counted = 0
            for age in ages:
                if age <= minutes:
                    counted += 1
            expected = expected or counted > mails * factor
        self.assertEqual(mail_ladder.is_exceeded(steps, ages, factor), expected)

    @given(STEPS)
    def test_what_is_written_is_read(self, steps):
        text = ", ".join(f"{minutes}:{mails}" for minutes, mails in steps)
        self.assertEqual(mail_ladder.parse(text), tuple(sorted(steps)))
