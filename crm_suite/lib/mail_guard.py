"""Tells mails of machines from mails of people."""

import psycopg2.errors

# Conflicts with other transactions: Odoo runs the whole mail once more
RETRIED = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)


def machine_reason(headers) -> str | None:
    """Why a mail was written by a machine rather than by a person; None for people's mails.

    Follows RFC 3834 (`Auto-Submitted`, null return path) and the headers that older responders
    set instead. `X-Auto-Response-Suppress` is no proof: ordinary clients set it, too.

    :param headers: a mapping of header names to values, as an `email.message.Message` is
    """

    def get(name):
        return str(headers.get(name) or "").strip().lower()

    if get("Auto-Submitted").split(";")[0].strip() not in ("", "no"):
        return "auto-submitted"
    if any(get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")):
        return "autoreply"
    if get("Precedence") in ("auto_reply", "bulk", "junk"):
        return "precedence"
    if get("Return-Path") == "<>":
        return "null-return-path"
    return None
