"""The file of a journey: plain JSON, looked at before anything is made of it.

Whoever sends a file may be anybody: only keys that are known, of the type that they should have,
within limits, are let through. What settings mean is asked where fields are known.
"""

import json
import math
import re

from .journey_graph import KINDS, MOST_NODES

FORMAT = "crm_suite.journey"
NUMBER = 1
MOST_BYTES = 5_000_000
DEEPEST = 20
MOST_ARMS = 20
MOST_EDGES = 4 * MOST_NODES
LONGEST_TEXT = 1_000_000
MOST_INTEGER = 2**31 - 1
FARTHEST = 1_000_000
# What a text holds between quotation marks opens and closes nothing
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
UID = re.compile(r"[A-Za-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z0-9]{2,4})?(@[a-z]+)?")


class JourneyFileError(ValueError):
    """What is wrong with a file.

    :ivar code: ``size``, ``json``, ``depth``, ``format``, ``number``, ``unknown``, ``missing``,
        ``value``, ``many``, ``double``
    :ivar where: keys that lead there
    """

    def __init__(self, code, *where):
        super().__init__(code)
        self.code = code
        self.where = " › ".join(str(part)[:60] for part in where)


def read(content):
    """Read a file.

    :param bytes content: of the file
    :return: what `write` took
    :raise JourneyFileError: when it is no file of a journey, or a hostile one
    """
    if len(content) > MOST_BYTES:
        raise JourneyFileError("size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise JourneyFileError("json") from None
    _check_depth(text)
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise JourneyFileError("json") from None
    _check_head(data)
    _check_scalars(data, ())
    _check(data, FILE, ())
    _check_graph(data)
    return data


def write(data):
    """:return: bytes of the file"""
    head = {"format": FORMAT, "number": NUMBER}
    return json.dumps(head | data, ensure_ascii=False, indent=2, allow_nan=False).encode()


def _refuse_constant(name):
    raise ValueError(name)


def _check_depth(text):
    depth = 0
    for token in TOKEN.finditer(text):
        first = token.group()[0]
        if first in "[{":
            depth += 1
        elif first in "]}":
            depth -= 1
        if depth > DEEPEST:
            raise JourneyFileError("depth")


def _check_head(data):
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise JourneyFileError("format")
    if type(data.get("number")) is not int or data["number"] != NUMBER:
        raise JourneyFileError("number")


def _check_scalars(value, path):
    """Let nothing through that a database cannot hold."""
    if isinstance(value, dict):
        for key, one in value.items():
            _check_scalars(key, path)
            _check_scalars(one, (*path, key))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            _check_scalars(one, (*path, at + 1))
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT or "\0" in value or not _is_unicode(value):
            raise JourneyFileError("value", *path)
    elif isinstance(value, float):
        if not math.isfinite(value) or abs(value) > 1e15:
            raise JourneyFileError("value", *path)
    elif isinstance(value, int) and abs(value) > MOST_INTEGER:
        raise JourneyFileError("value", *path)


def _is_unicode(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# ---- what stands where


def _is_uid(value):
    return isinstance(value, str) and bool(UID.fullmatch(value))


def _is_text(value):
    return isinstance(value, str) and len(value) <= 1000


def _is_message_part(value):
    return isinstance(value, str | bool)


def _is_place(value):
    return type(value) is int and abs(value) <= FARTHEST


def _is_share(value):
    return type(value) is int and 0 <= value <= 1_000_000


def _is_kind(value):
    return isinstance(value, str) and value in KINDS


def _is_texts(value):
    """One text in some languages"""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(LANGUAGE.fullmatch(key) for key in value)
        and all(isinstance(text, str) for text in value.values())
    )


def _is_reference(value):
    return value is None or is_reference(value)


def is_reference(value):
    """:return: whether it names a record"""
    return (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= {"xml_id", "name", "model", "field", "value"}
        and all(one is None or _is_text(one) for one in value.values())
    )


def _is_by_name(check):
    def is_by_name(value):
        return isinstance(value, dict) and all(check(one) for one in value.values())

    return is_by_name


def _is_anything(_value):
    return True


# key: what it must be; a key with "?" may lack; a list holds as many as the number says
ARM = {"port": _is_uid, "name": _is_texts, "weight": _is_share}
NODE = {
    "uid": _is_uid,
    "kind": _is_kind,
    "x?": _is_place,
    "y?": _is_place,
    "settings?": _is_by_name(_is_anything),
    "texts?": _is_by_name(_is_texts),
    "arms?": [ARM, MOST_ARMS],
    "message?": _is_by_name(_is_message_part),
    "has_files?": lambda value: isinstance(value, bool),
}
EDGE = {"source": _is_uid, "port": _is_uid, "target": _is_uid}
FILE = {
    "format": _is_text,
    "number": _is_place,
    "language?": lambda value: isinstance(value, str) and bool(LANGUAGE.fullmatch(value)),
    "journey": {
        "name": _is_texts,
        "description?": _is_texts,
        "model": _is_text,
        "purpose?": _is_reference,
        "settings?": _is_by_name(_is_anything),
    },
    "nodes": [NODE, MOST_NODES],
    "edges": [EDGE, MOST_EDGES],
}


def _check(value, schema, path):
    if callable(schema):
        if not schema(value):
            raise JourneyFileError("value", *path)
    elif isinstance(schema, list):
        inner, most = schema
        if not isinstance(value, list):
            raise JourneyFileError("value", *path)
        if len(value) > most:
            raise JourneyFileError("many", *path)
        for at, one in enumerate(value):
            _check(one, inner, (*path, at + 1))
    else:
        if not isinstance(value, dict):
            raise JourneyFileError("value", *path)
        known = {key.rstrip("?"): key for key in schema}
        for key in value:
            if key not in known:
                raise JourneyFileError("unknown", *path, key)
        for key, given in known.items():
            if key in value:
                _check(value[key], schema[given], (*path, key))
            elif not given.endswith("?"):
                raise JourneyFileError("missing", *path, key)


def _check_graph(data):
    uids = set()
    for at, node in enumerate(data["nodes"]):
        if node["uid"] in uids:
            raise JourneyFileError("double", "nodes", at + 1, node["uid"])
        uids.add(node["uid"])
        ports = [arm["port"] for arm in node.get("arms", ())]
        if len(set(ports)) < len(ports):
            raise JourneyFileError("double", "nodes", at + 1, "arms")
    ways = set()
    for at, edge in enumerate(data["edges"]):
        if edge["source"] not in uids or edge["target"] not in uids:
            raise JourneyFileError("value", "edges", at + 1)
        if (edge["source"], edge["port"]) in ways:
            raise JourneyFileError("double", "edges", at + 1)
        ways.add((edge["source"], edge["port"]))
