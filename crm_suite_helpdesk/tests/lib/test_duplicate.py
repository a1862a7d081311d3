from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite.lib.arabic import normalize

from ...lib import duplicate
from ...lib.duplicate import SIMILAR

WORDS = st.frozensets(st.text("abcdeپاهل", min_size=1, max_size=7), max_size=8)


@tagged("post_install", "-at_install")
class TestDuplicate(TransactionCase):
    def score(self, one, other):
        return duplicate.similarity(
            duplicate.words_of(one, normalize), duplicate.words_of(other, normalize)
        )

    def test_similar(self):
        for one, other in (
            ("The printer is on fire", "Printer on fire!!"),
            ("Invoice INV/2026/0042 is wrong", "wrong invoice inv/2026/0042"),
            ("Printers jammed", "printer jam, it jammed"),
            ("الطابعة لا تعمل", "طابعة لا تعمل"),
            ("فاتورة أكتوبر خاطئة", "فاتوره اكتوبر خاطئه"),
            ("Help", "help please"),
        ):
            self.assertGreaterEqual(self.score(one, other), SIMILAR, (one, other))

    def test_different(self):
        for one, other in (
            ("The printer is on fire", "The invoice is wrong"),
            ("I have a problem with my order", "I have a question about the warranty"),
            ("Please help with the door", "Please help with the roof"),
            ("", "anything"),
            ("الطابعة لا تعمل", "الفاتورة خاطئة"),
        ):
            self.assertLess(self.score(one, other), SIMILAR, (one, other))

    @given(WORDS, WORDS)
    def test_a_measure(self, one, other):
        score = duplicate.similarity(one, other)
        self.assertTrue(0 <= score <= 1)
        self.assertEqual(score, duplicate.similarity(other, one))
        self.assertEqual(duplicate.similarity(one, one), 1.0 if one else 0.0)

    @given(st.text())
    def test_any_subject(self, subject):
        words = duplicate.words_of(subject, normalize)
        self.assertTrue(all(words))
