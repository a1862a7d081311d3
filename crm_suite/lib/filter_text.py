"""Filters as people store them: the text of a list of conditions."""

import ast
import re


def parse_conditions(text: str | None) -> list:
    """Return the conditions of a stored filter; none for an empty text.

    A literal only: a filter holds values, never code.

    :raise ValueError: when the text is no list of conditions
    """
    try:
        conditions = ast.literal_eval((text or "").strip() or "[]")
        if not isinstance(conditions, list | tuple):
            raise TypeError("not a list of conditions")
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        # where it is tells people more than the address of a node
        raise ValueError(re.sub(r": <ast\.\w+ object at \w+>", "", str(error))) from error
    return list(conditions)
