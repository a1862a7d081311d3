from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.property_value import KINDS, NotConvertible, convert

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TYPES = {
    "boolean": bool,
    "char": str,
    "date": date,
    "datetime": datetime,
    "float": float,
    "html": str,
    "integer": int,
    "many2many": list,
    "many2one": int,
    "monetary": float,
    "selection": str,
    "text": str,
}


@tagged("post_install", "-at_install")
class TestPropertyValue(BaseCase):
    @given(st.sampled_from(sorted(KINDS)), JSON)
    def test_a_column_gets_what_it_can_hold_or_nothing(self, kind, value):
        try:
            converted = convert(kind, value, {"a": "first"})
        except NotConvertible:
            return
        self.assertTrue(converted is None or type(converted) is TYPES[kind])

    def test_values(self):
        for kind, value, expected in (
            ("char", "A", "A"),
            ("boolean", True, True),
            ("boolean", False, None),
            ("integer", 0, 0),
            ("integer", 7.0, 7),
            ("float", 7, 7.0),
            ("monetary", 1.5, 1.5),
            ("date", "2026-03-04", date(2026, 3, 4)),
            ("datetime", "2026-03-04 05:06:07", datetime(2026, 3, 4, 5, 6, 7)),
            ("selection", "a", "first"),
            ("many2one", 7, 7),
            ("many2many", [7, 8, 7], [7, 8]),
            ("many2many", [], None),
            ("text", "", None),
        ):
            with self.subTest(kind=kind, value=value):
                self.assertEqual(convert(kind, value, {"a": "first"}), expected)

    def test_what_was_of_another_type_once_is_refused(self):
        for kind, value in (
            ("char", 5),
            ("char", "a\0b"),
            ("boolean", "yes"),
            ("integer", 1.5),
            ("integer", 2**40),
            ("integer", True),
            ("float", "1"),
            ("date", "yesterday"),
            ("datetime", 5),
            ("selection", "b"),
            ("selection", ["a"]),
            ("many2one", "5"),
            ("many2one", -1),
            ("many2many", [1, "x"]),
            ("tags", ["a"]),
        ):
            with self.subTest(kind=kind, value=value), self.assertRaises(NotConvertible):
                convert(kind, value, {"a": "first"})
