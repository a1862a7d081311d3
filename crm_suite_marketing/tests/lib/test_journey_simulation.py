from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import journey_graph
from ...lib import journey_simulation as lib

START = datetime(2026, 3, 2, 9, 0)
HOUR = timedelta(hours=1)


class Paper:
    """A world whose answers stand in a list, from which they are taken in turn."""

    def __init__(self, answers=(), taken_out=None):
        self.answers = list(answers)
        self.taken_out = taken_out
        self.turn = 0

    def take(self):
        self.turn += 1
        return self.answers[self.turn % len(self.answers)] if self.answers else 0

    def get_due(self, node, came):
        hours = node.get("hours", self.take())
        return None if hours < 0 else came + hours * HOUR

    def get_target(self, node, came):
        hours = self.take()
        return came + hours * HOUR, hours < 0

    def find_met(self, node, came):
        hours = node.get("met", self.take())
        return None if hours < 0 else came + hours * HOUR

    def choose_arm(self, node):
        arms = node.get("arms") or ()
        return arms[self.take() % len(arms)] if arms else None

    def act(self, node, came):
        return lib.Fate(journey_graph.NEXT, came, "sent")

    def interrupt(self, came, left):
        if self.taken_out and (left is None or self.taken_out <= left):
            return self.taken_out, "exit_rule"
        return None


@st.composite
def graphs(draw):
    kinds = draw(
        st.lists(st.sampled_from([k for k in journey_graph.KINDS if k != "trigger"]), max_size=8)
    )
    nodes = [{"uid": "start", "kind": "trigger"}]
    for number, kind in enumerate(kinds):
        node = {"uid": f"n{number}", "kind": kind}
        if journey_graph.KINDS[kind].has_arms:
            node["arms"] = ["a", "b"]
        if kind == "jump":
            node["jump_uid"] = draw(st.sampled_from([f"n{n}" for n in range(len(kinds))]))
            node["jump_most"] = draw(st.integers(0, 3))
        node["exit_on_goal"] = draw(st.booleans())
        nodes.append(node)
    edges = []
    for node in nodes:
        for port in journey_graph.get_ports(node):
            target = draw(st.sampled_from([None, *(f"n{n}" for n in range(len(kinds)))]))
            if target:
                edges.append({"source": node["uid"], "port": port, "target": target})
    return {"nodes": nodes, "edges": edges}


ANSWERS = st.lists(st.integers(-1, 50), min_size=1, max_size=9)


@tagged("post_install", "-at_install")
class TestJourneySimulation(BaseCase):
    def _walk(self, graph, world, **options):
        return lib.walk(graph, lib.find_first(graph, "start"), START, world, **options)

    @settings(max_examples=300, deadline=None)
    @given(graphs(), ANSWERS, st.integers(1, 30))
    def test_every_walk_ends_within_its_bound(self, graph, answers, most):
        walk = self._walk(graph, Paper(answers), most=most)
        self.assertLessEqual(len(walk.visits), most)
        if walk.end == lib.BOUND:
            self.assertEqual(len(walk.visits), most)

    @settings(max_examples=300, deadline=None)
    @given(graphs(), ANSWERS)
    def test_nobody_goes_where_no_way_leads_or_back_in_time(self, graph, answers):
        walk = self._walk(graph, Paper(answers), most=40)
        nodes = {node["uid"]: node for node in graph["nodes"]}
        edges = {(edge["source"], edge["port"]): edge["target"] for edge in graph["edges"]}
        for visit, after in zip(walk.visits, walk.visits[1:], strict=False):
            self.assertIn(visit.fate.port, journey_graph.get_ports(nodes[visit.uid]))
            drawn = edges.get((visit.uid, visit.fate.port))
            self.assertEqual(drawn or nodes[visit.uid].get("jump_uid"), after.uid)
            self.assertGreaterEqual(visit.fate.left, visit.came)
            self.assertEqual(after.came, visit.fate.left)

    @settings(max_examples=300, deadline=None)
    @given(graphs(), ANSWERS)
    def test_passes_are_counted_for_each_node(self, graph, answers):
        seen = {}
        for visit in self._walk(graph, Paper(answers), most=40).visits:
            seen[visit.uid] = seen.get(visit.uid, 0) + 1
            self.assertEqual(visit.pass_number, seen[visit.uid])

    @settings(max_examples=200, deadline=None)
    @given(graphs(), ANSWERS, st.integers(0, 100))
    def test_whoever_is_taken_out_is_nowhere_afterwards(self, graph, answers, hours):
        at = START + hours * HOUR
        walk = self._walk(graph, Paper(answers, taken_out=at), most=40)
        for visit in walk.visits:
            self.assertLessEqual(visit.came, at)
            if visit.fate.left:
                self.assertLessEqual(visit.fate.left, at)

    @settings(max_examples=200, deadline=None)
    @given(graphs(), ANSWERS, st.integers(0, 100))
    def test_nothing_begins_after_the_last_day_shown(self, graph, answers, hours):
        until = START + hours * HOUR
        walk = self._walk(graph, Paper(answers), most=40, until=until)
        self.assertTrue(all(visit.came <= until for visit in walk.visits))

    def _line(self, *nodes, edges=()):
        graph = {"nodes": [{"uid": "start", "kind": "trigger"}, *nodes], "edges": []}
        for edge in edges:
            source, target = edge.split(" > ")
            source, _dot, port = source.partition(".")
            graph["edges"].append({"source": source, "port": port or "next", "target": target})
        return graph

    def test_a_condition_that_comes_true_in_time(self):
        graph = self._line(
            {"uid": "ask", "kind": "condition", "met": 3, "hours": 10}, edges=["start > ask"]
        )
        fate = self._walk(graph, Paper()).visits[0].fate
        self.assertEqual((fate.port, fate.left), ("yes", START + 3 * HOUR))

    def test_a_condition_that_comes_true_too_late(self):
        graph = self._line(
            {"uid": "ask", "kind": "condition", "met": 30, "hours": 10}, edges=["start > ask"]
        )
        fate = self._walk(graph, Paper()).visits[0].fate
        self.assertEqual((fate.port, fate.left), ("timeout", START + 10 * HOUR))

    def test_a_condition_without_end_that_never_comes_true(self):
        graph = self._line(
            {"uid": "ask", "kind": "condition", "met": -1, "hours": -1}, edges=["start > ask"]
        )
        self.assertEqual(self._walk(graph, Paper()).end, lib.STAYS)

    def test_a_branch_does_not_wait_for_what_comes_later(self):
        for met, port in ((0, "yes"), (1, "no"), (-1, "no")):
            graph = self._line({"uid": "ask", "kind": "branch", "met": met}, edges=["start > ask"])
            self.assertEqual(self._walk(graph, Paper()).visits[0].fate.port, port)

    def test_a_jump_goes_back_so_often(self):
        graph = self._line(
            {"uid": "mail", "kind": "mail"},
            {"uid": "again", "kind": "jump", "jump_uid": "mail", "jump_most": 2},
            edges=["start > mail", "mail > again"],
        )
        walk = self._walk(graph, Paper())
        self.assertEqual([visit.uid for visit in walk.visits].count("mail"), 3)
        self.assertEqual(walk.visits[-1].fate.port, "enough")
        self.assertEqual(walk.end, lib.END)

    def test_the_goal_ends_the_journey_where_it_says_so(self):
        for exits, end, visits in ((True, "goal", 1), (False, lib.END, 2)):
            graph = self._line(
                {"uid": "goal", "kind": "goal", "met": 0, "exit_on_goal": exits},
                {"uid": "mail", "kind": "mail"},
                edges=["start > goal", "goal > mail"],
            )
            walk = self._walk(graph, Paper())
            self.assertEqual((walk.end, len(walk.visits)), (end, visits))

    def test_a_start_that_leads_nowhere(self):
        walk = self._walk(self._line(), Paper())
        self.assertEqual((walk.visits, walk.end), ((), lib.END))
