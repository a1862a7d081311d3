from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import filter_account as lib

LEAVES = st.sampled_from([("a", "=", 1), ("b", "=", 1), ("c", "=", 1), ("d", "=", 1)])


def joined(parts):
    return st.one_of(
        st.builds(lambda one: ["!", *one], parts),
        st.builds(lambda one, other: ["&", *one, *other], parts, parts),
        st.builds(lambda one, other: ["|", *one, *other], parts, parts),
    )


FILTERS = st.recursive(LEAVES.map(lambda leaf: [leaf]), joined, max_leaves=8)
TRUTHS = st.fixed_dictionaries({name: st.booleans() for name in "abcd"})


def decide_slowly(tokens, truth):
    """Read from the left, as a person would."""
    token, *rest = tokens
    if token == "!":
        value, rest = decide_slowly(rest, truth)
        return not value, rest
    if token in ("&", "|"):
        one, rest = decide_slowly(rest, truth)
        other, rest = decide_slowly(rest, truth)
        return (one and other if token == "&" else one or other), rest
    return truth[token[0]], rest


@tagged("post_install", "-at_install")
class TestFilterAccount(BaseCase):
    @settings(max_examples=300, deadline=None)
    @given(FILTERS, TRUTHS)
    def test_decides_as_the_filter_reads(self, tokens, truth):
        tree = lib.make_tree(tokens)
        found = lib.decide(tree, lambda leaf: truth[leaf[0]])
        self.assertEqual(found, decide_slowly(tokens, truth)[0])

    @settings(max_examples=300, deadline=None)
    @given(FILTERS, TRUTHS)
    def test_something_fails_exactly_when_the_filter_does(self, tokens, truth):
        tree = lib.make_tree(tokens)
        findings = lib.explain(tree, lambda leaf: truth[leaf[0]])
        self.assertEqual(
            all(finding.holds for finding in findings), decide_slowly(tokens, truth)[0]
        )

    @settings(max_examples=300, deadline=None)
    @given(FILTERS, TRUTHS)
    def test_each_condition_that_is_named_is_as_it_is_said_to_be(self, tokens, truth):
        tree = lib.make_tree(tokens)
        for finding in lib.explain(tree, lambda leaf: truth[leaf[0]]):
            for leaf in finding.leaves:
                self.assertEqual(truth[leaf[0]] != finding.is_negative, finding.holds)

    def test_conditions_side_by_side_must_all_hold(self):
        tree = lib.make_tree([("a", "=", 1), ("b", "=", 1)])
        findings = lib.explain(tree, lambda leaf: leaf[0] == "a")
        self.assertEqual(
            [(finding.leaves[0][0], finding.holds) for finding in findings],
            [("a", True), ("b", False)],
        )

    def test_a_choice_that_fails_names_all_of_it(self):
        tree = lib.make_tree(["|", ("a", "=", 1), ("b", "=", 1)])
        [finding] = lib.explain(tree, lambda leaf: False)
        self.assertEqual([leaf[0] for leaf in finding.leaves], ["a", "b"])

    def test_no_conditions(self):
        self.assertEqual(lib.explain(lib.make_tree([]), lambda leaf: False), [])
