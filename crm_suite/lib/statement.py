"""The arithmetic of a statement of account: running balance and ages, for one currency.

Amounts are signed: above zero is what the customer owes, below zero what is in his favour.
"""

from dataclasses import dataclass
from datetime import date

# last day of each age, in days since the due date; None: no end
AGES = (("not_due", 0), ("days_30", 30), ("days_60", 60), ("days_90", 90), ("days_more", None))


@dataclass(frozen=True)
class Entry:
    """Something that changed what the customer owes.

    :ivar kind: invoice, refund, payment, entry
    :ivar move_id: the document; ``None`` where it is not the customer's own
    :ivar due: the (last) due date of an invoice
    """

    date: date
    amount: float
    kind: str
    move_id: int | None = None
    number: str = ""
    reference: str = ""
    due: date | None = None


@dataclass(frozen=True)
class OpenItem:
    """What is open of an invoice (of each part of it), a credit note or a payment."""

    date: date
    due: date
    amount: float
    residual: float
    kind: str
    move_id: int
    number: str = ""
    reference: str = ""
    is_disputed: bool = False

    def days_overdue(self, today):
        """Days since the due date; 0 for credits and for what is not due."""
        return max((today - self.due).days, 0) if self.residual > 0 else 0


def run_balance(entries, date_from, digits):
    """The balance before a day, and the entries from then on with the balance after each.

    :param date_from: ``None`` for the beginning
    :param int digits: decimals of the currency
    :return: ``(opening, [(entry, balance)], closing)``
    """
    ordered = sorted(entries, key=lambda entry: (entry.date, entry.amount < 0, entry.move_id or 0))
    before = [entry for entry in ordered if date_from and entry.date < date_from]
    opening = balance = round(sum(entry.amount for entry in before), digits) + 0.0
    rows = []
    for entry in ordered[len(before) :]:
        balance = round(balance + entry.amount, digits) + 0.0
        rows.append((entry, balance))
    return opening, rows, balance


def sum_ages(items, today, digits):
    """What is open by age. Credits have no age: they are a sum of their own.

    :return: amounts by the keys of ``AGES``, ``credit``, ``overdue`` and ``total``
    """
    ages = {key: 0.0 for key, _last in AGES} | {"credit": 0.0}
    for item in items:
        if item.residual < 0:
            ages["credit"] += item.residual
            continue
        days = item.days_overdue(today)
        key = next(key for key, last in AGES if last is None or days <= last)
        ages[key] += item.residual
    ages["overdue"] = sum(ages[key] for key, last in AGES if last != 0)
    ages["total"] = sum(item.residual for item in items)
    return {key: round(amount, digits) + 0.0 for key, amount in ages.items()}
