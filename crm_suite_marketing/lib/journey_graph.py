"""The graph of a journey: which kinds of nodes there are, where they lead, what is wrong with it.

A graph is plain data: ``{"nodes": [{"uid", "kind", "arms": [port], "weights": [share], "jump_uid",
"about_node_uid", "amount", ...}], "edges": [{"source", "port", "target"}]}``; uids are strings and
stay the same from version to version.
"""

import hashlib
import json
from collections import Counter, deque
from dataclasses import dataclass, field

NEXT = "next"
MOST_NODES = 200
MESSAGES = ("mail", "sms", "webhook")
# In these a message of the journey is asked about
ASKING = ("condition", "branch", "goal")


@dataclass(frozen=True)
class Kind:
    """What all nodes of a kind share.

    :ivar ports: names of the ways out; those of splits are the ports of their arms
    :ivar is_pure: decided by the database alone, for all participants in one statement
    :ivar waits: nobody passes at once, so a loop through it is none that never ends
    :ivar ends: the journey may end here
    :ivar has_arms: its ports are those of its arms
    """

    ports: tuple = (NEXT,)
    is_pure: bool = False
    waits: bool = False
    ends: bool = False
    has_arms: bool = False


KINDS = {
    "trigger": Kind(is_pure=True),
    "mail": Kind(),
    "sms": Kind(),
    "webhook": Kind(),
    "activity": Kind(),
    "update": Kind(),
    "tag": Kind(),
    "list": Kind(),
    "segment": Kind(),
    "lead": Kind(),
    "server_action": Kind(),
    "wait": Kind(is_pure=True, waits=True),
    "until": Kind(ports=(NEXT, "missed"), is_pure=True),
    "condition": Kind(ports=("yes", "timeout"), is_pure=True, waits=True),
    "branch": Kind(ports=("yes", "no"), is_pure=True),
    "split": Kind(ports=(), is_pure=True, has_arms=True),
    "ab": Kind(ports=(), is_pure=True, has_arms=True),
    "goal": Kind(is_pure=True),
    "jump": Kind(ports=(NEXT, "enough"), is_pure=True),
    "exit": Kind(ports=(), is_pure=True, ends=True),
}
ACTIONS = tuple(name for name, kind in KINDS.items() if not kind.is_pure)


def get_ports(node):
    """:return: the ports of a node, in their order"""
    kind = KINDS[node["kind"]]
    return tuple(node.get("arms") or ()) if kind.has_arms else kind.ports


@dataclass(frozen=True)
class Problem:
    """What is wrong with a graph.

    :ivar code: one of `PROBLEMS`
    :ivar uids: the nodes that it is about
    :ivar port: the way out that it is about
    :ivar is_warning: the journey can be launched all the same
    """

    code: str
    uids: tuple = ()
    port: str = ""
    is_warning: bool = field(default=False, compare=False)


def check(graph):
    """Find what is wrong with a graph, however broken it is.

    A loop is an error where nothing on it is sure to wait: whoever comes in would go round and
    round at once. A way that is missing ends the journey: nothing wrong at the only way out of a
    node, a warning at one of several, where it may have been forgotten.

    :return: list of `Problem`, errors first
    """
    nodes, problems = _check_nodes(graph["nodes"])
    ways, edge_problems = _check_edges(nodes, graph["edges"])
    problems += edge_problems
    starts = [uid for uid, node in nodes.items() if node["kind"] == "trigger"]
    if not starts:
        problems.append(Problem("no_start"))
    problems += [Problem("start_nowhere", (uid,)) for uid in starts if not ways[uid]]
    reached = _walk(starts, lambda uid: [target for _port, target in ways[uid]])
    if starts:
        # a goal holds for all who are on the way, wherever it stands
        problems += [
            Problem("unreachable", (uid,))
            for uid, node in nodes.items()
            if uid not in reached and node["kind"] != "goal"
        ]
    problems += [Problem("loop", uids) for uids in _find_loops(nodes, ways)]
    problems += _check_about(nodes, ways)
    problems += [
        Problem("open_port", (uid,), port, is_warning=True)
        for uid, node in nodes.items()
        for port in get_ports(node)
        if port != NEXT and port not in {port for port, _target in ways[uid]}
    ]
    return sorted(problems, key=lambda problem: problem.is_warning)


def _check_nodes(listed):
    """:return: the nodes that can be looked at by their uid, and what is wrong with each alone"""
    problems = []
    counts = Counter(node["uid"] for node in listed)
    problems += [Problem("duplicate_uid", (uid,)) for uid, count in counts.items() if count > 1]
    problems += [
        Problem("unknown_kind", (node["uid"],)) for node in listed if node["kind"] not in KINDS
    ]
    nodes = {node["uid"]: node for node in listed if node["kind"] in KINDS}
    if len(listed) > MOST_NODES:
        problems.append(Problem("too_many_nodes"))
    for uid, node in nodes.items():
        if not KINDS[node["kind"]].has_arms:
            continue
        if not node.get("arms"):
            problems.append(Problem("no_arms", (uid,)))
        elif sum(node.get("weights") or ()) <= 0:
            problems.append(Problem("no_weight", (uid,)))
    return nodes, problems


def _check_edges(nodes, edges):
    """:return: where each node leads, ``{uid: [(port, target)]}``, and what is wrong with ways"""
    problems = []
    ways = {uid: [] for uid in nodes}
    for uid, node in nodes.items():
        if node["kind"] == "jump":
            target = node.get("jump_uid")
            if target in nodes and target != uid and nodes[target]["kind"] != "trigger":
                ways[uid].append((NEXT, target))
            else:
                problems.append(Problem("jump_nowhere", (uid,)))
    for edge in edges:
        source, port, target = edge["source"], edge["port"], edge["target"]
        if source not in nodes or target not in nodes:
            known = tuple(uid for uid in (source, target) if uid in nodes)
            problems.append(Problem("edge_nowhere", known, port))
        elif port not in get_ports(nodes[source]):
            problems.append(Problem("unknown_port", (source,), port))
        elif nodes[target]["kind"] == "trigger":
            problems.append(Problem("into_start", (source, target), port))
        elif port in {taken for taken, _target in ways[source]}:
            problems.append(Problem("double_port", (source,), port))
        else:
            ways[source].append((port, target))
    return ways, problems


def _walk(starts, follow):
    """:return: all that can be reached from there, the starts as well"""
    reached, queue = set(starts), deque(starts)
    while queue:
        for target in follow(queue.popleft()):
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


def is_instant(node, port):
    """:return: whether somebody may leave by this way the moment he comes"""
    if node["kind"] == "wait":
        return (node.get("amount", 1) or 0) <= 0
    if node["kind"] == "condition":
        # what he waits for may have happened already, in an earlier pass at the latest
        return port == "yes" or (node.get("amount", 1) or 0) <= 0
    return True


def _find_loops(nodes, ways):
    """:return: list of loops without waiting, each as the uids of the nodes that are in one with
    each other, in the order of the graph
    """
    instant = {
        uid: [target for port, target in ways[uid] if is_instant(nodes[uid], port)] for uid in nodes
    }
    loops = []
    for uids in _find_components(instant):
        if len(uids) > 1 or uids[0] in instant[uids[0]]:
            members = set(uids)
            loops.append(tuple(uid for uid in nodes if uid in members))
    return sorted(loops)


def _find_components(ways):
    """:return: strongly connected components (Tarjan), without recursion"""
    index, low, stack, on_stack, found = {}, {}, [], set(), []
    for root in ways:
        if root in index:
            continue
        work = [(root, iter(ways[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            uid, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(ways[target])))
                    break
                if target in on_stack:
                    low[uid] = min(low[uid], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[uid])
                if low[uid] == index[uid]:
                    component = []
                    while not component or component[-1] != uid:
                        component.append(stack.pop())
                        on_stack.discard(component[-1])
                    found.append(component)
    return found


def _check_about(nodes, ways):
    """Whoever comes to a node that asks about a message must have passed that message. A goal is
    asked everywhere, so its message need only be there.
    """
    problems = []
    for uid, node in nodes.items():
        about = node.get("about_node_uid")
        if node["kind"] not in ASKING or not about:
            continue
        if about not in nodes or nodes[about]["kind"] not in MESSAGES:
            problems.append(Problem("about_nothing", (uid,)))
        elif node["kind"] != "goal":
            after = _walk([about], lambda uid: [target for _port, target in ways[uid]])
            if uid not in after:
                problems.append(Problem("about_later", (uid, about)))
    return problems


def compile_graph(data):
    """Fix what a version is: in one order, whatever the order in which it was written.

    :return: the graph, and its fingerprint (sha256)
    """
    graph = {
        "nodes": sorted(data["nodes"], key=lambda node: node["uid"]),
        "edges": sorted(
            data["edges"], key=lambda edge: (edge["source"], edge["port"], edge["target"])
        ),
    }
    text = json.dumps(graph, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return graph, hashlib.sha256(text.encode()).hexdigest()
