"""Compile a domain to the Python expression that the web client evaluates for form modifiers.

One condition is written once, as a domain, and used twice: on the server through
`filtered_domain`, and in the form through the expression made here. Both must agree for every
record, so whatever the client cannot decide in the same way is refused with a reason.

This module knows nothing of Odoo: fields are described by their type names.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

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
# The field of the record that holds what days the server means by "today" and the like: a browser
# knows neither the time zone of the user's preferences nor the server's day
CLOCK = "form_rule_clock"
CLOCK_TERM = re.compile(CLOCK + r"\.get\('([^']+)'\)")
# datetime fields are compared with moments, in UTC
MOMENT_MARK = "@"
# What the domain editor writes for "last 7 days" and the like. Months and years are only counted
# from the first of a month: elsewhere Python and JavaScript disagree on how long a month is.
RELATIVE_DATE = re.compile(r"(today|now)((?: (?:[+-]\d{1,4}[dwmyHMS]|=1[dm]))*)")
UNITS = {
    "d": "days",
    "w": "weeks",
    "m": "months",
    "y": "years",
    "H": "hours",
    "M": "minutes",
    "S": "seconds",
}
DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S"
DATE_PATTERNS = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"),
}
FIELD_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# Each view holds the expression, and no parser reads more than 200 parentheses in each other: one
# condition too deep would be the end of the whole form
MOST_TOKENS = 300
MOST_PARENTHESES = 50
LONGEST_EXPRESSION = 50_000
LARGEST_NUMBER = 1e15


class DomainNotCompilable(ValueError):
    """A domain, or one condition of it, that a form cannot evaluate.

    `reason` is a stable code: `size`, `syntax`, `unknown_field`, `path`, `field_type`,
    `operator`, `value`; `field`, `operator` and `value` tell where.
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
    :return: a Python expression over field names (and the field `CLOCK` for "today") that the
        web client understands; many2one fields are ids, x2many fields lists of ids, dates
        strings as the server sends them
    :raise DomainNotCompilable: when the two sides could disagree
    """
    if isinstance(domain, str) or not isinstance(domain, Sequence):
        raise DomainNotCompilable("syntax", value=domain)
    if len(domain) > MOST_TOKENS:
        raise DomainNotCompilable("size")
    # (connector that is not in parentheses yet, expression, parentheses in each other)
    stack: list[tuple[str, str, int]] = []
    for token in reversed(domain):
        if token == "!":
            _connector, text, depth = _join("", [_pop(stack, domain)])
            stack.append(("", f"(not {text})", depth + 1))
        elif isinstance(token, str) and token in CONNECTORS:
            stack.append(_join(token, [_pop(stack, domain), _pop(stack, domain)]))
        else:
            # a single condition has up to three parentheses of its own
            stack.append(("", _compile_condition(token, types), 3))
    _connector, expression, depth = _join("&", reversed(stack))
    if depth > MOST_PARENTHESES or len(expression) > LONGEST_EXPRESSION:
        raise DomainNotCompilable("size")
    return expression or "True"


def domain_fields(domain: Sequence) -> set[str]:
    """Return the names of the fields that the conditions of a compilable domain read."""
    return {
        token[0] for token in domain if not isinstance(token, str) and isinstance(token[0], str)
    }


def normalize_domain(domain: Sequence, types: Mapping[str, str]) -> list:
    """Return a domain that says "not set" by False only.

    Odoo joins conditions about one field before it learns that an empty text is no text: of
    "is not set and is empty" nothing would be left.
    """
    return [
        (*token[:2], _normalize_value(token[2]))
        if not isinstance(token, str) and len(token) == 3 and types.get(token[0]) != "boolean"
        else token
        for token in domain
    ]


def _normalize_value(value):
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_normalize_value(each) for each in value]
    return False if value is None or value == "" else value


def clock_terms(expression: str) -> set[str]:
    """Return what a compiled expression asks of the field `CLOCK`: days such as `today -7d`, and
    moments, which begin with `MOMENT_MARK`.
    """
    return set(CLOCK_TERM.findall(expression))


def _join(connector: str, parts: Iterable[tuple[str, str, int]]) -> tuple[str, str, int]:
    """Join expressions; those of the same connector need no parentheses among each other."""
    texts, deepest = [], 0
    for inner, text, depth in parts:
        is_flat = inner in ("", connector)
        texts.append(text if is_flat else f"({text})")
        deepest = max(deepest, depth if is_flat else depth + 1)
    return connector, f" {CONNECTORS.get(connector)} ".join(texts), deepest


def _pop(stack: list[tuple[str, str, int]], domain: Sequence) -> tuple[str, str, int]:
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
        return _compare_dates(field, "==", _date(field, field_type, operator, value))
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
    return _compare_dates(field, operator, _date(field, field_type, operator, value))


def _number(field: str, operator: str, value) -> int | float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # comparing is all that a huge integer allows: it is no float, and no text either
    if not is_number or not abs(value) <= LARGEST_NUMBER:
        raise DomainNotCompilable("value", field, operator, "…" if is_number else value)
    return value


def _compare_dates(field: str, comparison: str, text: str) -> str:
    # a form that was opened before the rule changed has another clock, or none
    known = f"{CLOCK} and {text} and " if text.startswith(CLOCK) else ""
    return f"({known}{field} and {field} {comparison} {text})"


def _date(field: str, field_type: str, operator: str, value) -> str:
    if not isinstance(value, str):
        raise DomainNotCompilable("value", field, operator, value)
    if match := RELATIVE_DATE.fullmatch(value):
        relative = _relative_date(field_type, match[1], match[2].split())
        if relative:
            return relative
    elif DATE_PATTERNS[field_type].fullmatch(value):
        return repr(value)
    raise DomainNotCompilable("value", field, operator, value)


def _relative_date(field_type: str, start: str, terms: Sequence[str]) -> str | None:
    """The expression of "today -7d" and the like; None when both sides could disagree."""
    deltas = []
    counts_months = False
    for term in terms:
        sign, unit = term[0], UNITS[term[-1]]
        if sign == "=":
            if start != "today":
                return None
            counts_months = unit == "days"
            continue
        if unit in ("months", "years"):
            if not counts_months:
                return None
        else:
            counts_months = False
            if start == "today" and unit in ("hours", "minutes", "seconds"):
                return None
        deltas.append(f"relativedelta({unit}={int(term[:-1])})")
    if start == "now":
        if field_type == "date":
            return None
        # counted in UTC, as the server does: a browser may not have the user's time zone
        moment = " + ".join(["datetime.datetime.now().to_utc()", *deltas])
        return f"({moment}).strftime('{DATETIME_FORMAT}')"
    mark = MOMENT_MARK if field_type == "datetime" else ""
    return f"{CLOCK}.get('{' '.join([mark + start, *terms])}')"
