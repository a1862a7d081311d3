from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...lib.journey_diff import Change, compare

UIDS = st.sampled_from("abcde")
KINDS = st.sampled_from(["wait", "mail", "exit"])
SETTINGS = st.dictionaries(
    st.sampled_from(["amount", "name", "arms"]), st.integers(1, 3) | st.lists(st.integers(1, 2))
)


@st.composite
def graphs(draw):
    uids = draw(st.lists(UIDS, unique=True))
    nodes = [{"uid": uid, "kind": draw(KINDS), "settings": draw(SETTINGS)} for uid in uids]
    ways = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(uids), st.sampled_from(["next", "yes"])),
            st.sampled_from(uids),
        )
        if uids
        else st.just({})
    )
    edges = [
        {"source": source, "port": port, "target": target}
        for (source, port), target in ways.items()
    ]
    return {"nodes": nodes, "edges": edges}


def as_plain(graph):
    """What there is, one fact a line, in a way of its own."""
    nodes = {node["uid"]: node for node in graph["nodes"]}
    facts = {("node", uid, ""): True for uid in nodes}
    for uid, node in nodes.items():
        facts["setting", uid, "kind"] = node["kind"]
        for name, value in node["settings"].items():
            facts["setting", uid, name] = value
    for edge in graph["edges"]:
        facts["way", edge["source"], edge["port"]] = edge["target"]
    return facts


class TestJourneyDiff(BaseCase):
    @given(graphs(), graphs())
    def test_each_fact_that_differs_is_told_once(self, before, after):
        old, new = as_plain(before), as_plain(after)
        stayed = {uid for what, uid, _name in old if what == "node" and ("node", uid, "") in new}
        changes = compare(before, after)
        told = {(one.what, one.uid, one.name): (one.before, one.after) for one in changes}
        self.assertEqual(len(told), len(changes))
        for key in old.keys() | new.keys():
            what, uid, _name = key
            is_different = old.get(key) != new.get(key)
            if what == "node":
                self.assertEqual(key in told, is_different)
            elif what == "setting":
                self.assertEqual(key in told, is_different and uid in stayed)
            else:
                self.assertEqual(key in told, is_different and ("node", uid, "") in new)
            if key in told and what != "node":
                self.assertEqual(told[key], (old.get(key), new.get(key)))
        self.assertLessEqual(told.keys(), old.keys() | new.keys())

    @given(graphs(), st.randoms(use_true_random=False))
    def test_the_order_makes_no_difference(self, graph, random):
        shuffled = {"nodes": list(graph["nodes"]), "edges": list(graph["edges"])}
        random.shuffle(shuffled["nodes"])
        random.shuffle(shuffled["edges"])
        self.assertEqual(compare(graph, shuffled), [])

    @given(graphs(), graphs())
    def test_back_again(self, before, after):
        there = {(one.what, one.uid, one.name) for one in compare(before, after)}
        back = {(one.what, one.uid, one.name) for one in compare(after, before)}
        # ways of nodes that are gone are told in one direction only
        ways = {key for key in there ^ back if key[0] == "way"}
        self.assertEqual(there - ways, back - ways)

    def test_something_else_happens_there(self):
        before = {"nodes": [{"uid": "a", "kind": "wait", "settings": {}}], "edges": []}
        after = {"nodes": [{"uid": "a", "kind": "exit", "settings": {}}], "edges": []}
        self.assertEqual(compare(before, after), [Change("setting", "a", "kind", "wait", "exit")])
