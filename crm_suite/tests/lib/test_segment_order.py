from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.segment_order import find_circle, get_jaccard, order_inner_first

graphs = st.dictionaries(st.integers(1, 8), st.sets(st.integers(1, 8), max_size=4), max_size=8)


def reach(graph, start):
    """Everything that a set is made of, the slow way."""
    found: set = set()
    while True:
        more = {inner for id_ in found | {start} for inner in graph.get(id_, ())}
        if more <= found:
            return found
        found |= more


@tagged("post_install", "-at_install")
class TestOrder(BaseCase):
    @given(graphs, st.lists(st.integers(1, 8), max_size=8))
    def test_inner_first(self, graph, ids):
        order = order_inner_first(ids, lambda id_: graph.get(id_, ()))
        self.assertEqual(len(order), len(set(order)))
        self.assertEqual(set(order), set(ids).union(*(reach(graph, id_) for id_ in ids)))
        for id_ in order:
            for inner in graph.get(id_, ()):
                if id_ not in reach(graph, inner):
                    self.assertLess(order.index(inner), order.index(id_))

    @given(graphs, st.integers(1, 8))
    def test_circles(self, graph, start):
        circle = find_circle(start, lambda id_: graph.get(id_, ()))
        self.assertEqual(circle is not None, start in reach(graph, start))
        if circle:
            self.assertEqual((circle[0], circle[-1]), (start, start))
            for outer, inner in pairwise(circle):
                self.assertIn(inner, graph[outer])

    @given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
    def test_jaccard(self, first, second):
        expected = len(first & second) / len(first | second) if first | second else 0
        found = get_jaccard(len(first), len(second), len(first & second))
        self.assertAlmostEqual(found, expected)
