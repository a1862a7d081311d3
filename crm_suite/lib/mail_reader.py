"""First aid for mails from outside, before Odoo's own parser sees them.

Nothing here decides where a mail goes. It only makes sure that a mail which the parser cannot read
arrives as a mail which it can, with the original attached.
"""

import codecs
import email
import email.policy
import hashlib
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser

# Real mails nest a handful of levels; the parser of the standard library dies near a thousand
MAX_DEPTH = 50
# A line of a mail (RFC 5322); PostgreSQL indexes up to 2,700 bytes
MAX_ID = 998
# A name and an address, which has 320 characters at most (RFC 3696)
MAX_SENDER = 640

# What Odoo's parser reads from the top of a mail
KEPT_HEADERS = (
    "From",
    "To",
    "Cc",
    "Delivered-To",
    "Resent-To",
    "Resent-Cc",
    "Subject",
    "Date",
    "Message-Id",
    "In-Reply-To",
    "References",
    "Return-Path",
    "Auto-Submitted",
    "Precedence",
)

UNREADABLE = "This message could not be read as it arrived. The original is attached."


def is_too_deep(raw: bytes) -> bool:
    """Whether a mail nests deeper than any honest one.

    Only mails that declare many types are looked at closely, so that ordinary mails cost one scan
    of their bytes. A level without a type of its own is a message inside of a digest, which has
    one: so there are at most two levels to a type.
    """
    if raw.lower().count(b"content-type") <= MAX_DEPTH // 2:
        return False
    try:
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    except RecursionError:
        return True
    level, depth = [message], -1  # what holds nothing is no level
    while level and depth <= MAX_DEPTH:
        level = [
            part
            for parent in level
            if parent.is_multipart()
            for part in parent.get_payload()
            if not isinstance(part, str)
        ]
        depth += 1
    return depth > MAX_DEPTH


def wrap_raw(raw: bytes) -> bytes:
    """A readable mail with the headers of `raw`, a short notice, and `raw` itself attached."""
    headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw)
    return bytes(_wrap(headers, raw))


def wrap_message(message: EmailMessage) -> EmailMessage:
    """The same for a mail that was already taken apart, but whose parts cannot be decoded."""
    return _wrap(message, to_bytes(message))


def to_bytes(message: EmailMessage) -> bytes:
    """A mail as it arrived; its headers only, if it is too broken to be written down."""
    try:
        return message.as_bytes(policy=email.policy.compat32)
    except (LookupError, ValueError, RecursionError, MessageError):
        return "\n".join(f"{name}: {value}" for name, value in message.raw_items()).encode(
            "utf-8", "replace"
        )


def mend_charsets(message: EmailMessage) -> bool:
    """Give text parts with a character set that Python does not know one that it does.

    :return: whether anything was changed
    """
    mended = False
    for part in message.walk():
        charset = part.get_param("charset")
        if charset is None or part.get_content_maintype() != "text":
            continue
        name = charset[2] if isinstance(charset, tuple) else charset
        try:
            codecs.lookup(name)
        except (LookupError, ValueError):
            part.set_param("charset", _guess_charset(part), replace=True)
            mended = True
    return mended


def shorten_id(message_id: str) -> str:
    """A message id that fits into an index: the same one, or always the same for a longer one."""
    raw = message_id.encode("utf-8", "replace")
    if len(raw) <= MAX_ID:
        return message_id
    return f"<{hashlib.sha256(raw).hexdigest()}@shortened.invalid>"


def shorten_sender(sender: str) -> str:
    """A sender that fits into a field for addresses.

    What is left of one that is too long is no address: it would be somebody else's.
    """
    if len(sender) <= MAX_SENDER:
        return sender
    return sender[:MAX_SENDER].replace("@", " ")


def strip_nul(value):
    """The same text without the characters that PostgreSQL cannot store."""
    if isinstance(value, str):
        value = value.replace("\x00", "")
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _guess_charset(part) -> str:
    payload = part.get_payload(decode=True) or b""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _wrap(headers, raw: bytes) -> EmailMessage:
    wrapped = EmailMessage(policy=email.policy.SMTP)
    for name in KEPT_HEADERS:
        value = _header_text(headers, name)
        if not value:
            continue
        try:
            wrapped[name] = value
        except (ValueError, LookupError, IndexError, AttributeError, MessageError):
            continue
    wrapped.set_content(UNREADABLE)
    wrapped.add_attachment(
        raw, maintype="application", subtype="octet-stream", filename="original_email.eml"
    )
    return wrapped


def _header_text(headers, name: str) -> str:
    """One header on one line, without asking the headers object to decode it."""
    value = next((v for n, v in headers.raw_items() if n.lower() == name.lower()), "")
    return strip_nul(" ".join(str(value).split()))
