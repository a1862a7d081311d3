"""The graph of a journey: which kinds of nodes there are, where they lead, what is wrong with it.

A graph is plain data: ``{"nodes": [{"uid", "kind", "arms": [port], ...}], "edges": [{"source",
"port", "target"}]}``; uids are strings and stay the same from version to version.
"""

from dataclasses import dataclass, field

NEXT = "next"


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
