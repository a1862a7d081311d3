"""Why a filter takes somebody or does not: its conditions one by one.

A filter is a list of conditions with the operators ``&``, ``|`` and ``!`` before what they join, as
Odoo writes them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    """One condition."""

    condition: tuple


@dataclass(frozen=True)
class Join:
    """:ivar operator: ``&``, ``|`` or ``!``"""

    operator: str
    parts: tuple


@dataclass(frozen=True)
class Finding:
    """What is said of one part of a filter.

    :ivar leaves: the conditions that it is about; of several, none holds
    :ivar is_negative: the conditions must not hold
    :ivar holds: whether this part is as it must be
    """

    leaves: tuple
    is_negative: bool
    holds: bool


def make_tree(conditions: Sequence) -> Join:
    """Return a filter as a tree; what stands side by side must all hold."""
    stack: list = []
    for token in reversed(list(conditions)):
        if token == "!":
            stack.append(Join("!", (stack.pop(),)))
        elif token in ("&", "|"):
            stack.append(Join(token, (stack.pop(), stack.pop())))
        else:
            stack.append(Leaf(tuple(token)))
    return Join("&", tuple(reversed(stack)))


def decide(tree: Leaf | Join, holds: Callable[[tuple], bool]) -> bool:
    """Say whether a filter holds."""
    if isinstance(tree, Leaf):
        return holds(tree.condition)
    if tree.operator == "!":
        return not decide(tree.parts[0], holds)
    answers = [decide(part, holds) for part in tree.parts]
    return all(answers) if tree.operator == "&" else any(answers)


def explain(tree: Leaf | Join, holds: Callable[[tuple], bool]) -> list[Finding]:
    """Return what must hold, one by one, and whether it does: the filter holds if all of it does.

    Choices stand together: of one that holds, what holds is named; of one that does not, all of it.
    """
    return _explain(tree, holds, False)


def _explain(tree, holds, is_negative):
    if isinstance(tree, Leaf):
        found = bool(holds(tree.condition))
        return [Finding((tree.condition,), is_negative, found != is_negative)]
    if tree.operator == "!":
        return _explain(tree.parts[0], holds, not is_negative)
    # "not (a or b)" is "not a and not b"
    if (tree.operator == "&") != is_negative:
        return [finding for part in tree.parts for finding in _explain(part, holds, is_negative)]
    return _explain_choice(tree, holds, is_negative)


def _explain_choice(tree, holds, is_negative):
    """One of the parts must be as it must be."""
    ways = [_explain(part, holds, is_negative) for part in tree.parts]
    for way in ways:
        if all(finding.holds for finding in way):
            return way
    failing = [finding for way in ways for finding in way if not finding.holds]
    if all(finding.is_negative == failing[0].is_negative for finding in failing):
        leaves = tuple(leaf for finding in failing for leaf in finding.leaves)
        return [Finding(leaves, failing[0].is_negative, False)]
    return failing
