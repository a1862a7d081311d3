"""What becomes of a message by its fate, and how long one is tried that is put off."""

from datetime import timedelta

from odoo import fields

# answers "not now" (4xx) and broken connections to one message
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=8)
SERVER_WAIT = timedelta(minutes=2)
# Holds keep back whom nobody has tried. For so long in all is a message put off, by whatever; turns
# of a limit, pauses and quiet hours do not count
MOST_PUT_OFF = timedelta(hours=72)
# the responsible is told
LONG_PUT_OFF = timedelta(hours=24)
PUT_OFF = ("on_hold", "deferred", "connection", "postponed")


def get_wait(attempt):
    """Return how long to wait after so many attempts: twice as long each time."""
    return min(FIRST_WAIT * 2 ** min(max(attempt - 1, 0), 16), LONGEST_WAIT)


def decide(row, was, fate):
    """:return: state, reason, detail, and when: that it went, or that it goes again"""
    now = fields.Datetime.now()
    if fate.kind in ("refused", "lost"):
        attempt = row["attempt"] + (was == "sending")
        if attempt >= MOST_ATTEMPTS:
            return "failed", fate.reason, fate.detail, now
        return _put_off(row, fate, now, now + get_wait(attempt))
    if fate.kind == "waits":
        return _put_off(row, fate, now, fate.at)
    if fate.kind == "planned":
        return _put_off(row, fate, now, now + SERVER_WAIT)
    if fate.kind == "released":
        return "planned", None, None, fate.at
    if fate.kind == "held":
        return "held", fate.reason, fate.detail, fate.at
    return fate.kind, fate.reason, fate.detail, now


def _put_off(row, fate, now, until):
    if fate.reason in PUT_OFF and _add(row, until - now) > MOST_PUT_OFF:
        return "failed", "deferred" if fate.reason == "on_hold" else fate.reason, fate.detail, now
    return "planned", fate.reason, fate.detail, until


def is_late(row, state, reason, until):
    """Whether a message has now been put off for so long that somebody should know."""
    if state != "planned" or reason not in PUT_OFF:
        return False
    so_far = timedelta(seconds=row["put_off"] or 0)
    return so_far <= LONG_PUT_OFF < _add(row, until - fields.Datetime.now())


def _add(row, wait):
    return timedelta(seconds=row["put_off"] or 0) + wait
