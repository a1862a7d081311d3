"""Which step an overdue invoice has come to, without a database."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Step:
    """A level of reminders; steps follow one another in this order.

    :ivar days: days after the due date from which it is due
    :ivar min_days: days at least since the customer was last reminded
    """

    days: int
    sequence: int
    id: int
    min_days: int = 1


def find_next_step(steps, reached):
    """Return the step that comes after those that an invoice has had, or None after the last one.

    No step is left out: an invoice that is very late and has had none gets the first.

    :param list[Step] steps: those in use, in order
    :param reached: steps that the invoice has had, in use or not
    """
    last = max(reached, default=None)
    return next((step for step in steps if last is None or step > last), None)


def find_due_step(steps, reached, days):
    """Return the next step of an invoice if it is so late that the step is due, else None."""
    step = find_next_step(steps, reached)
    return step if step and days >= step.days else None
