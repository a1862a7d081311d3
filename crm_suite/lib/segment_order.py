"""Sets that are made of other sets: in which order to evaluate them, and whether that ends."""

from collections.abc import Callable, Iterable


def order_inner_first(ids: Iterable, get_inner: Callable[[int], Iterable]) -> list:
    """Return the sets and all that they are made of, each one after what it is made of.

    A set that is made of itself does not go round for ever: it comes once.

    :param get_inner: returns the ids of which a set is made directly
    """
    order: dict = {}
    seen = set()
    # (set, whether what it is made of has been put before it)
    stack = [(id_, False) for id_ in reversed(list(ids))]
    while stack:
        id_, is_ready = stack.pop()
        if is_ready:
            order[id_] = None
        elif id_ not in seen:
            seen.add(id_)
            stack.append((id_, True))
            stack.extend((inner, False) for inner in sorted(get_inner(id_), reverse=True))
    return list(order)


def find_circle(start: int, get_inner: Callable[[int], Iterable]) -> list | None:
    """Return the way from a set through what it is made of back to itself, None if there is none.

    :return: ids, the first and the last are `start`
    """
    came_from: dict = {}
    waiting = [start]
    while waiting:
        id_ = waiting.pop()
        for inner in sorted(get_inner(id_)):
            if inner == start:
                way = [start, id_]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if inner not in came_from:
                came_from[inner] = id_
                waiting.append(inner)
    return None


def get_jaccard(count_a: int, count_b: int, both: int) -> float:
    """How alike two sets are, 0 to 1: what is in both divided by what is in either.

    Jaccard, P. (1912). The distribution of the flora in the alpine zone. New Phytologist 11(2),
    37-50. Two empty sets have nothing in common: 0.
    """
    either = count_a + count_b - both
    return both / either if either else 0.0
