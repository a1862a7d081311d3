"""How many mails of one sender are too many.

A ladder is a list of steps (minutes, mails): more than so many mails within so many minutes are a
loop or a flood. Short spans catch a loop early, long ones a slow one.
"""

import re

# As other help desks have it; people who write are given twice as much
DEFAULT = ((10, 10), (30, 15), (60, 25), (180, 50), (600, 100))
FOR_PEOPLE = 2
# One sender may write on several tickets, and a robot on all of them
FOR_ALL_TICKETS = 2

MAX_MINUTES = 24 * 60
MAX_STEPS = 10
STEP = re.compile(r"\s*(\d{1,4})\s*:\s*(\d{1,6})\s*")


def parse(text) -> tuple[tuple[int, int], ...]:
    """Read a ladder as administrators write it: "10:10, 30:15" (minutes:mails).

    :return: steps, by minutes; empty for an empty text
    :raises ValueError: for what is no ladder
    """
    parts = [part for part in re.split(r"[,;]", text or "") if part.strip()]
    matches = [STEP.fullmatch(part) for part in parts]
    if not all(matches):
        raise ValueError(text)
    steps = tuple(sorted((int(match[1]), int(match[2])) for match in matches))
    if len(steps) > MAX_STEPS or any(
        not (1 <= minutes <= MAX_MINUTES and mails >= 1) for minutes, mails in steps
    ):
        raise ValueError(text)
    return steps


def is_exceeded(steps, ages, factor=1) -> bool:
    """Whether mails came in faster than a ladder allows.

    :param steps: (minutes, mails)
    :param ages: minutes since each of the mails came, the present one (0) included
    """
    return any(
        sum(1 for age in ages if age <= minutes) > mails * factor for minutes, mails in steps
    )
