"""Words in prepared texts that stand for something of a ticket: {{customer}}, {{customer|default}}.

A fixed list of names is replaced, nothing is evaluated.
"""

import re
from collections.abc import Callable, Iterable, Mapping

TOKEN = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*(?:\|([^{}|]*))?\}\}")


def find_names(text: str) -> list[str]:
    """The names in a text, each once, in the order in which they appear."""
    return list(dict.fromkeys(match[1] for match in TOKEN.finditer(text)))


def find_unknown(text: str, known: Iterable[str]) -> list[str]:
    known = set(known)
    return [name for name in find_names(text) if name not in known]


def fill(
    text: str, values: Mapping[str, str], write: Callable[[str], str] = str
) -> tuple[str, list[str]]:
    """Put values in the place of their names.

    What has no value, and no default after a bar, stays as it is. What a value brings along is not
    looked at again.

    :param write: how a value is written into this kind of text, as an escape for HTML
    :return: the text, and the names that stay
    """
    missing = []

    def replace(match):
        name, default = match[1], match[2]
        if value := values.get(name):
            return write(value)
        if default is not None:
            return default.strip()
        missing.append(name)
        return match[0]

    return TOKEN.sub(replace, text), list(dict.fromkeys(missing))
