"""Compile a domain to the Python expression that the web client evaluates for form modifiers.

One condition is written once, as a domain, and used twice: on the server through
`filtered_domain`, and in the form through the expression made here. Both must agree for every
record, so whatever the client cannot decide in the same way is refused with a reason.

This module knows nothing of Odoo: fields are described by their type names.
"""

import math
import re
from collections.abc import Mapping, Sequence

NUMBER_TYPES = frozenset(["integer", "float", "monetary"])
TEXT_TYPES = frozenset(["char", "text", "selection"])
DATE_TYPES = frozenset(["date", "datetime"])
SET_TYPES = frozenset(["one2many", "many2many"])
COMPILABLE_TYPES = (
    NUMBER_TYPES | TEXT_TYPES | DATE_TYPES | SET_TYPES | frozenset(["boolean", "many2one"])
)

EQUALITY = {"=": "in", "in": "in", "!=": "not in", "not in": "not in"}
INEQUALITY = frozenset(["<", "<=", ">", ">="])
CONNECTORS = {"&": "and", "|": "or"}
# dates reach the form as strings in UTC; the client's own name `now` is in local time
RELATIVE_DATES = {
    "date": {"today": "current_date"},
    "datetime": {"now": "datetime.datetime.now().to_utc().strftime('%Y-%m-%d %H:%M:%S')"},
}
DATE_PATTERNS = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"),
}
FIELD_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class DomainNotCompilable(ValueError):
    """A domain, or one condition of it, that a form cannot evaluate.

    `reason` is a stable code: `syntax`, `unknown_field`, `path`, `field_type`, `operator`,
    `value`; `field`, `operator` and `value` tell where.
    """

    def __init__(self, reason: str, field: str = "", operator: str = "", value: object = None):
        super().__init__(f"{reason}: {field!r} {operator!r} {value!r}")
        self.reason = reason
        self.field = field
        self.operator = operator
        self.value = value


def compile_domain(domain: Sequence, types: Mapping[str, str]) -> str:
    """Return the expression that holds for the records of `domain`.

    :param domain: a domain as a list: prefix operators `&`, `|`, `!` and conditions of three
        parts; conditions without operator between them are joined by "and"
    :param types: type name of each field of the model, by field name
    :return: a Python expression over field names (and `current_date` for "today") that the
        web client understands; many2one fields are ids, x2many fields lists of ids, dates
        strings as the server sends them
    :raise DomainNotCompilable: when the two sides could disagree
    """
    if isinstance(domain, str) or not isinstance(domain, Sequence):
        raise DomainNotCompilable("syntax", value=domain)
    stack: list[str] = []
    for token in reversed(domain):
        if token == "!":
            stack.append(f"(not {_pop(stack, domain)})")
        elif isinstance(token, str) and token in CONNECTORS:
            left, right = _pop(stack, domain), _pop(stack, domain)
            stack.append(f"({left} {CONNECTORS[token]} {right})")
        else:
            stack.append(_compile_condition(token, types))
    return " and ".join(reversed(stack)) or "True"


def domain_fields(domain: Sequence) -> set[str]:
    """Return the names of the fields that the conditions of a compilable domain read."""
    return {
        token[0] for token in domain if not isinstance(token, str) and isinstance(token[0], str)
    }


def _pop(stack: list[str], domain: Sequence) -> str:
    if not stack:
        raise DomainNotCompilable("syntax", value=domain)
    return stack.pop()


def _compile_condition(condition, types: Mapping[str, str]) -> str:
    if isinstance(condition, str) or not isinstance(condition, Sequence) or len(condition) != 3:
        raise DomainNotCompilable("syntax", value=condition)
    field, operator, value = condition
    if (field, operator) in ((1, "="), (0, "=")) and value == 1:
        return str(bool(field))
    if not isinstance(field, str) or not isinstance(operator, str):
        raise DomainNotCompilable("syntax", value=condition)
    if "." in field:
        raise DomainNotCompilable("path", field, operator, value)
    if field not in types or not FIELD_NAME.fullmatch(field):
        raise DomainNotCompilable("unknown_field", field, operator, value)
    field_type = types[field]
    if field_type not in COMPILABLE_TYPES:
        raise DomainNotCompilable("field_type", field, operator, value)
    if operator in EQUALITY:
        return _compile_equality(field, field_type, operator, value)
    if operator in INEQUALITY and field_type in NUMBER_TYPES | DATE_TYPES:
        return _compile_inequality(field, field_type, operator, value)
    raise DomainNotCompilable("operator", field, operator, value)


def _compile_equality(field: str, field_type: str, operator: str, value) -> str:
    is_collection = isinstance(value, (list, tuple, set, frozenset))
    if is_collection != (operator in ("in", "not in")) and not (is_collection and not value):
        raise DomainNotCompilable("value", field, operator, value)
    # `= []` and `!= []` are what some widgets write for "is (not) set"
    values = (value or [False]) if operator in ("=", "!=") and is_collection else value
    values = list(values) if is_collection else [values]
    terms = [_equality_term(field, field_type, operator, each) for each in values]
    positive = " or ".join(dict.fromkeys(terms)) or "False"
    return f"(not ({positive}))" if EQUALITY[operator] == "not in" else f"({positive})"


def _equality_term(field: str, field_type: str, operator: str, value) -> str:
    """The expression of "the field is this one value"; False means "not set"."""
    if field_type == "boolean":
        if value not in (True, False):
            raise DomainNotCompilable("value", field, operator, value)
        return field if value else f"not {field}"
    if value is None or value is False or value == "":
        return f"not {field}"
    if field_type in NUMBER_TYPES:
        number = _number(field, operator, value)
        return f"{field} == {number!r}" if number else f"not {field}"
    if field_type in DATE_TYPES:
        return f"{field} == {_date(field, field_type, operator, value)}"
    if field_type in TEXT_TYPES:
        if not isinstance(value, str):
            raise DomainNotCompilable("value", field, operator, value)
        return f"{field} == {value!r}"
    if not isinstance(value, int) or isinstance(value, bool):
        raise DomainNotCompilable("value", field, operator, value)
    return f"{value} in {field}" if field_type in SET_TYPES else f"{field} == {value}"


def _compile_inequality(field: str, field_type: str, operator: str, value) -> str:
    if field_type in NUMBER_TYPES:
        # an unset number is 0 on the server and may be False in a form that was just opened
        return f"(({field} or 0) {operator} {_number(field, operator, value)!r})"
    return f"({field} and {field} {operator} {_date(field, field_type, operator, value)})"


def _number(field: str, operator: str, value) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise DomainNotCompilable("value", field, operator, value)
    return value


def _date(field: str, field_type: str, operator: str, value) -> str:
    if not isinstance(value, str):
        raise DomainNotCompilable("value", field, operator, value)
    if value in RELATIVE_DATES[field_type]:
        return RELATIVE_DATES[field_type][value]
    if not DATE_PATTERNS[field_type].fullmatch(value):
        raise DomainNotCompilable("value", field, operator, value)
    return repr(value)
