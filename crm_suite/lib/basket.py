"""Association rules: what is bought together, in how many orders, and whether more than by chance.

Of all orders n, a is in n(a) and b in n(b) of them, both together in n(ab):

* support = n(ab) / n, the share of all orders that the rule speaks of,
* confidence = n(ab) / n(a), how often b is there when a is,

both from R. Agrawal, T. Imielinski, A. Swami, "Mining Association Rules between Sets of Items in
Large Databases", SIGMOD 1993;

* lift = confidence / (n(b) / n), how many times as often as in general (1: by chance), from S.
  Brin, R. Motwani, J. D. Ullman, S. Tsur, "Dynamic Itemset Counting and Implication Rules for
  Market Basket Data", SIGMOD 1997, where it is called interest.

Products that are too rare on their own are left out before pairs are counted: no pair is more
frequent than its rarer half (R. Agrawal, R. Srikant, "Fast Algorithms for Mining Association
Rules", VLDB 1994).
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

# Fewer orders together tell of single customers, and of chance: no setting goes below
LEAST_ORDERS = 3
# A pair that only one customer buys says what he buys, not what goes together
LEAST_CUSTOMERS = 2
# A product is suggested again so many days before it is expected, but not in the first half of the
# usual interval, and no longer once the customer has let so many of these pass
DUE_DAYS = 14
GIVEN_UP = 3


@dataclass(frozen=True)
class Thresholds:
    """What a rule must reach.

    :ivar months: how far back orders count
    :ivar min_baskets: orders that must be there before anything is concluded
    :ivar min_orders: orders with both products
    :ivar min_support: share of all orders, 0 to 1
    :ivar min_confidence: 0 to 1
    :ivar min_lift: the lift must be above 1 in any case
    :ivar max_products: orders with more different products are left out: they hold a whole
        catalogue, and a pair of each product with each
    :ivar max_rules: so many rules of a product are kept, those with the highest score
    """

    months: int = 24
    min_baskets: int = 20
    min_orders: int = LEAST_ORDERS
    min_support: float = 0.0
    min_confidence: float = 0.1
    min_lift: float = 1.1
    max_products: int = 50
    max_rules: int = 50


# What a setting may be; anything else is taken to the nearer end
LIMITS = {
    "months": (1, 120),
    "min_baskets": (LEAST_ORDERS, 1_000_000),
    "min_orders": (LEAST_ORDERS, 1_000_000),
    "min_support": (0.0, 1.0),
    "min_confidence": (0.0, 1.0),
    "min_lift": (1.0, 1000.0),
    "max_products": (2, 500),
    "max_rules": (1, 500),
}


@dataclass(frozen=True)
class Rule:
    """Who buys `antecedent` buys `consequent` as well."""

    antecedent: int
    consequent: int
    order_count: int
    antecedent_count: int
    consequent_count: int
    basket_count: int

    @property
    def support(self):
        return self.order_count / self.basket_count

    @property
    def confidence(self):
        return self.order_count / self.antecedent_count

    @property
    def lift(self):
        return get_lift(
            self.order_count, self.antecedent_count, self.consequent_count, self.basket_count
        )

    @property
    def score(self):
        return get_score(self.confidence, self.lift)


def get_lift(order_count, antecedent_count, consequent_count, basket_count):
    """Return how many times as often the consequent is bought with the antecedent as in general."""
    return order_count * basket_count / (antecedent_count * consequent_count)


def get_score(confidence, lift):
    """Return what suggestions are ranked by.

    Confidence alone suggests to everybody what everybody buys, lift alone the rarest pair: their
    product ranks high what is both likely and peculiar to the customer.
    """
    return confidence * lift


def round_share(value):
    """Return a share or lift in two significant digits, as readers see it.

    Exact ones are fractions of numbers of orders, which could be told from a few of them.
    """
    exact = Decimal(f"{value:.15g}")
    digit = Decimal(1).scaleb(exact.adjusted() - 1)
    return float(exact.quantize(digit, ROUND_HALF_UP))


def parse_thresholds(values):
    """Return thresholds of settings, whatever stands in them.

    :param dict values: text or number by name; what cannot be read is the default
    """
    defaults = Thresholds()
    parsed = {}
    for name, (low, high) in LIMITS.items():
        kind = type(low)
        try:
            value = float(values[name])
        except (KeyError, TypeError, ValueError):
            continue
        if not math.isnan(value):
            parsed[name] = kind(min(max(value, low), high))
    return Thresholds(**{**vars(defaults), **parsed})


def find_rules(baskets, thresholds):
    """Return the rules of some orders, sorted by antecedent and falling score.

    :param baskets: pairs (customer, set of products), one for each order
    :rtype: list[Rule]
    """
    baskets = [
        (customer, products)
        for customer, products in baskets
        if 0 < len(products) <= thresholds.max_products
    ]
    if len(baskets) < thresholds.min_baskets:
        return []
    counts = Counter(product for _customer, products in baskets for product in products)
    frequent = {product for product, count in counts.items() if count >= thresholds.min_orders}
    together, customers = Counter(), defaultdict(set)
    for customer, products in baskets:
        for pair in combinations(sorted(products & frequent), 2):
            together[pair] += 1
            customers[pair].add(customer)
    by_antecedent = defaultdict(list)
    for pair, order_count in together.items():
        if order_count < thresholds.min_orders or len(customers[pair]) < LEAST_CUSTOMERS:
            continue
        for antecedent, consequent in (pair, pair[::-1]):
            rule = Rule(
                antecedent,
                consequent,
                order_count,
                counts[antecedent],
                counts[consequent],
                len(baskets),
            )
            if is_kept(rule, thresholds):
                by_antecedent[antecedent].append(rule)
    return [
        rule
        for antecedent in sorted(by_antecedent)
        for rule in sorted(
            by_antecedent[antecedent], key=lambda rule: (-rule.score, rule.consequent)
        )[: thresholds.max_rules]
    ]


def is_kept(rule, thresholds):
    """Tell whether a rule says enough, apart from its number of orders."""
    return (
        rule.support >= thresholds.min_support
        and rule.confidence >= thresholds.min_confidence
        and rule.lift > 1
        and rule.lift >= thresholds.min_lift
    )


def get_interval(first, last, days):
    """Return the mean number of days between purchases: (last - first) / (n - 1); None for one day.

    :param int days: different days of purchase
    """
    return (last - first).days / (days - 1) if days > 1 else None


def is_due_again(last, interval, today):
    """Tell whether a customer should be asked about what he buys every `interval` days."""
    passed = (today - last).days
    return interval - min(DUE_DAYS, interval / 2) <= passed <= GIVEN_UP * interval
