r"""The text by which a record is found, and how what somebody types is looked up in it.

A search text is one string of normalised words (:mod:`arabic`), each after a space, in two lines:
what names the record, and where it is. ``" oak desks ltd sales@oak.example.com \n amman "``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .arabic import normalize

LINE = "\n"
# A word of one or two letters is in every text somewhere, so it must begin a word. Not in scripts
# that put no spaces between words.
SHORT = 3
WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
# More words than anybody types: the longest ones narrow the search enough
MOST_WORDS = 12
NUMBER_PART = re.compile(r"[-+().\/\d]*\d[-+().\/\d]*|[-+().\/]")
FEWEST_DIGITS = 5
# The 0 before a national number, which goes when the country is dialled: +44 (0)20, 0044 20, 020
TRUNK = re.compile(r"\(0\)")
NOT_DIGIT = re.compile(r"\D+")
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
SEPARATORS = str.maketrans('",;', "   ")
QUOTED = re.compile(r'"([^"]+)"')
LIKE_SPECIAL = re.compile(r"[%_\\]")


def build_search_text(
    names: Iterable[str],
    codes: Iterable[str] = (),
    phones: Iterable[str] = (),
    places: Iterable[str] = (),
) -> str:
    """Return the search text of a record; empty values are left out, and so are repetitions.

    :param names: names and addresses by which people know the record
    :param codes: references and registered numbers, also found without their spaces and hyphens
    :param phones: telephone numbers, also found as mere digits
    :param places: found as well, but not as a name of the record
    """
    first = " "
    for value in names:
        first = _add(first, _get_words(value))
    for value in codes:
        first = _add(first, _get_words(value))
        first = _add(first, NOT_ALPHANUMERIC.sub("", normalize(value)))
    for value in phones:
        number = _get_words(value)
        digits = NOT_DIGIT.sub("", number)
        if number.lstrip("+") != digits:
            first = _add(first, number)
        if digits not in first:
            first = _add(first, digits)
    second = " "
    for value in places:
        second = _add(second, _get_words(value))
    return first if second == " " else f"{first}{LINE}{second}"


def _get_words(value):
    return " ".join(normalize(value).translate(SEPARATORS).split())


def _add(text, part):
    return text if not part or f" {part} " in text else f"{text}{part} "


def get_names(search_text: str) -> str:
    """Return the line of a search text that names the record."""
    return search_text.partition(LINE)[0]


@dataclass(frozen=True)
class SearchWords:
    """What somebody looks for.

    :ivar groups: all of them must be found, each by one of its alternatives, of which all
        fragments must be in the text
    """

    groups: tuple[tuple[tuple[str, ...], ...], ...]

    @classmethod
    def parse(cls, typed: str) -> "SearchWords":
        """Read what was typed: words in any order, "whole phrases" in quotes, telephone numbers
        in any notation.
        """
        typed = normalize(typed)
        phrases = map(_get_words, QUOTED.findall(typed))
        words, groups = [], [((f" {phrase} ",),) for phrase in phrases if phrase]
        run = []
        for word in [*_get_words(QUOTED.sub(" ", typed)).split(), ""]:
            if NUMBER_PART.fullmatch(word):
                run.append(word)
                continue
            if digits := _get_subscriber_digits(run):
                # a number without signs holds its own digits: nothing to gain by looking for both
                as_typed = tuple(dict.fromkeys(map(_get_fragment, run)))[:MOST_WORDS]
                alternatives = [(digits,)] if digits in run[0] else [as_typed, (digits,)]
                groups.append(tuple(alternatives))
            else:
                words += run
            run = []
            if word:
                words.append(word)
        # a lone hyphen or ampersand says nothing, unless it is all there is
        words = [word for word in words if any(map(str.isalnum, word))] or words
        words = sorted(dict.fromkeys(words), key=len, reverse=True)
        groups += [((_get_fragment(word),),) for word in words]
        return cls(tuple(groups[:MOST_WORDS]))

    def __bool__(self):
        return bool(self.groups)

    def match(self, search_text: str) -> bool:
        """Return whether a search text holds what is looked for."""
        return all(
            any(all(fragment in search_text for fragment in alternative) for alternative in group)
            for group in self.groups
        )


def _get_fragment(word):
    return f" {word}" if len(word) < SHORT and not WITHOUT_SPACES.search(word) else word


def _get_subscriber_digits(words):
    """Return the digits of a telephone number without what depends on where one dials from."""
    digits = NOT_DIGIT.sub("", TRUNK.sub("", "".join(words)))
    return digits.lstrip("0") if len(digits) >= FEWEST_DIGITS else ""


def escape_like(fragment: str) -> str:
    """Return the pattern of LIKE for texts that contain this very fragment."""
    return "%" + LIKE_SPECIAL.sub(r"\\\g<0>", fragment) + "%"
