"""Who gets a lead: places, languages and the choice itself, without a database."""

import re
import unicodedata
from dataclasses import dataclass, field

SEPARATORS = re.compile(r"[,;،؛\n]+")
NOT_IN_A_ZIP = re.compile(r"[^0-9A-Z]")


def normalize_zip(text):
    """Return a zip code as it is compared: capital letters and western digits only.

    >>> normalize_zip("١٢٣ ٤٥"), normalize_zip("sw1a-1aa"), normalize_zip(None)
    ('12345', 'SW1A1AA', '')
    """
    digits = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text or ""
    )
    return NOT_IN_A_ZIP.sub("", digits.upper())


def split_prefixes(text):
    """Return the beginnings of zip codes that a text lists, separated by commas or lines.

    >>> split_prefixes("10, 11؛ ١٢")
    ('10', '11', '12')
    """
    prefixes = (normalize_zip(part) for part in SEPARATORS.split(text or ""))
    return tuple(dict.fromkeys(prefix for prefix in prefixes if prefix))


@dataclass(frozen=True)
class Area:
    """A territory: countries, of which some only with some states, and zip codes.

    :param countries: ids of countries
    :param states: ids of states by the id of their country, which they narrow
    :param prefixes: beginnings of zip codes, normalized; none: all of them
    """

    countries: frozenset = frozenset()
    states: dict = field(default_factory=dict)
    prefixes: tuple = ()

    def covers(self, country, state, zip_code):
        """Return True or False or, when the place is not known well enough to tell, None."""
        parts = (self._covers_country(country, state), self._covers_zip(zip_code))
        if False in parts:
            return False
        return None if None in parts else True

    def _covers_country(self, country, state):
        if not self.countries and not self.states:
            return True
        if not country:
            return None
        if country in self.states:
            return state in self.states[country] if state else None
        return country in self.countries

    def _covers_zip(self, zip_code):
        if not self.prefixes:
            return True
        zip_code = normalize_zip(zip_code)
        return zip_code.startswith(self.prefixes) if zip_code else None


def cover(areas, place):
    """Whether one of the areas covers a place (country, state, zip code); None: it does not tell.

    No area at all covers everything.
    """
    if not areas:
        return True
    answers = {area.covers(*place) for area in areas}
    return True if True in answers else None if None in answers else False


def speaks(languages, language):
    """Whether somebody with these languages can answer in a language.

    Codes of Odoo are compared without their country: who speaks `ar_SY` answers `ar_001`.

    :param languages: codes; none: any language
    :param language: a code, or nothing when it is unknown
    """
    if not languages or not language:
        return True
    return language.partition("_")[0] in {code.partition("_")[0] for code in languages}


@dataclass
class Candidate:
    """Somebody who may get leads.

    :param key: id, breaks the last tie
    :param open_count: open leads and opportunities that this person has
    :param capacity: above 0; twice the capacity carries twice the load
    :param limit: open leads beyond which nothing is added; 0: no limit
    :param last_at: when this person last got a lead, in anything that grows
    """

    key: int
    open_count: int = 0
    capacity: int = 1
    limit: int = 0
    last_at: object = 0

    @property
    def is_full(self):
        return bool(self.limit) and self.open_count >= self.limit

    @property
    def load(self):
        return self.open_count / self.capacity

    def take(self, instant):
        self.open_count += 1
        self.last_at = instant


def choose(candidates, preferred=frozenset(), at_work=frozenset()):
    """Return who gets the next lead, or None.

    First those who prefer such leads, then those at work, then the least load; whoever waited
    longest when that is equal.

    :param candidates: iterable of `Candidate`
    :param preferred: keys of those who prefer this lead
    :param at_work: keys of those at work now
    """
    return min(
        (candidate for candidate in candidates if not candidate.is_full),
        key=lambda c: (c.key not in preferred, c.key not in at_work, c.load, c.last_at, c.key),
        default=None,
    )
