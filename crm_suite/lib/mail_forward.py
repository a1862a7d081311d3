"""Find who wrote a mail that a colleague forwards."""

import re
from email.utils import parseaddr
from typing import NamedTuple

# Forwarding programs put the old header within the first screens of text
SCANNED_LINES = 200
LINE_LENGTH = 500

SUBJECT = re.compile(
    r"\s*(?:(?:fwd?|wg|tr|enc|i|إعادة توجيه|اعادة توجيه|محول|تحويل)\s*[:：]\s*)+", re.IGNORECASE
)
MARK = re.compile(
    r"""[\s>*_-]*(?:
        (?:begin\s+)?forwarded\s+(?:message|mail)|original\s+message|weitergeleitete\s+nachricht
      | message\s+transféré|رسالة\s+(?:معاد\s+توجيهها|محولة|أصلية)
      | الرسالة\s+(?:الأصلية|المعاد\s+توجيهها)
    )[\s:*_-]*$""",
    re.IGNORECASE | re.VERBOSE,
)
FROM = re.compile(r"[\s>*_]*(?:from|von|de|من)[\s*_]*[:：][\s*_]*(?P<sender>.*@.*)$", re.IGNORECASE)
MORE = re.compile(
    r"""[\s>*_]*(?:
        sent|date|to|cc|subject|reply-to|gesendet|an|betreff|datum|envoyé|objet|à
      | تاريخ|التاريخ|أرسلت|إلى|الى|نسخة|الموضوع|موضوع
    )[\s*_]*[:：]""",
    re.IGNORECASE | re.VERBOSE,
)
MAILTO = re.compile(r"[\[(<]\s*(?:mailto:)?\s*(?P<email>[^\s<>\[\]()]+@[^\s<>\[\]()]+)\s*[\])>]")


class Forwarded(NamedTuple):
    name: str
    email: str
    text: str


def find_forwarded(subject: str, text: str) -> Forwarded | None:
    """Return the first sender and the text of a forwarded mail, or None if it was not forwarded.

    An old header counts when the subject or a line above it says that the mail was forwarded; a
    quoted answer has the same header, but nobody forwards it.

    :param subject: subject of the mail
    :param text: plain text of the mail
    """
    is_forward = bool(SUBJECT.match(subject or ""))
    lines = [line[:LINE_LENGTH] for line in (text or "").splitlines()]
    for index, line in enumerate(lines[:SCANNED_LINES]):
        is_forward = is_forward or bool(MARK.match(line))
        match = FROM.match(line) if is_forward else None
        # a lone "From: …" may be anything; a header has more lines
        if match and any(MORE.match(following) for following in lines[index + 1 : index + 6]):
            return _read(match["sender"], lines[index + 1 :])
    return None


def strip_subject(subject: str) -> str:
    """Return the subject without "Fwd:" in front of it."""
    return SUBJECT.sub("", subject or "", count=1).strip()


def _read(sender: str, lines: list[str]) -> Forwarded | None:
    if match := MAILTO.search(sender):
        name, email = sender[: match.start()], match["email"]
    else:
        name, email = parseaddr(sender)
    email = email.strip(" *_.,;")
    if email.count("@") != 1:
        return None
    body = [line for line in lines if not MORE.match(line)]
    return Forwarded(name.strip(" *_\"',"), email, "\n".join(body))
