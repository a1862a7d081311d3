"""Tells mails of machines from mails of people."""

import re

import psycopg2.errors

# Conflicts with other transactions: Odoo runs the whole mail once more
RETRIED = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)

DMARC_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)


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


def newsletter_reason(headers) -> str | None:
    """Why a mail was sent to many, as newsletters are; None for other mails.

    A list that people write to (`List-Post`), as a shared mailbox of the company may be, is none:
    customers write through it.

    :param headers: a mapping of header names to values, as an `email.message.Message` is
    """
    if headers.get("List-Post"):
        return None
    if headers.get("List-Unsubscribe") or headers.get("List-Unsubscribe-Post"):
        return "newsletter"
    return None


def is_forged(headers) -> bool:
    """Whether a mail server has found that the mail does not come from whom it names as sender.

    Anybody can write that a mail passed (RFC 8601), so only failures are believed: to claim one
    makes the claimer's own mail less trusted.

    :param headers: an `email.message.Message`
    """
    results = headers.get_all("Authentication-Results") or []
    return any(DMARC_FAILED.search(str(result)) for result in results)
