"""Whom a machine may answer by itself, and how often.

An answer that nobody asked for can be answered by another machine, and that one again. Headers tell
the machines that behave (see `crm_suite.lib.mail_guard`); these rules hold for those that do not.
"""

import re
from collections.abc import Iterable

# After an automatic answer, the same address gets no other one for so long, in seconds
PAUSE_S = 3600
# In a day, it gets so many at most, and never two about the same subject
DAY_S = 24 * 3600
MOST_A_DAY = 4

# Mailboxes that nobody reads, or that machines write from
UNATTENDED = re.compile(
    r"(?:^|[^a-z0-9])(?:no|do[^a-z0-9]?not|don[^a-z0-9]?t|never)[^a-z0-9]?(?:reply|respond|answer)"
    r"|^(?:mailer-?daemon|postmaster|double-?bounce|bounces?|abuse|root|nobody|auto-?(?:reply|responder|"
    r"confirm|mailer)|listserv|majordomo|mailman|news-?letter)(?:$|[^a-z0-9])"
)
# Owners of mailing lists: listname-request, owner-listname, listname-bounces+key
LIST_OWNER = re.compile(r"^owner-|-(?:request|owner|bounces?|relay|admin)(?:$|[+=])")
# What is put before the subject of an answer, in the languages that our customers write
PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|aw|wg|tr|rv|sv|vs|auto(?:matic)?(?:[ -]?(?:reply|response|submitted))?"
    r"|out of (?:the )?office|رد|رد تلقائي|إعادة توجيه)\s*(?:\[\d+\])?\s*[:：]|\[[^\]]{0,40}\])\s*",
    re.IGNORECASE,
)
SPACES = re.compile(r"\s+")
SUBJECT_LENGTH = 200
ARABIC_LETTER = re.compile(r"[\u0621-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufeff]")
LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")
# Enough of a text to tell its script
SAMPLE = 2000
FEWEST_LETTERS = 4


def is_unattended(address: str) -> bool:
    """Whether an address looks like one that machines write from, and nobody reads.

    :param address: as `user@example.com`
    """
    local = address.rpartition("@")[0].lower()
    return bool(UNATTENDED.search(local) or LIST_OWNER.search(local))


def simplify_subject(subject: str) -> str:
    """The subject without what is added on the way to and fro, as "Re:" and "[list]"."""
    text = SPACES.sub(" ", subject or "").strip()[: 4 * SUBJECT_LENGTH]
    while (shorter := PREFIX.sub("", text, count=1)) != text:
        text = shorter
    return text.casefold()[:SUBJECT_LENGTH]


def may_answer(history: Iterable[tuple[int, str]], subject: str | None, now: int) -> bool:
    """Whether an address may get another automatic answer.

    :param history: (epoch second, simplified subject) of those that it got
    :param subject: simplified; None when it was answered before, and may be again
    :param now: epoch second
    """
    recent = [(at, about) for at, about in history if now - DAY_S < at]
    return (
        all(at <= now - PAUSE_S and about != subject for at, about in recent)
        and len(recent) < MOST_A_DAY
    )


def script_of(text: str) -> str | None:
    """In which letters a text is written, for the most part: "arabic", "latin" or None.

    Addresses and quoted English words are in the mails of everybody, so half is not enough for
    Latin letters to win over Arabic ones.
    """
    sample = (text or "")[:SAMPLE]
    arabic, latin = len(ARABIC_LETTER.findall(sample)), len(LATIN_LETTER.findall(sample))
    if arabic >= FEWEST_LETTERS and 2 * arabic >= latin:
        return "arabic"
    return "latin" if latin >= FEWEST_LETTERS else None
