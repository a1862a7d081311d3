"""Whether two tickets are about the same thing, by their subjects."""

import re
from collections.abc import Callable
from difflib import SequenceMatcher

# From here on, two subjects are called similar: from 0, nothing in common, to 1, the same
SIMILAR = 0.5
WORD = re.compile(r"\w+")
# Words that say nothing about what a request is about
ENGLISH = (
    "a about again an and any are at be can cannot do does for from has have help how i in is it "
    "me my need no not of on our please problem question request s t the there this to urgent we "
    "with you your"
)
ARABIC = (
    "عاجل في من على الى عن مع هل لا ما هذا هذه انا نحن لم لن كيف مشكله طلب استفسار سؤال ارجو "
    "يرجي رجاء"
)
FILLERS = frozenset(f"{ENGLISH} {ARABIC}".split())
# Longer subjects are compared by their beginning
LONGEST = 200


def words_of(subject: str, normalize: Callable[[str], str] = str.casefold) -> frozenset[str]:
    """The words of a subject that tell what it is about; all of them when only fillers are left.

    :param normalize: makes spellings of the same word equal
    """
    words = WORD.findall(normalize(subject or "")[:LONGEST])
    return frozenset(word for word in words if word not in FILLERS) or frozenset(words)


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sets of words have in common, from 0 to 1; the same both ways round.

    A word counts as the other when most of its letters are the same: "printer" and "printers".
    """
    if not one or not other:
        return 0.0
    small, large = sorted((one, other), key=lambda words: (len(words), sorted(words)))
    same = sum(max(_alikeness(word, other_word) for other_word in large) for word in small)
    # Dice's measure, but for a short subject inside of a long one
    return min(1.0, 2 * same / (len(small) + min(len(large), 2 * len(small))))


def _alikeness(one, other):
    if one == other:
        return 1.0
    if min(len(one), len(other)) < 4:
        return 0.0
    ratio = SequenceMatcher(None, *sorted((one, other)), autojunk=False).ratio()
    return ratio if ratio >= 0.8 else 0.0
