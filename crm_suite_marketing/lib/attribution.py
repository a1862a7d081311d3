"""How the credit for a conversion is shared among the touches before it.

A conversion (a lead, an order, a paid invoice) has touches: the moments at which a customer
clicked on a mailing, or came in by a campaign. Five models share the credit, the usual ones of
web analytics (Google Analytics Help, "About attribution modeling", 2012 to 2023):

* ``first``, ``last``: everything to the first or to the last touch.
* ``linear``: the same to each.
* ``time_decay``: a touch that lies one half-life before another one gets half of its credit.
* ``position``: 40 % to the first, 40 % to the last, 20 % shared by those between; of two touches
  each gets half.

Weights are integers, and amounts are integers of the smallest unit (cents), so that nothing is lost
or won by rounding: shares are rounded down, and what is left goes, one unit each, to those who lost
most by it (method of largest remainders: Balinski and Young, "Fair Representation", 1982, appendix
A); of equals to the earlier touch. `models/attribution/shares.py` says the same in SQL.
"""

import math

MODELS = ("first", "last", "linear", "time_decay", "position")
# a share of 1 is this many units, so that shares add up to exactly 1
UNITS = 1_000_000
# the weight of a touch that is as late as the last one, for time decay
FULL_WEIGHT = 1 << 20
OUTER, INNER = 2, 1


def get_weights(model, ages, half_life):
    """Return the integer weights of touches that are sorted from the first to the last.

    :param str model: one of `MODELS`
    :param ages: seconds between each touch and the last touch, never growing, the last one is 0
    :param half_life: seconds, above 0: for ``time_decay``
    """
    number = len(ages)
    if model == "first":
        return [int(place == 0) for place in range(number)]
    if model == "last":
        return [int(place == number - 1) for place in range(number)]
    if model == "linear":
        return [1] * number
    if model == "time_decay":
        # Python and PostgreSQL round half to even, and use the same function of the C library
        return [round(FULL_WEIGHT * math.pow(2.0, -(age / half_life))) for age in ages]
    if model == "position":
        if number <= 2:
            return [1] * number
        # 2 (n - 2) of 5 (n - 2) are 40 %
        outer = OUTER * (number - 2)
        return [outer, *([INNER] * (number - 2)), outer]
    raise ValueError(model)


def split(amount, weights):
    """Share an amount by weights: integers that add up to exactly the amount.

    :param int amount: in the smallest unit; below zero for what was taken back
    :param weights: integers from 0, not all of them 0
    """
    total, size = sum(weights), abs(amount)
    shares = [size * weight // total for weight in weights]
    lost = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % total), place))
    for place in lost[: size - sum(shares)]:
        shares[place] += 1
    return [share if amount >= 0 else -share for share in shares]
