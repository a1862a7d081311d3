"""What a stored filter may ask of the server.

A filter is typed by people, or sent by whoever calls from outside. These limits are far above what
anybody types; they keep a hostile one from occupying the server before the database gets to see it
(which has its own limit, of time).
"""

from collections.abc import Iterator, Sequence

MAX_LENGTH = 100_000
MAX_CONDITIONS = 200
# filters in filters, by `any`
MAX_DEPTH = 8
# fields in a dotted path, each one a table to join
MAX_PATH = 6
NESTING = ("any", "not any", "any!", "not any!")


def is_too_long(text: str | None) -> bool:
    return len(text or "") > MAX_LENGTH


def find_excess(conditions: Sequence) -> str | None:
    """Return which limit a list of conditions exceeds, None when it stays within all of them.

    :return: ``conditions``, ``depth`` or ``path``
    """
    for number, (path, depth) in enumerate(_walk(conditions), 1):
        if number > MAX_CONDITIONS:
            return "conditions"
        if depth > MAX_DEPTH:
            return "depth"
        if path.count(".") >= MAX_PATH:
            return "path"
    return None


def _walk(conditions: Sequence) -> Iterator[tuple[str, int]]:
    """Yield (dotted path, depth) of each token; operators between conditions have an empty path."""
    stack = [(conditions, 1)]
    while stack:
        tokens, depth = stack.pop()
        for token in tokens:
            if not isinstance(token, list | tuple) or len(token) != 3:
                yield "", depth
                continue
            path, operator, value = token
            yield path if isinstance(path, str) else "", depth
            if operator in NESTING and isinstance(value, list | tuple):
                stack.append((value, depth + 1))
