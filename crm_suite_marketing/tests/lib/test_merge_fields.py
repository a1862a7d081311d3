import re
from datetime import date
from decimal import Decimal
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import merge_fields as lib
from ...lib import merge_formats
from ...lib.merge_formats import Choice, Money
from ...lib.merge_names import get_plain

NAMES = ["name", "city", "company.name", "orders"]
plain = st.text("ab é[]<>&\"'\\\n\u200f", max_size=8)
# what opens a field is made by the nodes alone
literals = plain.filter(lambda text: "[[" not in text and not text.endswith(("[", "\\")))
quoted = st.text("xy ي[]<&", max_size=5)
filters = st.one_of(
    st.sampled_from(["upper", "lower"]),
    st.integers(0, 9).map(lambda size: f"truncate:{size}"),
    quoted.map(lambda text: f'fallback:"{text}"'),
)
fields = st.tuples(st.just("field"), st.sampled_from(NAMES), st.lists(filters, max_size=3))
conditions = st.one_of(
    st.tuples(st.sampled_from(NAMES), st.just(""), st.just("")),
    st.tuples(st.sampled_from(NAMES), st.just("not"), st.just("")),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["=", "!="]), quoted),
)
leaves = st.one_of(literals, fields)
nodes = st.lists(
    st.recursive(
        leaves,
        lambda inner: st.tuples(
            st.just("if"), conditions, st.lists(inner, max_size=3), st.lists(inner, max_size=2)
        ),
        max_leaves=8,
    ),
    max_size=5,
)
values_of_people = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(st.none(), st.text("ab<&\"'[]|é \n", max_size=8), st.just("[[name]]")),
)


def depth(tree):
    deeper = [max(depth(node[2]), depth(node[3])) + 1 for node in tree if node[0:1] == ("if",)]
    return max(deeper, default=0)


def write(tree):
    """The source of a tree."""
    out = []
    for node in tree:
        if isinstance(node, str):
            out.append(node)
        elif node[0] == "field":
            out.append("[[" + "|".join([node[1], *node[2]]) + "]]")
        else:
            name, operator, word = node[1]
            test = f"not {name}" if operator == "not" else name
            if operator in ("=", "!="):
                test += f' {operator} "{word}"'
            otherwise = f"[[else]]{write(node[3])}" if node[3] else ""
            out.append(f"[[if {test}]]{write(node[2])}{otherwise}[[end]]")
    return "".join(out)


def say(tree, values):
    """The slow oracle: what a tree means, without reading its source."""
    out = ""
    for node in tree:
        if isinstance(node, str):
            out += node
            continue
        if node[0] == "field":
            value = values.get(node[1])
            value = value if (value or "").strip() else None
            for one in node[2]:
                word, _colon, argument = one.partition(":")
                if word == "fallback":
                    value = value if (value or "").strip() else argument[1:-1]
                elif value is not None and word == "truncate":
                    size = int(argument)
                    if len(value) > size:
                        value = value[: max(0, size - 1)].rstrip() + "…"
                elif value is not None:
                    value = value.upper() if word == "upper" else value.lower()
            out += value or ""
            continue
        name, operator, word = node[1]
        value = (values.get(name) or "").strip()
        if operator in ("=", "!="):
            same = bool(value) and value.casefold() == word.strip().casefold()
            holds = same == (operator == "=")
        else:
            holds = bool(value) == (operator == "")
        out += say(node[2] if holds else node[3], values)
    return out


def render(text, values, is_html=False, kind=None, lang="en_US"):
    template = lib.parse(text, is_html)
    kind = kind or ("html" if is_html else "text")
    return lib.render(template.compile(), values, kind, merge_formats.make_locale(lang))


@tagged("post_install", "-at_install")
class TestMergeFieldsLib(BaseCase):
    @given(nodes.filter(lambda tree: depth(tree) <= lib.MAX_DEPTH), values_of_people)
    def test_says_what_the_tree_means(self, tree, values):
        self.assertEqual(render(write(tree), values), say(tree, values))

    @given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30)))
    def test_values_are_never_read_again(self, values):
        source = "<p>[[name]] [[city|upper]]</p>"
        shown = render(source, values, is_html=True)
        self.assertRegex(shown, r"(?s)\A<p>[^<>]*</p>\Z")
        nasty = '[[city]] [[if x]] {{ 1 }} <t t-out="1"/> ${1} </p>'
        self.assertEqual(
            render("[[name]]", {"name": nasty, "city": "x"}, kind="html"),
            escape(nasty).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        )

    @given(st.text("[]ifelsnd |:\"'=<>&%5BD\\n\n", max_size=60), st.booleans())
    def test_any_text_is_read_or_refused_with_a_place(self, text, is_html):
        try:
            template = lib.parse(text, is_html)
        except lib.MergeFieldError as error:
            self.assertLess(error.position, max(1, len(text)))
        else:
            self.assertIsInstance(lib.render(template.compile(), {}, "html"), str)

    @given(st.text(max_size=40))
    def test_a_line_stays_a_line(self, value):
        shown = render("Hi [[name]]\r\nBcc: x", {"name": value}, kind="line")
        self.assertEqual(len(shown.splitlines()), 1)
        self.assertNotRegex(shown, "[\r\n\x00]")

    @given(st.text(max_size=40))
    def test_in_an_address_a_value_is_one_piece(self, value):
        shown = render('<a href="https://x.com/?c=[[name]]">x</a>', {"name": value}, is_html=True)
        self.assertRegex(shown, r'\A<a href="https://x\.com/\?c=[\w%.~-]*">x</a>\Z')

    def test_mistakes(self):
        for source, code in {
            "a [[if name]] b": "no_end",
            "[[end]]": "no_if",
            "[[else]]": "no_if",
            "[[if name]][[else]][[else]][[end]]": "second_else",
            "[[name": "unclosed_tag",
            "[[nam]]": "unknown_field",
            "[[name.__class__]]": "unknown_field",
            "[[if mail]][[end]]": "unknown_field",
            "[[if name or city]][[end]]": "syntax",
            "[[if not name = 1]][[end]]": "syntax",
            "[[name|sort]]": "unknown_filter",
            "[[name upper]]": "syntax",
            "[[name|truncate]]": "bad_argument",
            "[[name|fallback:friend]]": "bad_argument",
            "[[name|date:%Y]]": "syntax",
            "[[name|number:99]]": "bad_argument",
            "[[مرحبا]]": "unknown_field",
            "[[if name]]" * 6: "too_deep",
            "[[name]]" * 501: "too_many",
            f"[[name{' ' * 400}]]": "long_tag",
            "x" * (lib.MAX_TEXT + 1): "too_long",
        }.items():
            with self.subTest(source[:40]), self.assertRaises(lib.MergeFieldError) as caught:
                lib.parse(source, names=NAMES)
            self.assertEqual(caught.exception.code, code)
        with self.assertRaises(lib.MergeFieldError) as caught:
            lib.parse("Hi\n[[nmae]]", names=NAMES)
        self.assertEqual((caught.exception.position, caught.exception.hint), (3, "name"))

    def test_what_is_no_field(self):
        for source in ("[[1, 2]]", "[x]", "a[[", "[[ ]]", "[[]]", "[[__class__]]", "<!--[if mso]>"):
            self.assertEqual(render(source, {}), source)
        self.assertEqual(render(r"\[[name]]", {"name": "x"}), "[[name]]")

    def test_names_without_fields(self):
        for text, plain in {
            "B: hello [[first_name]]": "B: hello",
            "[[first_name]], our offers": "our offers",
            '[[name|fallback:"You"]], spring!': "You, spring!",
            "See [[if a]]you[[else]]us[[end]] there": "See us there",
            "مرحبا [[first_name]]، عروضنا": "مرحبا، عروضنا",
            "Old [[Offer": "Old Offer",
            "a [[name|nothing]] b": "a b",
            "[[name]]": "",
            "{[[name]]{ 1 + 1 }}": "{ { 1 + 1 }}",
        }.items():
            self.assertEqual(get_plain(text), plain)

    def test_places_in_html(self):
        for source, is_fine in {
            '<a href="https://x.com/[[name]]">x</a>': True,
            '<a href="https://x.com/?a=%5B%5Bname%7Cupper%5D%5D">x</a>': True,
            '<a href="mailto:[[name]]">x</a>': True,
            '<img src="/logo.png" alt="[[name|fallback:&quot;a&quot;]]">': True,
            "<p>[[if name]]</p><p>x</p><p>[[end]]</p>": True,
            "<p>[[name&nbsp;|&nbsp;upper]]</p>": True,
            '<a href="[[name]]">x</a>': False,
            '<a href="https://[[name]]/">x</a>': False,
            '<a href="https://x[[name]].com/">x</a>': False,
            '<a href="javascript:[[name]]">x</a>': False,
            '<a href="//[[name]]/">x</a>': False,
            '<a href="https://x.com/[[if name]]a[[end]]">x</a>': False,
            '<img src="x" onerror="[[name]]">': False,
            '<p style="color: [[name]]">x</p>': False,
            '<t t-out="[[name]]"></t>': False,
            "<style>[[name]]</style>": False,
            "<script>[[name]]</script>": False,
            "<!-- [[name]] -->": False,
            "<[[name]]>x": False,
            "<p [[name]]>x</p>": False,
            "<p>[[na<b>me</b>]]</p>": False,
            "<p>[[if name]]<b>x[[end]]</b></p>": False,
            "<table><tr><td>[[if name]]</td></tr></table>[[end]]": False,
        }.items():
            with self.subTest(source):
                if is_fine:
                    lib.parse(source, is_html=True)
                else:
                    with self.assertRaises(lib.MergeFieldError):
                        lib.parse(source, is_html=True)

    def test_values_in_the_language_of_the_reader(self):
        values = {
            "day": date(2026, 3, 5),
            "sum": Money(1234.5, "EGP"),
            "none": Money(0.0, "EGP"),
            "level": Choice("ذهبي", "gold"),
            "count": 1200,
            "is_new": True,
            "rate": Decimal("2.50"),
            "odd": float("nan"),
        }
        for source, english, arabic in (
            ("[[day|date:long]]", "March 5, 2026", "5 مارس 2026"),
            ("[[sum|currency]]", "EGP1,234.50", None),
            ("[[count]] [[rate]] [[rate|number:0]]", "1,200 2.5 2", "1,200 2.5 2"),
            ("[[level|upper]] [[odd]]", "ذهبي ", "ذهبي "),
            ("[[is_new]]", "yes", "yes"),
            ('[[if level = "gold"]]A[[end]][[if level = "ذهبي"]]B[[end]]', "AB", "AB"),
            ("[[if count > 1000]]A[[end]][[if count < 3]]B[[end]][[if odd > 1]]C[[end]]", "A", "A"),
            ('[[if day >= "2026-01-01"]]A[[end]][[if day < "soon"]]B[[end]]', "A", "A"),
            ("[[if sum]]A[[end]][[if none]]B[[end]][[if not none]]C[[end]]", "AC", "AC"),
            ("[[if is_new = true]]A[[end]]", None, None),
            ('[[if is_new = "true"]]A[[end]][[if gone != "x"]]B[[end]]', "AB", "AB"),
        ):
            with self.subTest(source):
                if english is None:
                    self.assertRaises(lib.MergeFieldError, render, source, values)
                    continue
                self.assertEqual(render(source, values), english)
                if arabic:
                    self.assertEqual(render(source, values, lang="ar_001"), arabic)
        self.assertEqual(render("[[day]]", values, lang="xx_YY"), "Mar 5, 2026")

    def test_title_and_long_values(self):
        self.assertEqual(render("[[name|title]]", {"name": "o'neil AL-masri"}), "O'neil Al-Masri")
        self.assertEqual(len(render("[[name]]", {"name": "x" * 9999})), lib.MAX_VALUE)
        self.assertEqual(render("[[name]]", {"name": "a\x00\ud800b"}), "ab")

    def test_marks_come_through_another_renderer(self):
        template = lib.parse("[[if city]]<b>[[name]]</b>[[else]]none[[end]]")
        self.assertEqual(template.names, {"name", "city"})
        # twice, without its end, and one that was never given
        text = template.text * 2 + template.text.rpartition(template.mark)[0] + f"{template.mark}9z"
        program = template.compile(text)
        self.assertEqual(lib.render(program, {"city": 1, "name": "x"}), "<b>x</b>" * 3)
        self.assertEqual(lib.render(program, {}), "none" * 3)
        other = lib.parse("[[name]]")
        self.assertNotEqual(other.mark, template.mark)
        self.assertFalse(re.search(r"\W", other.mark))

    def test_fields_without_fallback(self):
        source = '[[name]] [[city|fallback:"x"]] [[if orders]][[orders]][[end]]'
        self.assertEqual(lib.parse(source).names_without_fallback, {"name"})

    def test_hostile_sizes_are_quickly_read(self):
        """Quadratic reading of these would take minutes: the budget of the suite would show it."""
        many = lib.MAX_TEXT // 8
        for source in (
            "[[a" * many,
            "[[" * many,
            "[[ " * many,
            "]]" * many,
            '[[a|fallback:"' + "]]" * many,
            "[[if a]]" * many,
            "%5B%5B" * many,
            "\\[[a" * many,
            "<p>" * 3000 + "[[a]]",
            "&nbsp;" * many,
        ):
            for is_html in (False, True):
                try:
                    render(source, {"a": "x"}, is_html)
                except lib.MergeFieldError as error:
                    self.assertLessEqual(len(error.excerpt), lib.MAX_TAG)

    def test_first_names(self):
        for name, first in {
            "Amal Hassan": "Amal",
            "Dr. Amal Hassan": "Amal",
            "عبد الله محمد": "عبد الله",
            "د. أحمد علي": "أحمد",
            "Hassan, Amal": "Amal",
            "Abdul Rahman Said": "Abdul Rahman",
            "amal@example.com": "",
            "  ": "",
            "12 34": "",
            "Dr": "Dr",
            None: "",
        }.items():
            self.assertEqual(merge_formats.get_first_name(name), first)

    def test_what_has_no_amount(self):
        english = merge_formats.ENGLISH
        self.assertEqual(merge_formats.format_currency("x", None, english), "x")
        self.assertEqual(merge_formats.format_currency(5, "usd", english), "$5.00")
        self.assertEqual(merge_formats.format_date("x", None, english), "x")
