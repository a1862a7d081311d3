from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from odoo.tests import TransactionCase, tagged

from ...lib import placeholders

NAMES = st.sampled_from(["customer", "number", "deadline", "unknown"])
TEXT = st.text(alphabet="ab <&{}|\n", max_size=8)
PIECES = st.lists(
    st.one_of(
        st.tuples(st.just("text"), TEXT.filter(lambda t: "{" not in t and "}" not in t)),
        st.tuples(st.just("name"), NAMES),
        st.tuples(st.just("default"), NAMES, TEXT.filter(lambda t: not set("{}|") & set(t))),
    ),
    max_size=8,
)
VALUES = st.fixed_dictionaries({}, optional={"customer": TEXT, "number": TEXT})


@tagged("post_install", "-at_install")
class TestPlaceholders(TransactionCase):
    @given(PIECES, VALUES)
    def test_against_piece_by_piece(self, pieces, values):
        text, expected, missing = "", "", []
        for kind, *what in pieces:
            if kind == "text":
                text += what[0]
                expected += what[0]
                continue
            name, *default = what
            token = "{{%s%s}}" % (name, "|" + default[0] if default else "")
            text += token
            if values.get(name):
                expected += str(escape(values[name]))
            elif default:
                expected += default[0].strip()
            else:
                expected += token
                missing += [] if name in missing else [name]
        self.assertEqual(placeholders.fill(text, values, escape), (expected, missing))

    def test_a_value_is_not_looked_at_again(self):
        text, missing = placeholders.fill("{{a}}", {"a": "{{b}}", "b": "secret"})
        self.assertEqual((text, missing), ("{{b}}", []))

    def test_only_names_are_replaced(self):
        for text in ("{{ 1 + 1 }}", "{{object.user_id}}", "{{__class__}}", "{{}}", "{ {a} }"):
            self.assertEqual(placeholders.fill(text, {"a": "x"}), (text, []))

    def test_unknown(self):
        self.assertEqual(
            placeholders.find_unknown("{{ a }} {{b|x}} {{c}} {{c}}", ["a"]), ["b", "c"]
        )
