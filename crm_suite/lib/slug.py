"""Technical names of what people name in their own words.

A name of a column is compared with texts (views, filters, templates) by whoever looks for where it
is used, in core by a mere `like`: no name may be the beginning of another one.
"""

import re
import unicodedata

PREFIX = "x_cs_"
# what belongs to a custom field without being one: the name of a file, a currency
FILE_NAME_PREFIX = "x_csf_"
MAX_BYTES = 63  # of PostgreSQL
MAX_SLUG = 40
# All numbers have as many digits, so that none is the beginning of another
NUMBERS = range(1001, 10000)
TECHNICAL_NAME = re.compile(r"x_cs_[a-z0-9](?:[a-z0-9_]*[a-z0-9])?", re.ASCII)
OPTION_VALUE = re.compile(r"[a-z0-9](?:[a-z0-9_]*[a-z0-9])?", re.ASCII)
# What a form or a file could take for something else than a value
RESERVED_VALUES = frozenset(["false", "none", "null", "true", "undefined"])


class NoFreeName(ValueError):
    """All names that could be given are taken."""


def slugify(label, limit=MAX_SLUG):
    """Return the Latin letters and digits of a text, in lower case, words joined by `_`.

    What is written in other scripts transliterates to nothing.
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain)[: limit + 1].strip("_")[:limit].strip("_")


def clashes(name, taken):
    """Return whether a name is the beginning of a taken one, or a taken one its beginning."""
    return any(name.startswith(other) or other.startswith(name) for other in taken)


def technical_name(label, taken):
    """Return the name of a column for a label.

    :param taken: names that are there, of which none may begin with another
    :raise NoFreeName: when there is none
    """
    slug = slugify(label)
    if slug and not clashes(PREFIX + slug, taken):
        return PREFIX + slug
    tail = f"_{slug}" if slug else ""
    for number in NUMBERS:
        name = f"{PREFIX}f{number}{tail}"
        if not clashes(name, taken):
            return name
    raise NoFreeName(label)


def is_technical_name(name):
    return bool(TECHNICAL_NAME.fullmatch(name)) and len(name.encode()) <= MAX_BYTES


def option_value(label, taken):
    """Return the stored value of an option; `taken` are those of its field."""
    slug = slugify(label)
    if slug and slug not in taken and slug not in RESERVED_VALUES:
        return slug
    tail = f"_{slug}" if slug else ""
    for number in NUMBERS:
        value = f"v{number}{tail}"
        if value not in taken:
            return value
    raise NoFreeName(label)


def is_option_value(value):
    return (
        bool(OPTION_VALUE.fullmatch(value))
        and len(value) <= MAX_BYTES
        and value not in RESERVED_VALUES
    )


def mention(name):
    """Return a regular expression of PostgreSQL that finds a name as a whole word."""
    return rf"\m{re.escape(name)}\M"
