"""Tells mails of machines from mails of people, and who wrote them from who claims to."""

import re
from email.utils import getaddresses
from typing import NamedTuple

import psycopg2.errors

# Conflicts with other transactions: Odoo runs the whole mail once more
RETRIED = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)

DMARC_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)

AUTOREPLY_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
)
# What programs put in front of the subject that they answer, when they set no header at all
AUTOREPLY_SUBJECT = re.compile(
    r"""\s*(?:
        automatic\s+reply|auto(?:matic)?[\s-]?(?:reply|response)|out\s+of\s+(?:the\s+)?office
      | abwesenheitsnotiz|automatische\s+antwort|réponse\s+automatique|respuesta\s+automática
      | (?:ال)?رد\s+(?:ال)?تلقائي|خارج\s+المكتب
    )\s*[:：]""",
    re.IGNORECASE | re.VERBOSE,
)

# One result of RFC 8601, and one property of it: dkim=pass header.d=example.org
RESULT = re.compile(
    r"^\s*(?P<method>[a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*(?P<result>[a-z]+)", re.IGNORECASE
)
PROPERTY = re.compile(r"(?P<name>[a-z]+\s*\.\s*[a-z0-9-]+)\s*=\s*(?P<value>[^\s;]+)", re.IGNORECASE)
SERVER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")

# How many recipients and how much text of a report are of any use
MAX_RECIPIENTS = 50
MAX_REASON = 500
MAX_SCANNED = 20_000
QUOTED_ID = re.compile(r"message-id:\s*(<[^<>\s@]{1,400}@[^<>\s]{1,400}>)", re.IGNORECASE)


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
    if any(get(name) for name in AUTOREPLY_HEADERS):
        return "autoreply"
    if "autoresponder" in get("X-POST-MessageClass") or get("Delivered-To") == "autoresponder":
        return "autoreply"
    if get("Precedence") in ("auto_reply", "bulk", "junk"):
        return "precedence"
    if get("Return-Path") == "<>" or get("Content-Type").startswith("multipart/report"):
        return "null-return-path"
    is_answer = get("In-Reply-To") or get("References")
    if is_answer and not get("Auto-Submitted") and AUTOREPLY_SUBJECT.match(get("Subject")):
        return "autoreply"
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


# ---------------------------------------------------------------------- who wrote it


def read_servers(text) -> list[str]:
    """The names of mail servers in a list that people wrote, separated by commas or spaces.

    :raises ValueError: with the first name that is none
    """
    names = [name.lower().rstrip(".") for name in re.split(r"[,;\s]+", text or "") if name]
    for name in names:
        if not SERVER_NAME.fullmatch(name):
            raise ValueError(name)
    return names


def is_authenticated(message, servers) -> bool:
    """Whether one of our own mail servers vouches that a mail comes from whom it names as sender.

    Believed is what one of `servers` wrote into `Authentication-Results` (RFC 8601): a DMARC pass
    for the domain of the sender, a DKIM signature of that domain or one above it, or a login with
    the very address. Of several such headers only those of the last hop count: everything below
    came with the mail, and anybody can write it.

    :param message: an `email.message.Message`
    :param servers: names that our servers give themselves, in lower case
    """
    sender = _get_only_sender(message)
    if not servers or not sender:
        return False
    domain = sender.rpartition("@")[2]
    results = [
        result for header in _get_own_results(message, servers) for result in _read_results(header)
    ]
    if any(method == "dmarc" and result != "pass" for method, result, _found in results):
        return False
    return any(
        result == "pass" and _vouches(method, found, sender, domain)
        for method, result, found in results
    )


def _vouches(method, found, sender, domain):
    if method == "dmarc":
        return found.get("header.from") == domain
    if method == "dkim":
        signer = found.get("header.d") or found.get("header.i", "").rpartition("@")[2]
        return "." in signer and (domain == signer or domain.endswith(f".{signer}"))
    if method == "auth":
        return sender == found.get("smtp.auth")
    return False


def _get_only_sender(message):
    """The address of the sender; none when a mail names several, of whom only one was checked."""
    addresses = getaddresses([str(value) for value in message.get_all("From") or []])
    if len(addresses) != 1 or addresses[0][1].count("@") != 1:
        return None
    return addresses[0][1].lower()


def _get_own_results(message, servers):
    found = []
    for name, value in message.items():
        if name.lower() == "received" and found:
            break
        if name.lower() == "authentication-results":
            text = _flatten(" ".join(str(value)[:MAX_SCANNED].split()))
            author = text.partition(";")[0].strip().lower().split(" ")[0]
            if author.rstrip(".") in servers:
                found.append(text)
    return found


def _flatten(text):
    """A header without comments, and with nothing in its quoted strings that separates."""
    kept, depth, is_quoted, is_escaped = [], 0, False, False
    for letter in text:
        if is_escaped or letter == "\\":
            is_escaped = not is_escaped
        elif letter == '"' and not depth:
            is_quoted = not is_quoted
        elif is_quoted:
            kept.append("_" if letter in ";=()" else letter)
        elif letter in "()":
            depth = max(depth + (1 if letter == "(" else -1), 0)
            kept.append(" ")
        elif not depth:
            kept.append(letter)
    return "".join(kept)


def _read_results(header):
    for part in header.split(";")[1:]:
        if match := RESULT.match(part):
            found = {
                name.replace(" ", "").lower(): value.lower()
                for name, value in PROPERTY.findall(part)
            }
            yield match["method"].lower(), match["result"].lower(), found


# ---------------------------------------------------------------------- reports


class Report(NamedTuple):
    """What a mail server tells about a mail of ours.

    :param kind: "failed", "delayed", "delivered", "receipt" (it was shown), or "other"
    :param recipients: addresses that it is about
    :param reason: what the other server said, one line
    """

    kind: str
    recipients: tuple[str, ...] = ()
    reason: str = ""


ACTIONS = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}


def is_bounce(message, sender) -> bool:
    """Whether a mail came back that was returned without the form of RFC 3462.

    :param sender: address of its sender
    """
    if message.get("X-Failed-Recipients"):
        return True
    localpart = (sender or "").partition("@")[0].lower()
    is_null = str(message.get("Return-Path") or "").strip() == "<>"
    return is_null and localpart in ("mailer-daemon", "postmaster")


def read_report(message) -> Report | None:
    """What a report of a mail server says; None for a mail that is none.

    Never raises: what cannot be read says nothing.

    :param message: an `email.message.Message`
    """
    failed = tuple(_read_addresses(str(message.get("X-Failed-Recipients") or "")))
    if message.get_content_type() != "multipart/report":
        return Report("failed", failed) if failed else None
    for part in message.walk():
        content_type = part.get_content_type()
        if content_type == "message/disposition-notification":
            return Report("receipt")
        if content_type == "message/delivery-status" and (report := _read_status(part)):
            return report
    return Report("failed" if failed else "other", failed)


def find_quoted_ids(text) -> list[str]:
    """The ids of mails whose header is quoted in a text, as in reports of old mail servers."""
    return QUOTED_ID.findall((text or "")[:MAX_SCANNED])[:10]


def _read_status(part):
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return None
    kinds, recipients, reasons = set(), [], []
    for block in blocks[1 : MAX_RECIPIENTS + 1]:
        action = str(block.get("Action") or "").strip().lower().split(" ")[0]
        kinds.add(ACTIONS.get(action, "failed"))
        for name in ("Original-Recipient", "Final-Recipient"):
            recipients += _read_addresses(str(block.get(name) or "").rpartition(";")[2])
        reasons.append(str(block.get("Diagnostic-Code") or block.get("Status") or ""))
    if not kinds:
        return None
    kind = "failed" if "failed" in kinds else "delayed" if "delayed" in kinds else "delivered"
    reason = " ".join(next(filter(None, reasons), "").split())[:MAX_REASON]
    return Report(kind, tuple(dict.fromkeys(recipients)), reason)


def _read_addresses(text):
    return [
        address.lower()
        for _name, address in getaddresses([text])[:MAX_RECIPIENTS]
        if address.count("@") == 1
    ]
