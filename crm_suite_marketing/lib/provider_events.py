"""What another program tells of a message: read from what it posts. No Odoo.

One event is an object with `id` (its number there, the same each time it is told), `event` (one of
`KINDS`) and `message` (our Message-ID, or the number that we gave in a webhook). It may have `at`
(seconds since 1970), `url`, `user_agent`, `ip`, `status` (RFC 3463) and `text`. Anything else is
not looked at.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

KINDS = {
    "delivered": "delivered",
    "opened": "open",
    "clicked": "click",
    "bounced": "bounce_hard",
    "soft_bounced": "bounce_soft",
    "complained": "complaint",
    "unsubscribed": "unsubscribe",
}
MOST_EVENTS = 500
MOST_TEXT = 500
MOST_ID = 200
# What is told later than this is not believed to be older
OLDEST = timedelta(days=30)


class BadEventsError(ValueError):
    """What was posted is not what is expected: `json`, `events` or `many`."""

    # for whoever makes the other program
    WORDS = {
        "json": "The body is no JSON.",
        "events": 'Expected an object with a list: {"events": [...]}.',
        "many": "Too many events in one call.",
    }

    @property
    def words(self):
        return self.WORDS[self.args[0]]


class ProviderEvent(NamedTuple):
    """`at` is in UTC, without a zone; `facts` has texts only, none of them empty."""

    digest: str
    kind: str
    message: str
    at: datetime
    url: str
    ip: str
    facts: dict


def read_events(body: bytes, now: datetime) -> tuple[list[ProviderEvent], int]:
    """Read what was posted.

    :param now: in UTC, without a zone
    :return: the events that can be understood, and the number of the others
    :raise BadEventsError: when it is no list of events at all
    """
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadEventsError("json") from error
    events = posted.get("events") if isinstance(posted, dict) else None
    if not isinstance(events, list):
        raise BadEventsError("events")
    if len(events) > MOST_EVENTS:
        raise BadEventsError("many")
    read = [read_event(event, now) for event in events]
    return [event for event in read if event], read.count(None)


def read_event(event: object, now: datetime) -> ProviderEvent | None:
    """Read one event; None for whatever is none."""
    if not isinstance(event, dict):
        return None
    number, message = _read_text(event, "id"), _read_text(event, "message")
    kind = KINDS.get(event["event"]) if isinstance(event.get("event"), str) else None
    if not (number and message and kind) or max(len(number), len(message)) > MOST_ID:
        return None
    facts = {
        "agent": _read_text(event, "user_agent")[:MOST_TEXT],
        "status": _read_text(event, "status")[:20],
        "text": _read_text(event, "text")[:MOST_TEXT],
    }
    return ProviderEvent(
        digest=hashlib.sha256(number.encode()).hexdigest()[:32],
        kind=kind,
        message=message,
        at=_read_time(event.get("at"), now),
        url=_read_text(event, "url")[:2000],
        ip=_read_text(event, "ip")[:50],
        facts={name: text for name, text in facts.items() if text},
    )


def _read_text(event, name):
    value = event.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value if sign.isprintable()).strip()


def _read_time(value, now):
    if isinstance(value, bool) or not isinstance(value, int | float):
        return now
    try:
        at = datetime.fromtimestamp(value, UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):
        return now
    return at if now - OLDEST <= at <= now else now
