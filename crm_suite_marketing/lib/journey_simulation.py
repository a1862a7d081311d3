"""One walk through a journey, on paper: where somebody comes, when, by which way he goes on.

What is asked of people and of the calendar is answered by a `World`; here is what nodes do with the
answers, as the engine does it. Nothing is written, nothing is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from . import journey_graph

MOST_VISITS = 200
# how a walk ends, besides the reasons for which people leave
END = "end"
STAYS = "stays"
BOUND = "bound"
LATE = "late"


@dataclass(frozen=True)
class Fate:
    """What becomes of somebody at a node.

    :ivar port: the way out; None if he does not go on
    :ivar left: when he leaves; None if never
    :ivar code: why, for whoever makes words of it
    :ivar detail: what more there is to say
    :ivar end: the reason for which the journey ends here
    """

    port: str | None
    left: datetime | None
    code: str
    detail: object = None
    end: str | None = None


@dataclass(frozen=True)
class Visit:
    uid: str
    pass_number: int
    came: datetime
    fate: Fate


@dataclass(frozen=True)
class Walk:
    """:ivar end: `END`, `STAYS`, `BOUND`, `LATE`, or the reason for which he left"""

    visits: tuple
    end: str


class World(Protocol):
    """What a walk asks."""

    def get_due(self, node: dict, came: datetime) -> datetime | None:
        """When the time of a node is over; None: never."""

    def get_target(self, node: dict, came: datetime) -> tuple[datetime, bool]:
        """The moment until which a node waits, and whether he has missed it."""

    def find_met(self, node: dict, came: datetime) -> datetime | None:
        """From when on, not before he came, what a node asks holds; None: it never does."""

    def choose_arm(self, node: dict) -> str | None:
        """Which way of a test is his."""

    def act(self, node: dict, came: datetime) -> Fate:
        """What a node does for him."""

    def interrupt(self, came: datetime, left: datetime | None) -> tuple[datetime, str] | None:
        """Whether something takes him out from when he came on and until he leaves, when and
        why.
        """


def walk(
    graph: dict,
    first: str | None,
    moment: datetime,
    world: World,
    most: int = MOST_VISITS,
    until: datetime | None = None,
) -> Walk:
    """Go through a journey.

    :param graph: as of `lib/journey_graph`; nodes may hold more than that
    :param first: key of the node to which the start leads
    :param most: so many visits are shown
    :param until: nothing that begins later is shown
    """
    nodes = {node["uid"]: node for node in graph["nodes"]}
    ways = {(edge["source"], edge["port"]): edge["target"] for edge in graph["edges"]}
    visits: list[Visit] = []
    passes: dict[str, int] = {}
    uid = first
    while uid in nodes:
        if len(visits) >= most:
            return Walk(tuple(visits), BOUND)
        if until and moment > until:
            return Walk(tuple(visits), LATE)
        node = nodes[uid]
        passes[uid] = passes.get(uid, 0) + 1
        fate = _interrupt(decide(node, moment, passes[uid], world), moment, world)
        visits.append(Visit(uid, passes[uid], moment, fate))
        if fate.end:
            return Walk(tuple(visits), fate.end)
        if fate.left is None:
            return Walk(tuple(visits), STAYS)
        moment = max(moment, fate.left)
        uid = follow(node, fate.port, ways)
    return Walk(tuple(visits), END)


def follow(node: dict, port: str | None, ways: dict) -> str | None:
    """Return the key of the node to which a way out leads. A jump needs no way drawn."""
    target = ways.get((node["uid"], port))
    if target is None and node["kind"] == "jump" and port == journey_graph.NEXT:
        return node.get("jump_uid")
    return target


def find_first(graph: dict, start: str) -> str | None:
    """Return the key of the node to which a start leads."""
    for edge in graph["edges"]:
        if edge["source"] == start and edge["port"] == journey_graph.NEXT:
            return edge["target"]
    return None


def decide(node: dict, came: datetime, pass_number: int, world: World) -> Fate:
    """Return what becomes of somebody who comes to a node."""
    kind = node["kind"]
    if kind in DECISIONS:
        return DECISIONS[kind](node, came, pass_number, world)
    if journey_graph.KINDS[kind].is_pure:
        return Fate(journey_graph.NEXT, came, "passed")
    return world.act(node, came)


def _interrupt(fate: Fate, came: datetime, world: World) -> Fate:
    found = world.interrupt(came, fate.left)
    if not found:
        return fate
    at, reason = found
    if fate.end and fate.left is not None and at >= fate.left:
        return fate
    return Fate(None, max(at, came), "taken_out", reason, end=reason)


def _wait(node, came, _pass_number, world):
    due = world.get_due(node, came)
    return Fate(journey_graph.NEXT, max(due or came, came), "waited")


def _until(node, came, _pass_number, world):
    target, is_missed = world.get_target(node, came)
    if is_missed:
        return Fate("missed", max(target, came), "missed")
    return Fate(journey_graph.NEXT, max(target, came), "waited")


def _condition(node, came, _pass_number, world):
    met, due = world.find_met(node, came), world.get_due(node, came)
    if met is not None and (due is None or met <= max(due, came)):
        return Fate("yes", max(met, came), "met", detail=met)
    if due is None:
        return Fate(None, None, "stays")
    return Fate("timeout", max(due, came), "timeout")


def _is_met(node, came, world):
    met = world.find_met(node, came)
    return met is not None and met <= came


def _branch(node, came, _pass_number, world):
    port = "yes" if _is_met(node, came, world) else "no"
    return Fate(port, came, port)


def _test(node, came, _pass_number, world):
    return Fate(world.choose_arm(node), came, "arm")


def _goal(node, came, _pass_number, world):
    if not _is_met(node, came, world):
        return Fate(journey_graph.NEXT, came, "no_goal")
    end = "goal" if node.get("exit_on_goal") else None
    return Fate(None if end else journey_graph.NEXT, came, "goal", end=end)


def _jump(node, came, pass_number, _world):
    if pass_number <= node.get("jump_most", 0):
        return Fate(journey_graph.NEXT, came, "jump", detail=pass_number)
    return Fate("enough", came, "enough", detail=pass_number - 1)


def _exit(_node, came, _pass_number, _world):
    return Fate(None, came, "exit", end=END)


DECISIONS: dict[str, Callable[[dict, datetime, int, World], Fate]] = {
    "wait": _wait,
    "until": _until,
    "condition": _condition,
    "branch": _branch,
    "split": _test,
    "ab": _test,
    "goal": _goal,
    "jump": _jump,
    "exit": _exit,
}
