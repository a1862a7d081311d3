"""A guess at the mood of a message, which names the words that it was made of.

It counts words of a list (`sentiment_lexicon`), turns them round after a negation, makes them
stronger beside "very", and squeezes the sum into -1 to 1 by ``s / sqrt(s² + 15)``, the formula of
VADER (Hutto and Gilbert, 2014). It knows no irony and no context. So it is a hint for people who
read the message, and nothing is decided by it.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from .sentiment_lexicon import ARABIC, BOOSTERS, ENGLISH, NEGATIONS, NO_NEGATIONS

VERSION = 1
# Beyond this a message is read as what its author began with
MAX_CHARACTERS = 6000
NEGATIVE, POSITIVE = -0.35, 0.4
DAMPING = 15
BOOST = 1.4
# "Not good" is bad, but "not bad" is no praise
TURNED_POSITIVE, TURNED_NEGATIVE = -1, -0.3
# What weighs less only names a fault; many faults are no anger, so only the heaviest counts
FEELING = 1
# How many words before a word its negation may stand
REACH = 3
MAX_EVIDENCE = 5
# Letters with their accents, vowel signs and stretches, and apostrophes between them
MARKS = "\u0300-\u036f\u0640\u064b-\u065f\u0670"
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*(?:['’ʼ](?:[^\W\d_]|[{MARKS}])+)*")
CLAUSE_END = re.compile(r"[.!?؟؛;:,،\n]")
APOSTROPHES = str.maketrans("", "", "'’ʼ")
# Particles that Arabic writes together with the word that follows
PREFIXES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ف", "ب", "ل")
MIN_STEM = 3
ALEF = "\u0627"


@dataclass(frozen=True)
class Evidence:
    """Words of the message, as their author wrote them, and what they weighed."""

    text: str
    weight: float


@dataclass(frozen=True)
class Mood:
    """:ivar score: from -1 (very unhappy) to 1 (very happy)
    :ivar label: negative, neutral or positive
    :ivar evidence: the heaviest words that led there, heaviest first
    """

    score: float
    label: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class _Word:
    text: str
    forms: tuple[str, ...]
    start: int
    end: int
    clause: int


class MoodReader:
    """Reads moods; made once, for the list is put into the spelling of texts then.

    :param normalize: the spelling in which words are compared
    """

    def __init__(self, normalize: Callable[[str], str]):
        self._normalize = lambda text: normalize(text.translate(APOSTROPHES))
        self._weights: dict[tuple[str, ...], float] = {
            tuple(self._normalize(phrase).split()): weight
            for phrase, weight in {**ENGLISH, **ARABIC}.items()
        }
        self._longest = max(map(len, self._weights))
        self._negations = {self._normalize(word) for word in NEGATIONS}
        self._boosters = {self._normalize(word) for word in BOOSTERS}
        self._no_negations = {
            tuple(self._normalize(word) for word in pair) for pair in NO_NEGATIONS
        }

    def guess(self, text: str) -> Mood:
        """Guess the mood of a plain text in English, Arabic, or both."""
        text = (text or "")[:MAX_CHARACTERS]
        words = self._split(text)
        evidence, place = [], 0
        while place < len(words):
            length, weight = self._find(words, place)
            if length:
                evidence.append(self._weigh(text, words, place, length, weight))
            place += max(length, 1)
        total = _add_up([found.weight for found in evidence])
        if total and "!!" in text:
            total *= 1.1
        score = round(total / math.sqrt(total * total + DAMPING), 3)
        label = "negative" if score <= NEGATIVE else "positive" if score >= POSITIVE else "neutral"
        return Mood(score, label, self._choose(evidence, score))

    @staticmethod
    def _choose(evidence, score):
        """The words that led to the score, the heaviest first, each once."""
        led = [found for found in evidence if found.weight * score > 0]
        unique = {}
        for found in led:
            unique.setdefault(found.text.casefold(), found)
        heaviest = sorted(unique.values(), key=lambda found: -abs(found.weight))
        return tuple(heaviest[:MAX_EVIDENCE])

    def _split(self, text):
        words, clause, last = [], 0, 0
        for match in WORD.finditer(text):
            clause += bool(CLAUSE_END.search(text, last, match.start()))
            last = match.end()
            word = self._normalize(match.group())
            words.append(
                _Word(match.group(), tuple(_forms(word)), match.start(), match.end(), clause)
            )
        return words

    def _find(self, words, place):
        """The longest phrase of the list that begins at a word: (number of words, weight)."""
        for length in range(min(self._longest, len(words) - place), 0, -1):
            span = words[place : place + length]
            if span[0].clause != span[-1].clause:
                continue
            rest = tuple(word.forms[0] for word in span[1:])
            for form in span[0].forms:
                if (weight := self._weights.get((form, *rest))) is not None:
                    return length, weight
        return 0, 0.0

    def _weigh(self, text, words, place, length, weight):
        first = last = place
        end = place + length - 1
        for near in (place - 1, end + 1):
            if self._is_near(words, place, near) and self._boosters & {*words[near].forms}:
                weight *= BOOST
                first, end = min(first, near), max(end, near)
                break
        for near in range(last - 1, max(last - 1 - REACH, -1), -1):
            if not self._is_near(words, place, near):
                break
            if self._is_negation(words, near):
                weight *= TURNED_POSITIVE if weight > 0 else TURNED_NEGATIVE
                first = min(first, near)
                break
        return Evidence(text[words[first].start : words[end].end], round(weight, 2))

    @staticmethod
    def _is_near(words, place, near):
        return 0 <= near < len(words) and words[near].clause == words[place].clause

    def _is_negation(self, words, place):
        if words[place].forms[0] not in self._negations:
            return False
        following = words[place + 1].forms[0] if place + 1 < len(words) else ""
        return (words[place].forms[0], following) not in self._no_negations


def _add_up(weights):
    feelings = [weight for weight in weights if abs(weight) >= FEELING]
    facts = [weight for weight in weights if abs(weight) < FEELING]
    return sum(feelings) + max(facts, key=abs, default=0)


def _forms(word):
    """A word, and what is left of it without the particles that are written together with it."""
    yield word
    if word.isascii():
        return
    stems = [word]
    for prefix in PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= MIN_STEM:
            stems.append(word[len(prefix) :])
    yield from stems[1:]
    # the accusative, which is written with an alef
    yield from (stem[:-1] for stem in stems if stem.endswith(ALEF) and len(stem) > MIN_STEM)
