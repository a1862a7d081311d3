from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_suite.lib.arabic import normalize

from ...lib.knowledge import MOST_TERMS, SMALL_WORDS, get_stem, get_terms

WORDS = st.text("abcdefgaeiouyst'0123456789 والبكفلتهيناتونمسحرق؟.-", max_size=80)


@tagged("post_install", "-at_install")
class TestKnowledge(BaseCase):
    @given(WORDS)
    def test_every_term_is_in_the_text(self, typed):
        text = normalize(typed)
        terms = get_terms(text)
        self.assertLessEqual(len(terms), MOST_TERMS)
        self.assertEqual(len(set(terms)), len(terms))
        for term in (term.part for term in terms):
            self.assertTrue(term.strip())
            self.assertIn(term.strip(), text)
            self.assertTrue(len(term) >= 3 or term.startswith(" "))

    @given(st.text(max_size=200))
    def test_any_text(self, typed):
        get_terms(normalize(typed))

    def test_forms_of_one_word(self):
        for word, forms in {
            "printer": ("printers", "printer's"),
            "invoice": ("invoices", "invoicing", "invoiced"),
            "battery": ("batteries",),
            "طابعه": ("الطابعه", "طابعتي", "والطابعه", "طابعات", "للطابعه", "طابعتها"),
            "فاتوره": ("فاتورتي", "الفاتوره", "بالفاتوره"),
        }.items():
            for form in forms:
                self.assertEqual(get_stem(form), get_stem(word), form)

    def test_small_words_say_nothing(self):
        [term] = get_terms("i have a problem with my printers")
        self.assertEqual(term, ("printer", "printers"))
        [term] = get_terms("عندي مشكله في الطابعه")
        self.assertEqual(term.part, "طابع")
        self.assertTrue(all(word == normalize(word) for word in SMALL_WORDS))
