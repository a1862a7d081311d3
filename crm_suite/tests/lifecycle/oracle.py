"""The lifecycle once more, slow and obvious: one customer, one rule, one document at a time."""

from datetime import timedelta


class Oracle:
    """Customers as dicts that are moved by rules which are dicts.

    A customer: ``stage`` (id or None), ``hold`` (day or None), ``company`` (id or None),
    ``active``, and what rules ask for. A rule: ``id``, ``place`` (what it is sorted by), ``stage``,
    ``starts`` (ids), ``back``, ``at_once``, ``company``, ``fits`` (asked of a customer). A stage:
    ``place``, ``active``.
    """

    def __init__(self, stages, rules, customers, today):
        self.stages, self.customers, self.today = stages, customers, today
        self.rules = sorted(rules, key=lambda rule: rule["place"])
        self.moves = []

    def _may_move(self, rule, customer, heed_hold):
        stage, target = customer["stage"], rule["stage"]
        if not customer["active"] or stage == target or not self.stages[target]["active"]:
            return False
        if rule["company"] and customer["company"] != rule["company"]:
            return False
        if heed_hold and customer["hold"] and customer["hold"] >= self.today:
            return False
        if rule["starts"] and stage not in rule["starts"]:
            return False
        if rule["back"] or stage is None:
            return True
        return self.stages[stage]["place"] < self.stages[target]["place"]

    def _move(self, key, stage, kind, rule=None):
        customer = self.customers[key]
        self.moves.append((key, customer["stage"], stage, kind, rule))
        customer["stage"] = stage

    def night(self):
        moved = set()
        for rule in self.rules:
            for key, customer in self.customers.items():
                if key in moved or not rule["fits"](customer):
                    continue
                if self._may_move(rule, customer, heed_hold=True):
                    self._move(key, rule["stage"], "rule", rule["id"])
                    customer["hold"] = None
                    moved.add(key)

    def event(self, key):
        """An order was confirmed, or an opportunity won."""
        customer = self.customers[key]
        for rule in self.rules:
            if (
                rule["at_once"]
                and rule["fits"](customer)
                and self._may_move(rule, customer, heed_hold=False)
            ):
                self._move(key, rule["stage"], "rule", rule["id"])
                customer["hold"] = None
                return

    def by_hand(self, key, stage, days):
        customer = self.customers[key]
        if stage != customer["stage"]:
            self._move(key, stage, "hand")
            customer["hold"] = self.today + timedelta(days=days)
