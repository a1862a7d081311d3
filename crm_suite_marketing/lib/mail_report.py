"""What mail servers and mail programs write back: bounces, complaints, automatic answers. No Odoo.

Delivery status: RFC 3464 (fields), RFC 3463 (codes). Complaints: RFC 5965 (ARF). Automatic
answers: RFC 3834, and what programs write that are older.
"""

import email
import email.policy
import re
from email.message import Message
from typing import NamedTuple

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<!\d)([45])\d\d(?!\d)")
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
MOST_TEXT = 2000
# What servers say of an address that does not exist, and of a sender that they do not like
NOBODY = re.compile(
    r"""(?:no\ such|unknown|invalid|non-?existent)\ (?:local\ )?
        (?:user|recipient|mailbox|address|account)
      | (?:user|recipient|mailbox|address|account)\b.{0,80}?
        (?:unknown|unavailable|disabled|inactive|invalid|not\ (?:found|exist|known|active)
          |does\ ?n[o']t\ (?:exist|have))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
UNWANTED = re.compile(
    r"spam|block|black ?list|list(?:ed|ing)\b|\b[dx]?ns?bl\b|\brbl\b|spf|dkim|dmarc|reputation"
    r"|policy|relay|sender|authenti|access denied|too many|rate|throttl|reverse dns|\bptr\b",
    re.IGNORECASE,
)
# Permanent by their first digit, but they say nothing of the address: mailbox full, message too
# large, refused for its content or its sender (RFC 3463, 3.3, 3.4, 3.8)
PASSING = {("2", "2"), ("2", "3"), ("3", "4"), ("3", "1")}
PASSING_SUBJECTS = {"7", "6"}
OUT_OF_OFFICE = re.compile(
    r"""^\s*(?:(?:re|aw|fw|fwd|رد)\s*:\s*)*(?:
        auto(?:matic|mated)?[ -]?(?:re(?:ply|sponse|sponder))
      | out[ -]of[ -](?:the[ -])?office | ooo\b | (?:on|away)\s+(?:vacation|leave|holiday)
      | vacation\ (?:re(?:ply|sponse)|notice) | i\s+am\s+(?:currently\s+)?(?:away|out\s+of)
      | away\s+from\s+(?:the|my)\s+(?:office|desk)
      | رد\s+(?:تلقائي|آلي|اوتوماتيكي|أوتوماتيكي) | الرد\s+(?:التلقائي|الآلي)
      | إجابة\s+تلقائية | خارج\s+(?:ال)?مكتب | (?:أنا\s+)?(?:في|خلال)\s+إجازة | إجازة\s+سنوية
    )""",
    re.IGNORECASE | re.VERBOSE,
)


class Report(NamedTuple):
    """What a report says.

    :param kind: bounce_hard, bounce_soft, delivered, complaint; None: nothing of the kind (a delay,
        a receipt of a reader)
    :param status: as the server wrote it (5.1.1); empty: it did not
    :param text: what the server said, at most 2,000 characters
    :param message_ids: those of the message that the report is about, in angle brackets
    """

    kind: str | None
    status: str = ""
    text: str = ""
    message_ids: tuple[str, ...] = ()


def read_report(message: Message) -> Report | None:
    """Return what a report says, or None where the message is none."""
    parts = list(message.walk())
    kinds = {part.get_content_type() for part in parts}
    if "message/feedback-report" in kinds:
        return _read_complaint(parts)
    if "message/delivery-status" in kinds:
        return _read_delivery_status(parts)
    if "message/disposition-notification" in kinds:
        return Report(None)
    return None


def _read_complaint(parts):
    feedback = next(part for part in parts if part.get_content_type() == "message/feedback-report")
    fields = _read_fields(feedback)
    kind = next((one["feedback-type"] for one in fields if one.get("feedback-type")), "")
    # "not-spam" takes a complaint back; others tell of forged senders
    is_complaint = kind.strip().lower() in ("abuse", "fraud", "virus", "other", "")
    ids = _find_original_ids(parts)
    return Report("complaint" if is_complaint else None, "", kind[:MOST_TEXT], ids)


def _read_delivery_status(parts):
    part = next(part for part in parts if part.get_content_type() == "message/delivery-status")
    ids = _find_original_ids(parts)
    found = Report(None, message_ids=ids)
    for fields in _read_fields(part):
        action = fields.get("action", "").split(";")[0].strip().lower()
        if action in ("delivered", "relayed") and not found.kind:
            found = Report("delivered", fields.get("status", "").strip()[:20], message_ids=ids)
        if action != "failed":
            continue  # delayed, expanded: neither here nor there
        said = fields.get("diagnostic-code", "")
        kind, status = read_status(fields.get("status", ""), said)
        if found.kind != "bounce_hard":
            found = Report(kind, status, said.strip()[:MOST_TEXT], ids)
    return found


def read_status(status: str, said: str = "") -> tuple[str, str]:
    """Return (bounce_hard or bounce_soft, code) of a delivery that failed.

    :param said: what the server said: more exact than its status where that is x.0.0
    """
    match = STATUS.search(status or "")
    exact = STATUS.search(said or "")
    if exact and (not match or match.groups()[1:] == ("0", "0")):
        match = exact
    if match:
        level, subject, detail = match.groups()
        is_passing = subject in PASSING_SUBJECTS or (subject, detail) in PASSING
        kind = "bounce_hard" if level == "5" and not is_passing else "bounce_soft"
        return kind, match[0]
    code = REPLY_CODE.search(said or "")
    return ("bounce_hard" if code and code[0] in ("550", "551", "553") else "bounce_soft"), ""


def read_refusal(said: str) -> tuple[str, str] | None:
    """Return (bounce_hard or bounce_soft, code) of a recipient whom a mail server has refused for
    good while it was asked (RCPT), or None where it refuses the sender, and not the recipient.

    :param said: its answer, from the code on: ``550 5.1.1 No such user``
    """
    match = STATUS.search(said)
    if match:
        _level, subject, detail = match.groups()
        # its rules, its protocol, its network; the sender's address
        if subject not in ("1", "2") or (subject, detail) in (("1", "7"), ("1", "8"), ("1", "0")):
            return ("bounce_hard", match[0]) if _is_nobody(said, match) else None
        return read_status(match[0])
    if _is_nobody(said, None):
        return "bounce_hard", ""
    return None if UNWANTED.search(said) else ("bounce_soft", "")


def read_scope(said: str, is_sender: bool = False) -> str:
    """Return what an answer "not now" (4xx) is about: ``server`` that was spoken to, ``domain`` of
    the recipient, or nothing where it is about this recipient only.

    :param is_sender: it was given to the sender (MAIL), before any recipient was named
    """
    # closes the connection; too many (RFC 5321, 3.8; 454 as senders of many limit)
    if is_sender or said.startswith(("421", "454")):
        return "server"
    match = STATUS.search(said)
    # mailbox full, moved, not unique: RFC 3463, 3.2 and 3.3
    is_mailbox = match and (match[2] == "2" or match[2] == "1" and match[3] != "2")
    return "" if is_mailbox else "domain"


def hide_addresses(words: str) -> str:
    """Return the words of a server without the addresses that they name: for everybody but the one
    whom they are about.
    """
    return ADDRESS.sub("…", words)


def _is_nobody(said, match):
    """Exact codes count for more than words: only those that say nothing are read for these."""
    if match and match.groups()[1:] not in (("0", "0"), ("1", "0"), ("3", "0")):
        return False
    return bool(NOBODY.search(said)) and not UNWANTED.search(said)


def is_automatic(message: Message) -> str:
    """Return by what sign a program wrote the message by itself, or nothing."""

    def get(name):
        return str(message.get(name) or "").strip().lower()

    if get("Auto-Submitted") and not get("Auto-Submitted").startswith("no"):
        return "auto_submitted"
    if get("Return-Path") == "<>":
        return "no_return_path"
    if get("Precedence") in ("bulk", "junk", "auto_reply"):
        return "precedence"
    if any(get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")):
        return "auto_header"
    # Exchange writes it into what it answers by itself; people's mails do not have it
    if get("X-Auto-Response-Suppress") and not message.get("List-Unsubscribe"):
        return "auto_suppress"
    if OUT_OF_OFFICE.search(str(message.get("Subject") or "")):
        return "subject"
    return ""


def find_references(message: Message) -> tuple[str, ...]:
    """Return the Message-IDs that a message answers to, the nearest first."""
    found = []
    for name in ("In-Reply-To", "References"):
        ids = MESSAGE_ID.findall(str(message.get(name) or ""))
        found += reversed(ids[-32:])
    return tuple(dict.fromkeys(found))


def _read_fields(part):
    """Return the groups of fields of a part, as dicts with small names."""
    payload = part.get_payload()
    if isinstance(payload, str):
        payload = [
            email.message_from_string(group.strip() + "\n\n", policy=email.policy.compat32)
            for group in re.split(r"\r?\n\r?\n", payload)
            if group.strip()
        ]
    return [{name.lower(): str(value) for name, value in group.items()} for group in payload or []]


def _find_original_ids(parts):
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            payload = part.get_payload()
            originals = payload if isinstance(payload, list) else []
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            text = part.get_payload(decode=True) or b""
            if not text and isinstance(part.get_payload(), list):
                originals = part.get_payload()
            else:
                originals = [email.message_from_bytes(text.lstrip() + b"\r\n\r\n")]
        else:
            continue
        ids = [
            found
            for original in originals
            for name in ("Message-ID", "X-Microsoft-Original-Message-ID")
            for found in MESSAGE_ID.findall(str(original.get(name) or ""))
        ]
        if ids:
            return tuple(ids)
    return ()
