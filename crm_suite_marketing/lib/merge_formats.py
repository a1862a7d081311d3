"""How the values of merge fields are written in a language. No Odoo."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import babel
from babel import dates, numbers

STYLES = ("short", "medium", "long", "full")


class Money(NamedTuple):
    """An amount, and the ISO code of its currency."""

    amount: float | Decimal
    currency: str


class Choice(NamedTuple):
    """One of a list: the label in a language, and the key that is the same in all of them."""

    label: str
    key: str

    def __str__(self):
        return self.label


class Locale(NamedTuple):
    """A language: what babel knows it by, and its words for yes and no."""

    code: babel.Locale
    yes: str = "yes"
    no: str = "no"


ENGLISH = Locale(babel.Locale("en", "US"))


def make_locale(code: str | None, yes: str = "yes", no: str = "no") -> Locale:
    """Return a language by its code (ar_001); one that is unknown is written as English is."""
    try:
        return Locale(babel.Locale.parse((code or "en_US").partition("@")[0]), yes, no)
    except (ValueError, babel.UnknownLocaleError):
        return ENGLISH._replace(yes=yes, no=no)


def to_text(value, locale: Locale) -> str:
    """Return a value as it is written without a filter."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return locale.yes if value else locale.no
    if isinstance(value, Money):
        return format_currency(value, None, locale)
    if isinstance(value, int | float | Decimal):
        return format_number(value, None, locale)
    if isinstance(value, date):
        return format_date(value, None, locale)
    return str(value)


def format_date(value, style: str | None, locale: Locale) -> str:
    """Return a day in words of the language; what is no date stays."""
    if not isinstance(value, date):
        return to_text(value, locale)
    day = value.date() if isinstance(value, datetime) else value
    return dates.format_date(day, style or "medium", locale=locale.code)


def format_number(value, digits: int | None, locale: Locale) -> str:
    """Return a number with this many digits after the point; by default those it has, at most 2."""
    number = _to_number(value)
    if number is None:
        return to_text(value, locale) if not isinstance(value, int | float | Decimal) else ""
    pattern = "#,##0.##" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(number, pattern, locale=locale.code)


def format_currency(value, code: str | None, locale: Locale) -> str:
    """Return an amount with its currency.

    :param code: for a number that has none; an amount keeps its own, nothing is converted
    """
    if isinstance(value, Money):
        code = value.currency
    number = _to_number(value)
    if number is None or not code:
        return format_number(value, 2, locale)
    return numbers.format_currency(number, code.upper(), locale=locale.code)


def _to_number(value) -> Decimal | None:
    if isinstance(value, Money):
        value = value.amount
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


# ----------------------------------------------------------------------
# First names
# ----------------------------------------------------------------------

TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "eng",
        "sir",
        "madam",
        "السيد",
        "السيدة",
        "الآنسة",
        "الأستاذ",
        "الأستاذة",
        "الدكتور",
        "الدكتورة",
        "المهندس",
        "المهندسة",
        "أستاذ",
        "استاذ",
        "دكتور",
        "مهندس",
        "م",
        "د",
        "أ",
        "أ.د",
        "الشيخ",
        "الحاج",
    ]
)
# half of a name: عبد الله, أبو بكر, Abdul Rahman
HALVES = frozenset(
    [
        "عبد",
        "أبو",
        "ابو",
        "أبا",
        "ابا",
        "أم",
        "ام",
        "بو",
        "abd",
        "abdel",
        "abdul",
        "abdal",
        "abu",
        "abou",
        "umm",
    ]
)


def get_first_name(name: str | None) -> str:
    """Return what to call somebody by, of a whole name; nothing if it is none.

    Titles are left out, `Last, First` is read backwards, and an Arabic name of two words (عبد الله)
    stays whole. An address or a number is no name.
    """
    text = " ".join((name or "").split())[:200]
    last, comma, first = text.partition(",")
    words = (first if comma and first.strip() else last).split()
    while len(words) > 1 and words[0].strip(".").casefold() in TITLES:
        words.pop(0)
    if not words or "@" in text or not any(letter.isalpha() for letter in words[0]):
        return ""
    is_half = words[0].casefold() in HALVES and len(words) > 1
    return " ".join(words[: 2 if is_half else 1])
