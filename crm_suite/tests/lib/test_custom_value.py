import math
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import custom_value

KINDS = (
    *("char", "text", "html", "integer", "float", "monetary", "boolean"),
    *("date", "datetime", "selection", "many2one", "many2many"),
)


@tagged("post_install", "-at_install")
class TestCustomValue(BaseCase):
    def get(self, kind, *sent, required=False, options=()):
        text = custom_value.clean(kind, sent)
        error = custom_value.find_error(kind, text, required, options)
        return error or custom_value.read(kind, text)

    def test_numbers_are_read_in_any_digits(self):
        self.assertEqual(self.get("integer", " ١٢٣ "), 123)
        self.assertEqual(self.get("float", "١٬٢٥٠٫٥"), 1250.5)
        self.assertEqual(self.get("monetary", "-.5"), -0.5)
        self.assertEqual(self.get("integer", "0"), 0)

    def test_what_is_no_number_is_refused(self):
        for text in ("abc", "1.5", "1e3", "--1", "nan", "1,5", "٣ أيام"):
            self.assertEqual(self.get("integer", text), "whole", text)
        for text in ("abc", "1e3", "inf", "nan", "1,5", ".", "0x10", "1 000"):
            self.assertEqual(self.get("float", text), "number", text)
        self.assertEqual(self.get("integer", "2147483648"), "range")
        self.assertEqual(self.get("float", "10000000000000"), "range")

    def test_days_and_moments(self):
        self.assertEqual(self.get("date", "2026-02-28"), date(2026, 2, 28))
        self.assertEqual(self.get("date", "٢٠٢٦-٠٢-٢٨"), date(2026, 2, 28))
        self.assertEqual(self.get("datetime", "2026-02-28T13:05"), datetime(2026, 2, 28, 13, 5))
        for text in ("2026-02-30", "28/02/2026", "0001-01-01", "2026-W01-1", "tomorrow"):
            self.assertEqual(self.get("date", text), "date", text)
        self.assertEqual(self.get("datetime", "2026-02-28"), "datetime")
        self.assertEqual(self.get("datetime", "2026-02-28T25:00"), "datetime")

    def test_only_what_is_offered_can_be_chosen(self):
        self.assertEqual(self.get("selection", "a", options={"a"}), "a")
        self.assertEqual(self.get("selection", "b", options={"a"}), "choice")
        self.assertEqual(self.get("many2one", "7", options={"7"}), 7)
        self.assertEqual(self.get("many2one", "٧", options={"7"}), 7)
        self.assertEqual(self.get("many2one", "8", options={"7"}), "choice")
        self.assertEqual(self.get("many2many", "7", "9", "7", "", options={"7", "9"}), [7, 9])
        self.assertEqual(self.get("many2many", "7", "1", options={"7"}), "choice")
        many = [str(number) for number in range(200)]
        self.assertEqual(self.get("many2many", *many, options=set(many)), "choices")

    def test_required(self):
        for kind in KINDS:
            empty = False if kind == "boolean" else "required"
            self.assertEqual(self.get(kind, required=True), empty, kind)
            self.assertEqual(self.get(kind, "  ", required=True), empty, kind)
        self.assertIsNone(self.get("char", ""))

    def test_texts_lose_controls_and_keep_lines(self):
        self.assertEqual(self.get("char", " a\x00\u202eb \n c "), "ab c")
        self.assertEqual(self.get("text", " a\r\nb\x00 "), "a\nb")
        self.assertEqual(self.get("char", "x" * 256), "long")
        self.assertEqual(len(custom_value.shorten("char", "x" * 100_000)), 510)

    def test_zero_is_a_value(self):
        for value in (0, 0.0, "x", True):
            self.assertFalse(custom_value.is_empty(value))
        for value in (False, None, "", [], b""):
            self.assertTrue(custom_value.is_empty(value))

    @given(
        kind=st.sampled_from(KINDS),
        sent=st.lists(st.one_of(st.text(), st.none(), st.integers(), st.binary()), max_size=5),
        required=st.booleans(),
    )
    def test_whatever_is_sent_is_read_or_refused(self, kind, sent, required):
        """Oracle: the Python type that a column of the kind stores, within its bounds."""
        options = {text for text in sent if isinstance(text, str) and text.isdigit()}
        text = custom_value.clean(kind, sent)
        if custom_value.find_error(kind, text, required, options):
            return
        value = custom_value.read(kind, text)
        types = {
            "integer": int,
            "float": float,
            "monetary": float,
            "boolean": bool,
            "date": date,
            "datetime": datetime,
            "many2one": int,
            "many2many": list,
        }
        if value is not None:
            self.assertIsInstance(value, types.get(kind, str))
        if kind == "integer" and value is not None:
            self.assertLess(abs(value), 2**31)
        if kind in ("float", "monetary") and value is not None:
            self.assertTrue(math.isfinite(value))
        if isinstance(value, str):
            self.assertNotIn("\x00", value)
            value.encode()
        # cleaning what is shown again changes nothing
        again = text if isinstance(text, list) else [text]
        self.assertEqual(custom_value.clean(kind, again), text)
