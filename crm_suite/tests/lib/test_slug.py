import unittest

from hypothesis import given
from hypothesis import strategies as st

from ...lib.slug import (
    MAX_BYTES,
    clashes,
    is_option_value,
    is_technical_name,
    option_value,
    slugify,
    technical_name,
)

LABELS = st.one_of(
    st.text(max_size=120),
    st.text("aA1 _-", max_size=8),
    st.sampled_from(["رقم العقد", "Équipe", "false", "契約", "x_cs_", "Contract", "Contract no"]),
)


class TestSlug(unittest.TestCase):
    def test_words(self):
        self.assertEqual(slugify("Équipe n° 1"), "equipe_n_1")
        self.assertEqual(slugify("رقم العقد"), "")
        self.assertEqual(slugify("  __Contract__ (old) "), "contract_old")
        self.assertEqual(technical_name("Contract Number", ()), "x_cs_contract_number")
        self.assertEqual(technical_name("رقم العقد", ()), "x_cs_f1001")
        self.assertEqual(technical_name("رقم VAT", ()), "x_cs_vat")
        self.assertEqual(option_value("False", ()), "v1001_false")

    @given(st.lists(LABELS, max_size=30))
    def test_names_are_valid_and_none_begins_with_another(self, labels):
        names = []
        for label in labels:
            name = technical_name(label, names)
            self.assertTrue(is_technical_name(name), name)
            self.assertLessEqual(len(name.encode()), MAX_BYTES)
            self.assertFalse(clashes(name, names))
            names.append(name)
        for first in names:
            self.assertEqual([name for name in names if name.startswith(first)], [first])

    @given(st.lists(LABELS, max_size=30))
    def test_values_are_valid_and_differ(self, labels):
        values = []
        for label in labels:
            values.append(option_value(label, values))
        self.assertEqual(len(set(values)), len(values))
        self.assertTrue(all(map(is_option_value, values)))

    def test_what_is_no_name(self):
        for name in ("x_cs_", "x_cs_A", "x_cs_a b", "x_studio_a", "x_cs_a;drop", "x_cs_a_", "x_a"):
            self.assertFalse(is_technical_name(name), name)
        self.assertFalse(is_technical_name("x_cs_" + "a" * 60))
        self.assertFalse(is_technical_name("x_cs_é"))
