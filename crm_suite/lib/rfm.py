"""Recency, frequency and monetary value of customers: quintiles, cells and value tiers.

* Quintiles: A. M. Hughes, *Strategic Database Marketing* (1994): customers are sorted by each
  figure and cut into five groups. A cut is the smallest value that is not below a fifth (two,
  three, four fifths) of all: the inverse of the empirical distribution function (type 1 of R. J.
  Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", *The American Statistician* 50
  (1996), which is `percentile_disc` of SQL). A score is one plus the cuts that a value exceeds, so
  that equal values have equal scores; where many have the same value, as with one order, groups
  differ in size.
* Cells: recency against the mean of frequency and monetary, as in the grid that is widely used
  since Putler's *RFM Analysis For Successful Customer Segmentation* (2018).
* Value tiers: the ABC analysis after H. F. Dickie, "ABC Inventory Analysis Shoots for Dollars, Not
  Pennies", *Factory Management and Maintenance* 109 (1951): A brings the first 80 % of the revenue,
  B the next 15 %, C the rest.

The room `metric/` computes the same in SQL; its tests compare both.
"""

import math
from fractions import Fraction

SHARES = (Fraction(1, 5), Fraction(2, 5), Fraction(3, 5), Fraction(4, 5))
TIER_SHARES = {"a": Fraction(80, 100), "b": Fraction(95, 100)}

# rows: recency 1 to 5 (5 is the latest); columns: mean of frequency and monetary, 1 to 5
CELLS = (
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("sleepy", "sleepy", "attention", "loyal", "loyal"),
    ("promising", "potential", "potential", "loyal", "loyal"),
    ("new", "potential", "potential", "champion", "champion"),
)


def get_cuts(values):
    """Return the four values that cut `values` into fifths; none when there are no values."""
    ordered = sorted(values)
    return [ordered[math.ceil(share * len(ordered)) - 1] for share in SHARES] if ordered else []


def get_score(value, cuts):
    """Return the fifth, 1 to 5, in which a value lies; the higher the value, the higher."""
    return 1 + sum(value > cut for cut in cuts)


def get_cell(recency, frequency, monetary):
    """Return the cell of three scores, each 1 to 5.

    The mean of frequency and monetary is rounded half up.
    """
    return CELLS[recency - 1][(frequency + monetary + 1) // 2 - 1]


def get_tier_cuts(revenues):
    """Return the least revenue in tier A, and in tier B or above: `{"a": …, "b": …}`.

    Customers are taken from the highest revenue down, those with the same revenue together. Whoever
    is needed to reach the share of a tier belongs to it. Revenue that is not above zero counts
    for nothing; without any, there are no cuts.
    """
    revenues = sorted((revenue for revenue in revenues if revenue > 0), reverse=True)
    total, before, cuts = sum(revenues), 0, {}
    for position, revenue in enumerate(revenues):
        if not position or revenue != revenues[position - 1]:
            before = sum(revenues[:position])
        for tier, share in TIER_SHARES.items():
            if before < share * total:
                cuts[tier] = revenue
    return cuts


def get_tier(revenue, cuts):
    """Return the tier, "a" to "c", of a revenue."""
    return next((tier for tier in TIER_SHARES if tier in cuts and revenue >= cuts[tier]), "c")
