"""Values of properties, as Odoo keeps them in JSON, as columns of custom fields take them."""

import math
from datetime import date, datetime
from typing import Any

MAX_INTEGER = 2**31 - 1
MAX_ID = 2**31 - 1
# Types of properties that are kinds of custom fields as well, under the same name
KINDS = frozenset(
    ["boolean", "char", "date", "datetime", "float", "html", "integer", "many2many", "many2one"]
    + ["monetary", "selection", "text"]
)


class NotConvertible(ValueError):
    """A value that the kind of a field does not have: the property was of another type once."""


def convert(kind: str, value: Any, options: dict[str, str] | None = None) -> Any:
    """Return a value of a property for the column of a custom field; None when it says nothing.

    :param kind: of the custom field
    :param value: what JSON holds
    :param options: of a selection: the option of the field by the option of the property
    :return: moments as naive datetimes, links as ids
    :raise NotConvertible:
    """
    if value is None or value is False or value in ("", []):
        return None
    if kind in ("char", "text", "html"):
        return _check(isinstance(value, str) and "\0" not in value, value)
    if kind == "boolean":
        return _check(value is True, value)
    if kind == "integer":
        is_number = _is_number(value) and value == int(value) and abs(value) <= MAX_INTEGER
        return int(_check(is_number, value))
    if kind in ("float", "monetary"):
        return float(_check(_is_number(value), value))
    if kind == "date":
        return _parse(date, value, 10)
    if kind == "datetime":
        return _parse(datetime, value, 19)
    if kind == "selection":
        return (options or {})[_check(isinstance(value, str) and value in (options or {}), value)]
    if kind == "many2one":
        return _check(_is_id(value), value)
    if kind == "many2many":
        is_list = isinstance(value, list) and all(_is_id(each) for each in value)
        return list(dict.fromkeys(_check(is_list, value)))
    raise NotConvertible(kind)


def _check(is_fit, value):
    if not is_fit:
        raise NotConvertible(value)
    return value


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def _parse(type_, value, length):
    try:
        return type_.fromisoformat(_check(isinstance(value, str), value)[:length])
    except ValueError as error:
        raise NotConvertible(value) from error
