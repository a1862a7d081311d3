"""What somebody outside types or chooses for a custom field, without Odoo: cleaned, checked, read.

Values travel as text: what a page sends is cleaned into what the page may show again, and only a
text without error is read into a value.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime

from .arabic import DIGITS
from .lead_form import CONTROLS

# Longest text of each kind; more is an attack or belongs into an e-mail
LIMITS = {"char": 255, "text": 5000, "html": 5000}
# Digits, signs and points of the longest number that a column holds
NUMBER_LENGTH = 24
MAX_INTEGER = 2**31 - 1
# A double holds every amount below it to the cent
MAX_NUMBER = 10**13
MAX_CHOICES = 100
# The decimal and thousands separators and the minus that Arabic keyboards have
SIGNS = DIGITS | str.maketrans({"\u066b": ".", "\u066c": None, "\u2212": "-"})
WHOLE = re.compile(r"[+-]?\d{1,12}")
NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")
# Calendars of browsers and databases agree on these years
YEARS = range(1000, 10000)


def clean(kind: str, sent: Iterable[str]) -> str | list[str]:
    """Return what was sent for a field of a kind as it is checked, and shown again.

    :param sent: all values of the field, as a form sends them
    :return: a list of choices for `many2many`, a text for every other kind
    """
    texts = [_to_text(value) for value in list(sent)[: MAX_CHOICES + 1]]
    if kind == "many2many":
        return [choice for choice in dict.fromkeys(" ".join(t.split()) for t in texts) if choice]
    text = texts[-1] if texts else ""
    if kind in ("text", "html"):
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = " ".join(text.split())
    if kind == "char":
        return text
    if kind == "boolean":
        return "1" if text and text not in ("0", "false", "False") else ""
    return text.translate(SIGNS)[:64] if kind != "selection" else text


def find_error(
    kind: str, value: str | list[str], required: bool, options: Collection[str] = ()
) -> str | None:
    """Return what is wrong with a cleaned value, None if nothing.

    :param options: what may be chosen, for selections and links
    :return: required, long, choice, choices, whole, number, range, date, datetime
    """
    if not value:
        # an empty checkbox is an answer
        return "required" if required and kind != "boolean" else None
    if kind in LIMITS:
        return "long" if len(value) > LIMITS[kind] else None
    if kind == "many2many":
        if len(value) > MAX_CHOICES:
            return "choices"
        return None if set(value).issubset(options) else "choice"
    if kind in ("selection", "many2one"):
        return None if value in options else "choice"
    if kind == "integer":
        if not WHOLE.fullmatch(value):
            return "whole"
        return None if abs(int(value)) <= MAX_INTEGER else "range"
    if kind in ("float", "monetary"):
        if len(value) > NUMBER_LENGTH or not NUMBER.fullmatch(value):
            return "number"
        return None if abs(float(value)) < MAX_NUMBER else "range"
    if kind in ("date", "datetime"):
        return None if _read_moment(kind, value) else kind
    return None


def read(kind: str, value: str | list[str]):
    """Return the value of a cleaned text without error; None when it is empty.

    Links are ids, moments are naive and those of whoever typed them.
    """
    if kind == "boolean":
        return bool(value)
    if not value:
        return None
    if kind == "integer":
        return int(value)
    if kind in ("float", "monetary"):
        return float(value)
    if kind == "many2one":
        return int(value)
    if kind == "many2many":
        return [int(choice) for choice in value]
    return _read_moment(kind, value) if kind in ("date", "datetime") else value


def shorten(kind: str, value: str | list[str]) -> str | list[str]:
    """Return what is shown again of a value; it must not grow with what was sent."""
    return value[: 2 * LIMITS.get(kind, 128)]


def is_empty(value) -> bool:
    """Return whether a stored value says nothing. Zero and a checkbox do."""
    if isinstance(value, bool | int | float):
        return value is False
    return not value


def _read_moment(kind: str, value: str) -> date | datetime | None:
    pattern, parse = (DAY, date) if kind == "date" else (MOMENT, datetime)
    try:
        moment = parse.fromisoformat(value) if pattern.fullmatch(value) else None
    except ValueError:
        return None
    return moment if moment and moment.year in YEARS else None


def _to_text(value) -> str:
    # a part of a form may be a file under the name of a text
    if not isinstance(value, str):
        return ""
    return CONTROLS.sub("", value.encode("utf-8", "replace").decode("utf-8"))
