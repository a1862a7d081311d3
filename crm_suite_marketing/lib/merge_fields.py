"""Merge fields: the small language in which a mailing names what differs from person to person.

Nothing of it is ever evaluated as code, and no value is read as language again.

    Dear [[first_name|title|fallback:"friend"]],
    [[if city = "Cairo"]] see you in Zamalek [[else]] see you on-line [[end]]

A field is a name of a white list, then filters from left to right. A condition is a name, `not` and
a name, or a name compared with a word, a number or a date in quotes. Blocks can be nested.

Square brackets, because Odoo gives a meaning to braces (inline templates), to `${` (older ones)
and to `<t t-out>` (QWeb), while its sanitizer, its editor and its check of templates leave these
alone. `[[` opens a field only where a letter follows, and a backslash before it makes it plain
text. In the address of a link the sanitizer writes %5B%5B for `[[`: that is read as well.

How a text goes through a renderer of somebody else (QWeb, the shortener of links, a layout, the
text part): `parse` gives the text with a mark in the place of each field; marks are letters and
figures that nobody can guess, and nothing changes them. `Template.compile` splits what came out at
the marks, once; `render` joins the pieces for a record.
"""

import difflib
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, unquote

from markupsafe import escape

from . import merge_formats
from .merge_formats import Choice, Money
from .merge_places import find_places

MAX_TEXT = 1_000_000
MAX_TAG = 300
MAX_TAGS = 500
MAX_FILTERS = 8
MAX_DEPTH = 5
MAX_VALUE = 2000
MAX_DIGITS = 6
# blocks in blocks, where a renderer in between wrote some twice
MAX_REPEATED = 50

OPENING = re.compile(r"(\\?)(\[\[|%5B%5B)(?=(?:\s|&nbsp;|%20)*[^\W\d_])", re.IGNORECASE)
CLOSING = {"[[": re.compile(r"\]\]"), "%5b%5b": re.compile(r"%5D%5D", re.IGNORECASE)}
NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3}"
STRING = r"\"[^\"]*\"|'[^']*'|“[^”]*”|«[^»]*»"
NUMBER = r"-?\d{1,15}(?:\.\d{1,6})?"
CONDITION = re.compile(
    rf"if\s+(not\s+)?({NAME})\s*(?:(==?|!=|<=|>=|<|>)\s*({STRING}|{NUMBER}))?", re.IGNORECASE
)
FIELD = re.compile(NAME)
FILTER = re.compile(rf"\s*\|\s*([a-z]+)\s*(?::\s*({STRING}|{NUMBER}|[a-z]+))?\s*", re.IGNORECASE)
# no control characters, nor what XML and UTF-8 cannot hold
BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

# filter: (what its argument must be, is one needed)
FILTERS = {
    "upper": (None, False),
    "lower": (None, False),
    "title": (None, False),
    "truncate": ("number", True),
    "fallback": ("text", True),
    "default": ("text", True),
    "date": ("style", False),
    "number": ("number", False),
    "currency": ("currency", False),
}


class MergeFieldError(ValueError):
    """What is wrong with a text.

    :ivar code: `too_long`, `too_many`, `unclosed_tag`, `long_tag`, `markup`, `syntax`,
        `unknown_field`, `unknown_filter`, `bad_argument`, `too_deep`, `no_if`, `no_end`,
        `second_else`, `place`
    :ivar position: character of the text at which it begins, from 0
    :ivar excerpt: what stands there
    :ivar hint: a name that may be meant, or the name of an attribute
    """

    def __init__(self, code, position=0, excerpt="", hint=""):
        super().__init__(f"{code} at {position}: {excerpt}")
        self.code, self.position, self.excerpt, self.hint = code, position, excerpt, hint


class Tag(NamedTuple):
    """One pair of brackets. `kind` is field, if, else or end."""

    kind: str
    source: str
    position: int
    name: str = ""
    filters: tuple = ()
    is_negated: bool = False
    operator: str = ""
    literal: object = None


class Block(NamedTuple):
    condition: Tag
    then: tuple
    otherwise: tuple


class Template(NamedTuple):
    """A text that was read: `text` with marks, the tags, and what all marks begin with."""

    text: str
    tags: tuple
    mark: str

    @property
    def names(self):
        """The fields that are used."""
        return {tag.name for tag in self.tags if tag.name}

    @property
    def names_without_fallback(self):
        """The fields that leave a hole in the text where a person has no value: those outside
        of all conditions, without a fallback."""
        depth, names = 0, set()
        for tag in self.tags:
            depth += {"if": 1, "end": -1}.get(tag.kind, 0)
            if tag.kind == "field" and not depth and not get_fallback(tag):
                names.add(tag.name)
        return names

    def split(self, text):
        """Return the pieces of a text with marks: strings and tags in turn."""
        pieces = re.split(rf"{self.mark}(\d{{1,4}})z", text)
        for place in range(1, len(pieces), 2):
            index = int(pieces[place])
            pieces[place] = self.tags[index] if index < len(self.tags) else ""
        return pieces

    def compile(self, text: str | None = None) -> tuple:
        """Return the pieces to join: strings, fields, and blocks of them.

        A renderer in between may have left marks out or written them twice, so blocks are
        paired again: what has lost its partner counts for nothing.

        :param text: what became of `self.text`; itself by default
        """
        text = self.text if text is None else text
        urls = find_marks_in_urls(text, self.mark)
        stack = [[None, []]]
        for number, piece in enumerate(self.split(text)):
            if isinstance(piece, str):
                if piece:
                    stack[-1][-1].append(piece)
            elif piece.kind == "field":
                stack[-1][-1].append((piece, number // 2 in urls))
            elif piece.kind == "if":
                if len(stack) <= MAX_REPEATED:
                    stack.append([piece, []])
            elif len(stack) > 1:
                if piece.kind == "else" and len(stack[-1]) == 2:
                    stack[-1].append([])
                elif piece.kind == "end":
                    _close(stack)
        while len(stack) > 1:
            _close(stack)
        return tuple(stack[0][1])


def _close(stack):
    condition, then, *otherwise = stack.pop()
    stack[-1][-1].append(Block(condition, tuple(then), tuple(otherwise[0] if otherwise else ())))


# ----------------------------------------------------------------------
# Reading
# ----------------------------------------------------------------------


def parse(text: str, is_html: bool = False, names: Collection[str] | None = None) -> Template:
    """Read a text.

    :param is_html: entities are text, and in a link the brackets may be escaped
    :param names: the fields that there are; None: any
    :raise MergeFieldError: at the first mistake
    """
    if len(text) > MAX_TEXT:
        raise MergeFieldError("too_long")
    mark = f"mf{secrets.token_hex(8)}z"
    pieces, tags, start = [], [], 0
    depth = []
    while place := OPENING.search(text, start):
        pieces.append(text[start : place.start()])
        if place[1]:
            pieces.append(place[2])
            start = place.end()
            continue
        source, start = _cut(text, place, is_html)
        tag = _read_tag(source, place.start(), names)
        _nest(depth, tag)
        if len(tags) == MAX_TAGS:
            raise MergeFieldError("too_many", tag.position, source)
        pieces.append(f"{mark}{len(tags)}z")
        tags.append(tag)
    if depth:
        raise MergeFieldError("no_end", depth[-1][0].position, depth[-1][0].source)
    pieces.append(text[start:])
    template = Template("".join(pieces), tuple(tags), mark)
    if is_html and tags:
        _check_places(template)
    return template


def has_fields(text: str | None) -> bool:
    """Say quickly whether there may be anything to read."""
    return bool(text) and ("[[" in text or "%5b%5b" in text.lower())


def _cut(text, place, is_html):
    """:return: what is written between the brackets, and where the text goes on"""
    begin, encoded = place.end(), place[2] != "[["
    # a quote may hold what closes: look at each place that closes until quotes are paired
    limit = begin + MAX_TAG * (3 if is_html else 1)
    for end in CLOSING[place[2].lower()].finditer(text, begin, limit):
        source = text[begin : end.start()]
        if encoded:
            source = unquote(source)
        if is_html:
            if re.search(r"<(?=[a-z/!?])", source, re.IGNORECASE):
                raise MergeFieldError("markup", place.start(), _shorten(source))
            source = unescape(source)
        source = source.replace("\xa0", " ").strip()
        if len(source) > MAX_TAG:
            break
        if _has_paired_quotes(source):
            return source, end.end()
    code = "unclosed_tag" if limit >= len(text) else "long_tag"
    raise MergeFieldError(code, place.start(), _shorten(text[place.start() : limit]))


def _has_paired_quotes(source):
    return not re.search(r"[\"'“«]", re.sub(STRING, "", source))


def _read_tag(source, position, names):
    word = source.lower()
    if word in ("else", "end"):
        return Tag(word, source, position)
    tag = None
    if re.match(r"if\s", word):
        found = CONDITION.fullmatch(source)
        if found and not (found[1] and found[3]):
            operator = {"==": "="}.get(found[3], found[3] or "")
            literal = _read_literal(found[4]) if operator else None
            tag = Tag(
                "if", source, position, found[2].lower(), (), bool(found[1]), operator, literal
            )
    else:
        name = re.match(r"[^\s|]+", source)
        tag = Tag("field", source, position, name[0].lower() if name else "")
        is_name = FIELD.fullmatch(tag.name)
        rest = source[name.end() if name else 0 :].strip()
        tag = tag._replace(filters=_read_filters(rest, source, position))
        if names is None and not is_name:
            tag = None
    if not tag:
        raise MergeFieldError("syntax", position, source)
    if names is not None and tag.name not in names:
        close = difflib.get_close_matches(tag.name[:60].lower(), list(names), 1)
        raise MergeFieldError("unknown_field", position, tag.name, close[0] if close else "")
    return tag


def _read_filters(text, source, position):
    filters, start = [], 0
    while start < len(text):
        found = FILTER.match(text, start)
        if not found or len(filters) == MAX_FILTERS:
            raise MergeFieldError("syntax", position, source)
        name = found[1].lower()
        if name not in FILTERS:
            close = difflib.get_close_matches(name, list(FILTERS), 1)
            raise MergeFieldError("unknown_filter", position, name, close[0] if close else "")
        filters.append((name, _read_argument(name, found[2], position, source)))
        start = found.end()
    return tuple(filters)


def _read_argument(name, text, position, source):
    kind, is_needed = FILTERS[name]
    if text is None:
        if is_needed:
            raise MergeFieldError("bad_argument", position, source, name)
        return None
    value = _read_literal(text)
    is_bare = text[0].isalpha()
    is_fine = {
        None: False,
        "number": isinstance(value, Decimal)
        and value == int(value)
        and 0 <= value <= (MAX_DIGITS if name == "number" else MAX_VALUE),
        "style": value in merge_formats.STYLES,
        "text": not is_bare,
        "currency": re.fullmatch(r"[A-Za-z]{3}", str(value)) is not None,
    }[kind]
    if not is_fine:
        raise MergeFieldError("bad_argument", position, source, name)
    return int(value) if kind == "number" else str(value)


def _read_literal(text):
    if re.fullmatch(NUMBER, text):
        return Decimal(text)
    return text if text[0].isalpha() else text[1:-1]


def _nest(depth, tag):
    if tag.kind == "if":
        if len(depth) == MAX_DEPTH:
            raise MergeFieldError("too_deep", tag.position, tag.source)
        depth.append([tag, False])
    elif tag.kind in ("else", "end"):
        if not depth:
            raise MergeFieldError("no_if", tag.position, tag.source)
        if tag.kind == "end":
            depth.pop()
        elif depth[-1][1]:
            raise MergeFieldError("second_else", tag.position, tag.source)
        else:
            depth[-1][1] = True


def _shorten(text, size=60):
    text = " ".join(text.split())
    return text if len(text) <= size else text[: size - 1] + "…"


# ----------------------------------------------------------------------
# Places in HTML
# ----------------------------------------------------------------------


def _check_places(template):
    blocks = []
    for index, place in find_places(template.text, template.mark).items():
        tag = template.tags[index]
        if place.problem or (place.attribute and tag.kind != "field"):
            raise MergeFieldError("place", tag.position, tag.source, place.attribute)
        if tag.kind == "if":
            blocks.append(place.path)
        elif tag.kind != "field":
            if not blocks or blocks[-1] != place.path:
                raise MergeFieldError("place", tag.position, tag.source)
            if tag.kind == "end":
                blocks.pop()


def find_marks_in_urls(text: str, mark: str) -> set[int]:
    """Return which marks of a text, counted from 0, stand in an address: their values are
    escaped as addresses want it."""
    found = set()
    for number, place in enumerate(re.finditer(rf"{mark}\d{{1,4}}z", text)):
        before = text[max(0, place.start() - MAX_VALUE) : place.start()]
        word = re.split(r"[\s\"'<>()\[\]]", before)[-1]
        is_local = word.startswith("/") and before[: -len(word)].endswith(('="', "='"))
        if is_local or re.match(r"(?:https?://|mailto:|tel:|sms:)", word, re.IGNORECASE):
            found.add(number)
    return found


# ----------------------------------------------------------------------
# Writing
# ----------------------------------------------------------------------


def render(program: Iterable, values: Mapping, kind: str = "text", locale=None) -> str:
    """Return the text for one record.

    :param program: from :meth:`Template.compile`
    :param values: `{name: str, number, date, datetime, bool, Money, Choice or None}`
    :param kind: `html`, `text`, or `line`: a text without line breaks, for headers
    :param locale: a `merge_formats.Locale`
    """
    out = []
    _walk(program, values, kind, locale or merge_formats.ENGLISH, out)
    text = "".join(out)
    return " ".join(text.split()) if kind == "line" else text


def _walk(program, values, kind, locale, out):
    for piece in program:
        if isinstance(piece, str):
            out.append(piece)
        elif isinstance(piece, Block):
            branch = piece.then if is_true(piece.condition, values) else piece.otherwise
            _walk(branch, values, kind, locale, out)
        else:
            tag, is_url = piece
            text = get_text(tag, values, locale)
            if is_url:
                out.append(quote(text, safe=""))
            elif kind == "html":
                out.append(str(escape(text)))
            else:
                out.append(" ".join(text.split()) if kind == "line" else text)


def get_fallback(tag: Tag) -> str:
    """Return what stands where there is no value."""
    return next((value for name, value in tag.filters if name in ("fallback", "default")), "")


def get_text(tag: Tag, values: Mapping, locale) -> str:
    """Return what a field says for these values, as plain text."""
    value = values.get(tag.name)
    if not is_filled(value):
        value = None
    for name, argument in tag.filters:
        value = _apply(name, argument, value, locale)
    text = merge_formats.to_text(value, locale)
    return BROKEN.sub("", text)[:MAX_VALUE]


def _apply(name, argument, value, locale):
    if name in ("fallback", "default"):
        return value if is_filled(value) else argument
    if value is None:
        return None
    if name == "date":
        return merge_formats.format_date(value, argument, locale)
    if name == "number":
        return merge_formats.format_number(value, argument, locale)
    if name == "currency":
        return merge_formats.format_currency(value, argument, locale)
    text = merge_formats.to_text(value, locale)
    if name == "upper":
        return text.upper()
    if name == "lower":
        return text.lower()
    if name == "title":
        return re.sub(r"[^\s-]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), text)
    return text if len(text) <= argument else text[: max(0, argument - 1)].rstrip() + "…"


def is_filled(value) -> bool:
    """Say whether there is a value; zero and no are values."""
    if value is None:
        return False
    if isinstance(value, str | Choice):
        return bool(str(value).strip())
    return True


def is_true(tag: Tag, values: Mapping) -> bool:
    """Answer the condition of a block. What cannot be compared differs."""
    value = values.get(tag.name)
    if not tag.operator:
        amount = value.amount if isinstance(value, Money) else value
        return (is_filled(value) and bool(amount)) != tag.is_negated
    if not is_filled(value):
        return tag.operator == "!="
    if isinstance(value, Choice) and tag.operator in ("=", "!="):
        wanted = str(tag.literal).strip().casefold()
        keys = {str(value.key).casefold(), value.label.strip().casefold()}
        return (wanted in keys) == (tag.operator == "=")
    left, right = _make_comparable(value, tag.literal)
    if left is None or right is None:
        return tag.operator == "!="
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[tag.operator]


def _make_comparable(value, literal):
    """Return both as one type, or None for what has no such value."""
    if isinstance(value, bool):
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        return value, words.get(str(literal).casefold())
    if isinstance(value, Money):
        value = value.amount
    if isinstance(value, int | float | Decimal):
        number = literal
        if not isinstance(number, Decimal):
            number = Decimal(literal) if re.fullmatch(NUMBER, literal.strip()) else None
        value = Decimal(str(value))
        return value if value.is_finite() else None, number
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        try:
            return day, date.fromisoformat(str(literal).strip())
        except ValueError:
            return day, None
    return str(value).strip().casefold(), str(literal).strip().casefold()
