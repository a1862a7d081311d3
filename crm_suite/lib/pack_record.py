"""The records of a customization pack: kinds, their attributes, and values in one spelling.

An attribute that a record does not mention is not spoken of: importing leaves it as it is. Empty
values are written down, so that what is exported says everything.

This module knows nothing of Odoo.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SOURCE_LANGUAGE = "en_US"

MAX_ITEMS = 1_000
MAX_LANGUAGES = 100
MAX_TEXT = 2_000
MAX_LONG_TEXT = 30_000
MAX_NUMBER = 2**31 - 1

LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9]{2,4})?(@[a-z]{2,12})?")
MODEL = re.compile(r"[a-z][a-z0-9_.]{0,126}")
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
PATH = re.compile(r"[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62}){0,3}")
EXTERNAL_ID = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-zA-Z0-9_.-]{1,126}")
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
KEY = re.compile(r"[a-z][a-z0-9_]{0,62}:[^\r\n]{1,400}")
# what no label needs: control characters, halves of characters, and what turns text around
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e]")
OPERATORS = frozenset(
    ["=", "!=", "<", "<=", ">", ">=", "in", "not in", "like", "not like", "ilike", "not ilike"]
    + ["=like", "=ilike", "child_of", "parent_of"]
)
CONNECTORS = frozenset("&|!")


@dataclass(frozen=True)
class Attribute:
    """One thing that a record of a pack may say.

    :param type: text, translated, long_translated, integer, number, boolean, choice, model, name,
        names, language, date, group_names, reference, references, domain, value, records
    :param source: the field of the model, when it has another name
    :param choices: what a choice may be
    :param kinds: kinds of records that a reference may name
    :param attributes: those of nested records
    :param identity: attributes by which nested records are told apart
    :param keeps: whether nested records that the pack does not mention stay
    """

    name: str
    type: str
    required: bool = False
    source: str = ""
    choices: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    attributes: tuple["Attribute", ...] = ()
    identity: tuple[str, ...] = ()
    keeps: bool = False

    @property
    def column(self) -> str:
        return self.source or self.name


@dataclass(frozen=True)
class Kind:
    """A kind of records that packs may hold, or at least name.

    :param model: the model behind it
    :param label: what people call these records
    :param section: under which heading of the screens
    :param addon: the add-on that has them
    :param identity: attributes whose values name a record; of a translated one, its value in the
        source language
    :param domain: the records that can be exported
    :param is_carried: False for records that a pack may name and never brings
    """

    key: str
    model: str
    attributes: tuple[Attribute, ...] = ()
    identity: tuple[str, ...] = ("name",)
    label: str = ""
    section: str = ""
    addon: str = ""
    domain: tuple = ()
    is_carried: bool = True

    def attribute(self, name: str) -> Attribute | None:
        return next((each for each in self.attributes if each.name == name), None)


@dataclass
class Problems:
    """What is wrong with one record: (code, where) in the order found."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, code: str, where: str) -> None:
        self.found.append((code, where))


def is_key(value) -> bool:
    return isinstance(value, str) and bool(KEY.fullmatch(value)) and not FORBIDDEN.search(value)


def normalise(values: Mapping, attributes: Iterable[Attribute]) -> tuple[dict, list]:
    """Return the values of a record in their one spelling, and what is wrong with them.

    :return: (values without what is wrong, [(code, where)]); codes: unknown, type, long, choice,
        missing, characters, twice, many, reference, domain
    """
    problems = Problems()
    return _normalise_record(values, tuple(attributes), problems, ""), problems.found


def references(values: Mapping, attributes: Iterable[Attribute]) -> list[str]:
    """Return the keys of the records that a normalised record names, in order."""
    found = []
    for attribute in attributes:
        value = values.get(attribute.name)
        if not value:
            continue
        if attribute.type == "reference":
            found.append(value)
        elif attribute.type == "references":
            found.extend(value)
        elif attribute.type == "records":
            for record in value:
                found.extend(references(record, attribute.attributes))
        elif attribute.type in ("domain", "value"):
            found.extend(_references_in(value))
    return list(dict.fromkeys(found))


def _references_in(value):
    if isinstance(value, dict):
        return [value["ref"]]
    if isinstance(value, list):
        return [key for each in value for key in _references_in(each)]
    return []


def _normalise_record(values, attributes, problems, path):
    known = {attribute.name: attribute for attribute in attributes}
    for name in values:
        if name not in known:
            problems.add("unknown", f"{path}{str(name)[:80]}")
    result = {}
    for name, attribute in known.items():
        if name in values:
            result[name] = normalise_value(attribute, values[name], problems, path)
        elif attribute.required:
            problems.add("missing", f"{path}{name}")
    return result


def normalise_value(attribute: Attribute, value, problems: Problems, path: str = ""):
    """Return one value in its one spelling; what is wrong is noted and becomes empty."""
    where = path + attribute.name
    count = len(problems.found)
    result = NORMALISERS[attribute.type](attribute, value, problems, where)
    if attribute.required and len(problems.found) == count and result in (None, [], {}):
        problems.add("missing", where)
    return result


def _text(value, problems, where, longest):
    if value is None or value is False or value == "":
        return None
    if not isinstance(value, str):
        problems.add("type", where)
    elif len(value) > longest:
        problems.add("long", where)
    elif FORBIDDEN.search(value):
        problems.add("characters", where)
    else:
        return value
    return None


def _normalise_text(_attribute, value, problems, where):
    return _text(value, problems, where, MAX_TEXT)


def _normalise_translated(attribute, value, problems, where):
    if value is None or value is False or value == "":
        return None
    longest = MAX_LONG_TEXT if attribute.type == "long_translated" else MAX_TEXT
    if isinstance(value, str):
        value = {SOURCE_LANGUAGE: value}
    if not isinstance(value, dict) or len(value) > MAX_LANGUAGES:
        problems.add("type", where)
        return None
    if not all(LANGUAGE.fullmatch(code) for code in value):
        problems.add("type", where)
        return None
    texts = {
        code: text
        for code, raw in value.items()
        if (text := _text(raw, problems, f"{where}.{code}", longest))
    }
    source = texts.get(SOURCE_LANGUAGE)
    if texts and source is None:
        problems.add("missing", f"{where}.{SOURCE_LANGUAGE}")
        return None
    # what is said as in the source language is not translated
    return {
        code: text for code, text in texts.items() if code == SOURCE_LANGUAGE or text != source
    } or None


def _normalise_integer(_attribute, value, problems, where):
    if value is None or value is False:
        return 0
    if type(value) is not int or abs(value) > MAX_NUMBER:
        problems.add("type", where)
        return 0
    return value


def _normalise_number(_attribute, value, problems, where):
    if value is None or value is False:
        return 0
    if (
        type(value) not in (int, float)
        or not math.isfinite(value)
        or abs(value) > MAX_NUMBER * 1_000
    ):
        problems.add("type", where)
        return 0
    # 8.0 and 8 are one number
    return int(value) if value == int(value) else value


def _normalise_boolean(_attribute, value, problems, where):
    if value is None:
        return False
    if not isinstance(value, bool):
        problems.add("type", where)
        return False
    return value


def _normalise_choice(attribute, value, problems, where):
    if value is None or value is False:
        return None
    if not isinstance(value, str) or (attribute.choices and value not in attribute.choices):
        problems.add("choice", where)
        return None
    return _text(value, problems, where, MAX_TEXT)


def _normalise_pattern(attribute, value, problems, where):
    pattern = {"model": MODEL, "name": NAME, "language": LANGUAGE, "date": DATE}[attribute.type]
    if value is None or value is False:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        problems.add("type", where)
        return None
    return value


def _list(value, problems, where):
    if value is None or value is False:
        return []
    if not isinstance(value, list):
        problems.add("type", where)
    elif len(value) > MAX_ITEMS:
        problems.add("many", where)
    else:
        return value
    return []


def _normalise_list(attribute, value, problems, where):
    """Names of fields, external ids of groups, or keys of records; each once, sorted."""
    result = []
    for each in _list(value, problems, where):
        if attribute.type == "references":
            result.append(_normalise_reference(attribute, each, problems, where))
        else:
            pattern = {"names": NAME, "group_names": EXTERNAL_ID}[attribute.type]
            if not isinstance(each, str) or not pattern.fullmatch(each):
                problems.add("type", where)
                return []
            result.append(each)
    return sorted({each for each in result if each})


def _normalise_reference(attribute, value, problems, where):
    if value is None or value is False:
        return None
    if not is_key(value) or (attribute.kinds and value.partition(":")[0] not in attribute.kinds):
        problems.add("reference", where)
        return None
    return value


def _normalise_domain(_attribute, value, problems, where):
    if value is None or value is False:
        return []
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        problems.add("domain", where)
        return []
    result = []
    for token in value:
        if isinstance(token, str) and token in CONNECTORS:
            result.append(token)
            continue
        if not isinstance(token, list) or len(token) != 3:
            problems.add("domain", where)
            return []
        name, operator, operand = token
        is_constant = type(name) is int and name in (0, 1) and operator == "=" and operand == 1
        if not is_constant and (
            not isinstance(name, str) or not PATH.fullmatch(name) or operator not in OPERATORS
        ):
            problems.add("domain", where)
            return []
        result.append([name, operator, _normalise_value(None, operand, problems, where)])
    return result


def _normalise_value(_attribute, value, problems, where):
    """A constant, the key of a record as {"ref": key}, or a list of such."""
    if isinstance(value, list):
        if len(value) > MAX_ITEMS:
            problems.add("many", where)
            return []
        if any(isinstance(each, list) for each in value):
            problems.add("type", where)
            return []
        return [_normalise_value(None, each, problems, where) for each in value]
    if isinstance(value, dict):
        if set(value) != {"ref"} or not is_key(value["ref"]):
            problems.add("reference", where)
            return None
        return value
    if isinstance(value, str):
        return "" if value == "" else _text(value, problems, where, MAX_LONG_TEXT)
    if isinstance(value, float) or (type(value) is int and abs(value) > MAX_NUMBER):
        return _normalise_number(None, value, problems, where)
    if value is None or isinstance(value, (bool, int)):
        return value
    problems.add("type", where)
    return None


def _normalise_records(attribute, value, problems, where):
    result, seen = [], set()
    for number, record in enumerate(_list(value, problems, where), 1):
        if not isinstance(record, dict):
            problems.add("type", f"{where}.{number}")
            continue
        record = _normalise_record(record, attribute.attributes, problems, f"{where}.{number}.")
        identity = identity_of(record, attribute.identity)
        if attribute.identity and identity in seen:
            problems.add("twice", f"{where}.{number}")
            continue
        seen.add(identity)
        result.append(record)
    return result


def identity_of(values: Mapping, names: Iterable[str]) -> str:
    """Return the name of a record made of the values of some attributes."""
    parts = []
    for name in names:
        value = values.get(name)
        if isinstance(value, dict):
            value = value.get(SOURCE_LANGUAGE)
        parts.append("" if value is None else str(value))
    return "/".join(parts)


NORMALISERS = {
    "text": _normalise_text,
    "translated": _normalise_translated,
    "long_translated": _normalise_translated,
    "integer": _normalise_integer,
    "number": _normalise_number,
    "boolean": _normalise_boolean,
    "choice": _normalise_choice,
    "model": _normalise_pattern,
    "name": _normalise_pattern,
    "language": _normalise_pattern,
    "date": _normalise_pattern,
    "names": _normalise_list,
    "group_names": _normalise_list,
    "reference": _normalise_reference,
    "references": _normalise_list,
    "domain": _normalise_domain,
    "value": _normalise_value,
    "records": _normalise_records,
}
