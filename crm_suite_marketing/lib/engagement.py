"""What the events of one message come to. No Odoo.

The result does not depend on the order of the events: dates are the first or the last, the status
is the highest that was reached.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

# A message that was opened did arrive, whatever some server wrote back
RANKS = {"sent": 0, "bounce": 1, "open": 2, "reply": 3}
BOUNCE_RANKS = {"bounce_soft": 0, "bounce_hard": 1}
# What only a person at the address does: it works
SIGNS_OF_LIFE = frozenset({"open", "click", "reply", "unsubscribe"})


class Event(NamedTuple):
    kind: str
    date: datetime
    actor: str = "unknown"


class Outcome(NamedTuple):
    """Counts and dates without programs, but for what says so."""

    open_count: int = 0
    first_open: datetime | None = None
    last_open: datetime | None = None
    click_count: int = 0
    first_click: datetime | None = None
    last_click: datetime | None = None
    bot_open_count: int = 0
    bot_click_count: int = 0
    reply_date: datetime | None = None
    auto_reply_date: datetime | None = None
    bounce_date: datetime | None = None
    bounce_class: str | None = None
    complaint_date: datetime | None = None
    unsubscribe_date: datetime | None = None

    @property
    def is_bot_only(self) -> bool:
        """Whether programs opened the message or followed its links, and no person did."""
        seen = self.open_count or self.click_count or self.reply_date
        return bool((self.bot_open_count or self.bot_click_count) and not seen)


def project(events: Iterable[Event], count_bots: bool = False) -> Outcome:
    """Return what these events come to.

    :param count_bots: programs count like people
    """
    outcome = Outcome()
    for event in events:
        outcome = add(outcome, event, count_bots)
    return outcome


def add(outcome: Outcome, event: Event, count_bots: bool = False) -> Outcome:
    """Return what it comes to with one more event."""
    kind, date = event.kind, event.date
    if kind in ("open", "click"):
        if event.actor == "bot":
            name = f"bot_{kind}_count"
            outcome = outcome._replace(**{name: getattr(outcome, name) + 1})
            if not count_bots:
                return outcome
        first, last, count = f"first_{kind}", f"last_{kind}", f"{kind}_count"
        return outcome._replace(
            **{
                first: _earlier(getattr(outcome, first), date),
                last: _later(getattr(outcome, last), date),
                count: getattr(outcome, count) + 1,
            }
        )
    if kind in BOUNCE_RANKS:
        worse = max(outcome.bounce_class or kind, kind, key=BOUNCE_RANKS.get)
        return outcome._replace(bounce_class=worse, bounce_date=_earlier(outcome.bounce_date, date))
    name = {
        "reply": "reply_date",
        "auto_reply": "auto_reply_date",
        "complaint": "complaint_date",
        "unsubscribe": "unsubscribe_date",
    }.get(kind)
    if name:
        outcome = outcome._replace(**{name: _earlier(getattr(outcome, name), date)})
    return outcome


def get_status(outcome: Outcome, known: str) -> str:
    """Return the status of Odoo's statistics: the highest that was reached.

    :param known: what is known without the events: the sending itself
    """
    reached = []
    if outcome.bounce_date:
        reached.append("bounce")
    if outcome.open_count or outcome.click_count:
        reached.append("open")
    if outcome.reply_date:
        reached.append("reply")
    return max(reached, key=RANKS.get, default=known)


def is_worn_out(
    bounces: Iterable[datetime],
    last_sign: datetime | None,
    now: datetime,
    limit: int,
    weeks: int,
) -> bool:
    """Say whether an address has bounced for now so often that it is no longer written to.

    Bounces of one day count once: it is one full mailbox. They lapse after so many weeks, and all
    of them once somebody at the address opens, follows a link or answers.
    """
    since = max(filter(None, [now - timedelta(weeks=weeks), last_sign]))
    days = {date.date() for date in bounces if date > since}
    return limit > 0 and len(days) >= limit


def _earlier(one, other):
    return min(one, other) if one else other


def _later(one, other):
    return max(one, other) if one else other
