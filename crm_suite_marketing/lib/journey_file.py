"""The file of an exported journey: plain data. Whoever imports one may have got it from anybody."""

import json

from .journey_graph import KINDS, MOST_NODES

FORMAT = "crm_suite_journey"
MOST_BYTES = 4_000_000
MOST_ARMS = 50


def _is_text(value):
    return isinstance(value, str) and 0 < len(value) <= 200 and "\0" not in value


def _is_setting(value):
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, (int, float)):
        return abs(value) < 2**31
    return isinstance(value, (dict, list))


def _is_settings(value):
    return isinstance(value, dict) and all(map(_is_setting, value.values()))


def _is_message(value):
    return isinstance(value, dict) and all(
        isinstance(text, str) and "\0" not in text for text in value.values()
    )


def _is_arm(arm):
    return (
        isinstance(arm, dict)
        and _is_text(arm.get("port"))
        and _is_text(arm.get("name"))
        and type(arm.get("weight")) is int
        and 0 <= arm["weight"] <= 1_000_000
    )


def _is_node(node):
    arms = node.get("arms", []) if isinstance(node, dict) else None
    return (
        isinstance(arms, list)
        and len(arms) <= MOST_ARMS
        and all(map(_is_arm, arms))
        and len({arm["port"] for arm in arms}) == len(arms)
        and _is_text(node.get("uid"))
        and _is_text(node.get("kind"))
        and node["kind"] in KINDS
        and _is_settings(node.get("settings", {}))
        and _is_message(node.get("message", {}))
        and all(type(node.get(name, 0)) is int for name in ("x", "y"))
        and all(abs(node.get(name, 0)) < 1_000_000 for name in ("x", "y"))
    )


def _are_nodes(nodes):
    return isinstance(nodes, list) and 0 < len(nodes) <= MOST_NODES and all(map(_is_node, nodes))


def _is_edge(edge, uids):
    return (
        isinstance(edge, dict)
        and _is_text(edge.get("port"))
        and isinstance(edge.get("source"), str)
        and isinstance(edge.get("target"), str)
        and {edge["source"], edge["target"]} <= uids
    )


def read(raw):
    """:return: the data of the file
    :raise ValueError: it is no exported journey
    """
    if len(raw) > MOST_BYTES:
        raise ValueError("too large")
    try:
        data = json.loads(raw)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("no journey")
    nodes, edges = data.get("nodes"), data.get("edges")
    if not (_is_text(data.get("name")) and _is_text(data.get("model"))):
        raise ValueError("no name or model")
    if not _is_settings(data.get("settings", {})):
        raise ValueError("settings")
    if not _are_nodes(nodes):
        raise ValueError("nodes")
    uids = {node["uid"] for node in nodes}
    if len(uids) != len(nodes):
        raise ValueError("keys")
    if not (isinstance(edges, list) and all(_is_edge(edge, uids) for edge in edges)):
        raise ValueError("ways")
    if len({(edge["source"], edge["port"]) for edge in edges}) != len(edges):
        raise ValueError("double ways")
    return data


def write(data):
    """:return: the file, of ``{"name", "model", "nodes", "edges", ...}``"""
    text = json.dumps({"format": FORMAT} | data, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode()
