"""The compiled expression must decide as the domain does, for every record.

The oracle reads the domain with Odoo's rules, written down once more as plainly as possible.
"""

import contextlib
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from ...lib.domain_compiler import (
    CLOCK,
    DomainNotCompilable,
    clock_terms,
    compile_domain,
    domain_fields,
    normalize_domain,
)

TYPES = {
    "name": "char",
    "kind": "selection",
    "amount": "float",
    "count": "integer",
    "ready": "boolean",
    "partner_id": "many2one",
    "tag_ids": "many2many",
    "day": "date",
    "moment": "datetime",
    "note": "html",
}
VALUES = {
    "name": st.sampled_from([False, "", "a", "o'b", 'q"', "مرحبا", "a\\b"]),
    "kind": st.sampled_from([False, "x", "y"]),
    "amount": st.sampled_from([0.0, -1.5, 2.0, 10.25]),
    "count": st.sampled_from([0, -3, 1, 7]),
    "ready": st.booleans(),
    "partner_id": st.sampled_from([False, 1, 2]),
    "tag_ids": st.lists(st.sampled_from([1, 2, 3]), unique=True),
    "day": st.sampled_from([False, "2024-01-01", "2024-02-29", "2025-12-31"]),
    "moment": st.sampled_from([False, "2024-01-01 00:00:00", "2024-01-01 10:30:00"]),
}
NUMBERS = {"amount", "count"}
DATES = {"day", "moment"}


def constants(field):
    if field == "tag_ids":
        return st.sampled_from([False, 1, 2, 3])
    return VALUES[field]


@st.composite
def conditions(draw):
    field = draw(st.sampled_from(sorted(VALUES)))
    operators = ["=", "!=", "in", "not in"]
    if field in NUMBERS | DATES:
        operators += ["<", "<=", ">", ">="]
    operator = draw(st.sampled_from(operators))
    if operator in ("in", "not in"):
        value = draw(st.lists(constants(field), max_size=3))
    elif operator in ("=", "!="):
        value = draw(constants(field))
    else:
        value = draw(constants(field).filter(lambda value: value is not False))
    return (field, operator, value)


trees = st.recursive(
    conditions(),
    lambda children: st.one_of(
        st.tuples(st.just("!"), children),
        st.tuples(st.sampled_from("&|"), children, children),
    ),
    max_leaves=6,
)


def flatten(tree):
    if tree[0] in ("&", "|", "!"):
        return [tree[0]] + [token for child in tree[1:] for token in flatten(child)]
    return [tree]


def holds(tree, record):
    """Slow and obvious: what the domain means for a record."""
    if tree[0] == "!":
        return not holds(tree[1], record)
    if tree[0] == "&":
        return holds(tree[1], record) and holds(tree[2], record)
    if tree[0] == "|":
        return holds(tree[1], record) or holds(tree[2], record)
    field, operator, value = tree
    actual = record[field]
    if operator in ("=", "!=", "in", "not in"):
        values = value if operator in ("in", "not in") else [value]
        found = any(is_same(actual, each) for each in values)
        return found if operator in ("=", "in") else not found
    if field in DATES and not actual:
        return False
    return {
        "<": actual < value,
        "<=": actual <= value,
        ">": actual > value,
        ">=": actual >= value,
    }[operator]


def is_same(actual, wanted):
    if isinstance(actual, list):
        return not actual if wanted is False else wanted in actual
    return (not actual and not wanted) or (bool(actual) and actual == wanted)


def evaluate(expression, record):
    return bool(eval(expression, {"__builtins__": {}}, dict(record)))  # pylint: disable=eval-used


class TestDomainCompiler(unittest.TestCase):
    @settings(max_examples=400, deadline=None)
    @given(st.lists(trees, max_size=3), st.fixed_dictionaries(VALUES))
    def test_agrees_with_the_domain(self, forest, record):
        domain = [token for tree in forest for token in flatten(tree)]
        expected = all(holds(tree, record) for tree in forest)
        self.assertEqual(evaluate(compile_domain(domain, TYPES), record), expected, domain)

    @given(st.lists(trees, max_size=3))
    def test_names_every_field_that_it_reads(self, forest):
        domain = [token for tree in forest for token in flatten(tree)]
        names = compile(compile_domain(domain, TYPES), "", "eval").co_names
        self.assertLessEqual(set(names), domain_fields(domain))

    @given(st.recursive(st.one_of(st.none(), st.booleans(), st.text(), st.integers()), st.lists))
    def test_never_fails_but_by_refusing(self, anything):
        with contextlib.suppress(DomainNotCompilable):
            compile_domain(anything, TYPES)

    def test_refuses_with_the_reason(self):
        for reason, domain in [
            ("syntax", "not a list"),
            ("syntax", ["&", ("name", "=", "a")]),
            ("syntax", [("name", "=")]),
            ("path", [("partner_id.name", "=", "a")]),
            ("unknown_field", [("nothing", "=", "a")]),
            ("field_type", [("note", "=", False)]),
            ("operator", [("name", "ilike", "a")]),
            ("operator", [("name", "<", "a")]),
            ("operator", [("partner_id", "child_of", 1)]),
            ("value", [("partner_id", "=", "Azure")]),
            ("value", [("amount", ">", "1")]),
            ("value", [("amount", ">", float("nan"))]),
            ("value", [("amount", ">", float("inf"))]),
            ("value", [("amount", "=", 10**400)]),
            ("size", ["|"] * 300 + [("amount", "=", 1)] * 301),
            ("size", ["!"] * 60 + [("amount", "=", 1)]),
            ("value", [("day", "<", "2024-01-01 10:00:00")]),
            ("value", [("day", "<", "today -1m")]),
            ("value", [("day", "<", "today =5d")]),
            ("value", [("day", "<", "today +2H")]),
            ("value", [("day", "<", "now -1d")]),
            ("value", [("moment", ">", "today =1d -1d +1m")]),
            ("value", [("moment", ">", "now =1d")]),
            ("value", [("moment", ">", "today\n")]),
            ("value", [("kind", "in", "x")]),
        ]:
            with self.subTest(domain=domain), self.assertRaises(DomainNotCompilable) as caught:
                compile_domain(domain, TYPES)
            self.assertEqual(caught.exception.reason, reason, domain)

    def test_cannot_inject_code(self):
        domain = [("name", "=", "' or __import__('os') or '")]
        self.assertFalse(evaluate(compile_domain(domain, TYPES), {"name": "x"}))
        with self.assertRaises(DomainNotCompilable):
            compile_domain([("name) or (1", "=", "a")], {**TYPES, "name) or (1": "char"})

    def test_the_server_says_what_today_is(self):
        expression = compile_domain([("day", "<", "today"), ("moment", ">=", "today -7d")], TYPES)
        self.assertEqual(clock_terms(expression), {"today", "@today -7d"})
        record = {"day": "2024-01-01", "moment": "2024-02-01 10:00:00"}
        clock = {"today": "2024-01-02", "@today -7d": "2024-02-01 09:00:00"}
        self.assertTrue(evaluate(expression, {**record, CLOCK: clock}))
        for other in ({"today": "2024-01-01"}, {"@today -7d": "2024-02-01 11:00:00"}):
            self.assertFalse(evaluate(expression, {**record, CLOCK: {**clock, **other}}))
        # a form that was opened before the rule was made
        for clock in ({}, False):
            self.assertFalse(evaluate(expression, {**record, CLOCK: clock}))

    @given(st.lists(trees, max_size=3), st.fixed_dictionaries(VALUES))
    def test_a_normal_domain_means_the_same(self, forest, record):
        domain = [token for tree in forest for token in flatten(tree)]
        normal = normalize_domain(domain, TYPES)
        self.assertEqual(normalize_domain(normal, TYPES), normal)
        self.assertEqual(
            evaluate(compile_domain(normal, TYPES), record),
            evaluate(compile_domain(domain, TYPES), record),
        )
