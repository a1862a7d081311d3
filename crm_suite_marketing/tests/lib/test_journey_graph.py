import json

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import journey_graph as lib

KINDS = ("mail", "wait", "branch", "condition", "split", "goal", "jump", "exit", "until", "tag")


@st.composite
def graphs(draw):
    """Graphs whose parts are all there; where they lead is left to chance."""
    count = draw(st.integers(1, 7))
    uids = [f"n{number}" for number in range(count)]
    nodes = [{"uid": "start", "kind": "trigger"}]
    for uid in uids:
        node = {"uid": uid, "kind": draw(st.sampled_from(KINDS))}
        if node["kind"] == "split":
            node["arms"] = ["a", "b"]
            node["weights"] = draw(st.sampled_from([[50, 50], [0, 0], [100, 0]]))
        if node["kind"] == "jump":
            node["jump_uid"] = draw(st.sampled_from([*uids, "nowhere"]))
        if node["kind"] in ("wait", "condition"):
            node["amount"] = draw(st.sampled_from([0, 1, 3]))
        if node["kind"] in lib.ASKING and draw(st.booleans()):
            node["about_node_uid"] = draw(st.sampled_from([*uids, "nowhere"]))
        nodes.append(node)
    edges = []
    for node in nodes:
        if node["kind"] == "jump":
            ports = ["enough"]
        else:
            ports = lib.get_ports(node)
        edges += [
            {"source": node["uid"], "port": port, "target": draw(st.sampled_from(uids))}
            for port in ports
            if draw(st.integers(0, 3))
        ]
    return {"nodes": nodes, "edges": edges}


def spell_ways(graph):
    """All ways as pairs, said in the plainest way."""
    by_uid = {node["uid"]: node for node in graph["nodes"]}
    ways = [(edge["source"], edge["port"], edge["target"]) for edge in graph["edges"]]
    for node in graph["nodes"]:
        target = node.get("jump_uid")
        if node["kind"] == "jump" and target in by_uid and target != node["uid"]:
            ways.append((node["uid"], "next", target))
    return by_uid, ways


def close(pairs, uids):
    """Who can be reached from whom by one way or more (Warshall)."""
    reach = {(one, other): (one, other) in pairs for one in uids for other in uids}
    for middle in uids:
        for one in uids:
            for other in uids:
                if reach[one, middle] and reach[middle, other]:
                    reach[one, other] = True
    return reach


def has(problems, code):
    return {problem.uids for problem in problems if problem.code == code}


def build(*edges, **nodes):
    """A graph in a line: ``build("start > a", a={"kind": "wait"})``."""
    listed = [{"uid": "start", "kind": "trigger"}]
    listed += [{"uid": uid, **values} for uid, values in nodes.items()]
    ways = []
    for edge in edges:
        source, target = edge.split(" > ")
        source, _dot, port = source.partition(".")
        ways.append({"source": source, "port": port or "next", "target": target})
    return {"nodes": listed, "edges": ways}


@tagged("post_install", "-at_install")
class TestJourneyGraph(BaseCase):
    @settings(max_examples=300, deadline=None)
    @given(graphs())
    def test_reach_and_loops_as_one_who_tries_all_ways(self, graph):
        problems = lib.check(graph)
        by_uid, ways = spell_ways(graph)
        reach = close({(source, target) for source, _port, target in ways}, by_uid)
        self.assertEqual(
            has(problems, "unreachable"),
            {
                (uid,)
                for uid, node in by_uid.items()
                if uid != "start" and node["kind"] != "goal" and not reach["start", uid]
            },
        )
        self.assertEqual(
            bool(has(problems, "start_nowhere")),
            not any(source == "start" for source, _port, _target in ways),
        )
        at_once = set()
        for source, port, target in ways:
            node = by_uid[source]
            waits = node["kind"] in ("wait", "condition") and node["amount"] > 0
            if not waits or (node["kind"] == "condition" and port == "yes"):
                at_once.add((source, target))
        around = close(at_once, by_uid)
        looping = {uid for uid in by_uid if around[uid, uid]}
        self.assertEqual({uid for uids in has(problems, "loop") for uid in uids}, looping)
        for uids in has(problems, "loop"):
            self.assertTrue(all(around[one, other] for one in uids for other in uids))
        for node in graph["nodes"]:
            about = node.get("about_node_uid")
            if not about:
                continue
            is_message = about in by_uid and by_uid[about]["kind"] in lib.MESSAGES
            self.assertEqual((node["uid"],) in has(problems, "about_nothing"), not is_message, node)
            self.assertEqual(
                (node["uid"], about) in has(problems, "about_later"),
                is_message and node["kind"] != "goal" and not reach[about, node["uid"]],
            )

    @settings(max_examples=100, deadline=None)
    @given(graphs(), st.randoms())
    def test_the_fingerprint_does_not_hang_on_the_order(self, graph, random):
        first, fingerprint = lib.compile_graph(graph)
        again = json.loads(json.dumps(graph))
        random.shuffle(again["nodes"])
        random.shuffle(again["edges"])
        self.assertEqual(lib.compile_graph(again), (first, fingerprint))
        again["nodes"][0]["name"] = "Other"
        self.assertNotEqual(lib.compile_graph(again)[1], fingerprint)

    def test_a_sound_journey_has_no_problem(self):
        graph = build(
            "start > mail",
            "mail > wait",
            "wait > opened",
            "opened.yes > thanks",
            "opened.timeout > mail",
            mail={"kind": "mail"},
            wait={"kind": "wait", "amount": 2},
            opened={"kind": "condition", "amount": 1, "about_node_uid": "mail"},
            thanks={"kind": "sms"},
        )
        self.assertEqual(lib.check(graph), [])

    def test_ways_that_are_missing(self):
        graph = build(
            "start > ask", "ask.yes > mail", ask={"kind": "branch"}, mail={"kind": "mail"}
        )
        [problem] = lib.check(graph)
        self.assertEqual(problem, lib.Problem("open_port", ("ask",), "no"))
        self.assertTrue(problem.is_warning)

    def test_hostile_graphs_are_named_not_crashed_on(self):
        graph = build(
            "start > a",
            "a.left > b",
            "a > gone",
            "b > start",
            "b > a",
            "b > c",
            a={"kind": "tag"},
            b={"kind": "tag"},
            c={"kind": "magic"},
            j={"kind": "jump", "jump_uid": "start"},
            s={"kind": "split", "arms": []},
            t={"kind": "split", "arms": ["x"], "weights": [0]},
        )
        graph["nodes"].append({"uid": "b", "kind": "tag"})
        codes = {problem.code for problem in lib.check(graph)}
        self.assertEqual(
            codes,
            {
                "duplicate_uid",
                "unknown_kind",
                "unknown_port",
                "edge_nowhere",
                "into_start",
                "jump_nowhere",
                "no_arms",
                "no_weight",
                "unreachable",
                "open_port",
            },
        )
        self.assertEqual(
            {problem.code for problem in lib.check({"nodes": [], "edges": []})}, {"no_start"}
        )

    def test_two_ways_out_of_one_place(self):
        graph = build("start > a", "start > b", a={"kind": "tag"}, b={"kind": "tag"})
        self.assertEqual(has(lib.check(graph), "double_port"), {("start",)})

    def test_size(self):
        nodes = {f"n{number}": {"kind": "tag"} for number in range(lib.MOST_NODES)}
        edges = ["start > n0"]
        edges += [f"n{number} > n{number + 1}" for number in range(lib.MOST_NODES - 1)]
        graph = build(*edges, **nodes)
        self.assertEqual(lib.check(graph), [lib.Problem("too_many_nodes")])
        del graph["nodes"][-1], graph["edges"][-1]
        self.assertEqual(lib.check(graph), [])
