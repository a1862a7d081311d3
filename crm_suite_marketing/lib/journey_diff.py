"""What is different between two versions of a journey.

A version is plain data: ``{"nodes": [{"uid", "kind", "settings": {name: value}}], "edges":
[{"source", "port", "target"}]}``. Nodes are the same where their uid is.
"""

from dataclasses import dataclass
from typing import Any

KIND = "kind"


@dataclass(frozen=True)
class Change:
    """One difference.

    :ivar what: ``node``, ``setting`` or ``way``
    :ivar uid: the node that it is about; that where the way begins
    :ivar name: of the setting (`KIND` when it does something else now), or the port of the way
    :ivar before: value, or uid of the node to which the way led; None: there was none
    :ivar after: the same, in the other version
    """

    what: str
    uid: str
    name: str = ""
    before: Any = None
    after: Any = None


def compare(before, after):
    """Tell how one version becomes the other.

    :return: list of `Change`: nodes that came, in the order of `after`, nodes that went, settings,
        ways. Ways of nodes that went are not told.
    """
    old = {node["uid"]: node for node in before["nodes"]}
    new = {node["uid"]: node for node in after["nodes"]}
    changes = [Change("node", uid, after=new[uid]["kind"]) for uid in new if uid not in old]
    changes += [Change("node", uid, before=old[uid]["kind"]) for uid in old if uid not in new]
    for uid, node in new.items():
        if uid in old:
            changes += _compare_nodes(uid, old[uid], node)
    ways_before, ways_after = _get_ways(before), _get_ways(after)
    for source, port in [*ways_after, *(way for way in ways_before if way not in ways_after)]:
        was, is_now = ways_before.get((source, port)), ways_after.get((source, port))
        if was != is_now and source in new:
            changes.append(Change("way", source, port, was, is_now))
    return changes


def _compare_nodes(uid, old, new):
    changes = []
    if old["kind"] != new["kind"]:
        changes.append(Change("setting", uid, KIND, old["kind"], new["kind"]))
    names = [*new["settings"], *(name for name in old["settings"] if name not in new["settings"])]
    for name in names:
        was, is_now = old["settings"].get(name), new["settings"].get(name)
        if was != is_now:
            changes.append(Change("setting", uid, name, was, is_now))
    return changes


def _get_ways(graph):
    return {(edge["source"], edge["port"]): edge["target"] for edge in graph["edges"]}
