"""In which order a worker hands over what it has written: it may not come to the end of it."""

from collections import defaultdict
from itertools import zip_longest

from odoo.tools import split_every

# messages of one mailing in a row, where others wait
TURN = 5


def take_turns(routes):
    """Let no small mailing wait behind a large one.

    :param routes: ``{route: [(row, message)]}``
    :return: list of (route, messages): some of each mailing, again and again
    """
    parts = defaultdict(list)
    for route, messages in routes.items():
        for row, message in messages:
            parts[route, row["mailing_id"]].append((row, message))
    if len(parts) == 1:
        return list(routes.items())
    rounds = zip_longest(*(split_every(TURN, part, list) for part in parts.values()), fillvalue=[])
    turns = []
    for parts_of_round in rounds:
        for (route, _mailing_id), some in zip(parts, parts_of_round, strict=True):
            if turns and turns[-1][0] == route:
                # in a row to the same server
                turns[-1][1].extend(some)
            elif some:
                turns.append((route, some))
    return turns
