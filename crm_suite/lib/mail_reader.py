"""First aid for mails from outside, before Odoo's own parser sees them.

Nothing here decides where a mail goes. It only makes sure that a mail which the parser cannot read
arrives as a mail which it can, with the original attached.
"""

import base64
import codecs
import email
import email.policy
import hashlib
import re
from collections.abc import Collection
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser

# Real mails nest a handful of levels; the parser of the standard library dies near a thousand
MAX_DEPTH = 50
# Odoo's parser reads the whole text again with each part that adds to it
MAX_PARTS = 400
# Longer texts are no letters; Odoo's parser needs minutes for some megabytes of HTML
MAX_TEXT = 300_000
# Each address is looked up
MAX_RECIPIENTS = 200
RECIPIENTS = ("to", "cc", "delivered-to", "resent-to", "resent-cc")
# A line of a mail (RFC 5322); PostgreSQL indexes up to 2,700 bytes
MAX_ID = 998
# A name and an address, which has 320 characters at most (RFC 3696)
MAX_SENDER = 640

ADDRESS = re.compile(r"[^\s,;:<>\"'()]+@[^\s,;:<>\"'()]+")
DATA_IMAGE = re.compile(
    r"""\bsrc\s*=\s*(["'])data:image/(png|jpe?g|gif|webp|bmp);base64,([A-Za-z0-9+/=\s%]*)\1""",
    re.IGNORECASE,
)

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
    """Whether a mail nests deeper, or falls into more parts, than any honest one.

    Only mails that declare many types or parts are looked at closely, so that ordinary mails cost
    one scan of their bytes. A level without a type of its own is a message inside of a digest,
    which has one: so there are at most two levels to a type.
    """
    has_many_types = raw.lower().count(b"content-type") > MAX_DEPTH // 2
    if not has_many_types and raw.count(b"\n--") <= MAX_PARTS:
        return False
    try:
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    except RecursionError:
        return True
    level, depth, count = [message], -1, 0  # what holds nothing is no level
    while level and depth <= MAX_DEPTH and count <= MAX_PARTS:
        count += sum(not part.is_multipart() for part in level)
        level = [
            part
            for parent in level
            if parent.is_multipart()
            for part in parent.get_payload()
            if not isinstance(part, str)
        ]
        depth += 1
    return depth > MAX_DEPTH or count > MAX_PARTS


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


def mend_headers(message: EmailMessage) -> None:
    """Take out of the headers what PostgreSQL cannot store, and so cannot search for either."""
    texts = [(name, str(value)) for name, value in message.items()]
    for name in {name.lower() for name, text in texts if "\x00" in text}:
        values = [strip_nul(text) for other, text in texts if other.lower() == name]
        del message[name]
        message[name] = ", ".join(values)


def lighten(message: EmailMessage) -> list[tuple[str, bytes, str | None]]:
    """Take out of the texts of a mail what makes them too heavy to be read.

    Images that are written into the text become files, and so does the whole of a text that is
    too long; its beginning stays.

    :return: (name, content, content id in the text) of what was taken out
    """
    taken = []
    for part in message.walk():
        subtype = part.get_content_subtype()
        if part.get_content_maintype() != "text" or part.get_filename():
            continue
        payload = part.get_payload(decode=True) or b""
        has_images = subtype == "html" and b"data:image" in payload
        if len(payload) <= MAX_TEXT and not has_images:
            continue
        text = original = payload.decode(part.get_content_charset() or "utf-8", "replace")
        if has_images:
            text = _take_images(text, taken)
        if len(text) > MAX_TEXT:
            name = f"text{len(taken) + 1}.{'html' if subtype == 'html' else 'txt'}"
            taken.append((name, original.encode("utf-8", "replace"), None))
            text = text[:MAX_TEXT]
        text = text.encode("utf-8", "replace").decode("utf-8")
        part.set_content(text, subtype=subtype, charset="utf-8")
    return taken


def has_many_recipients(message: EmailMessage) -> bool:
    return any(
        name.lower() in RECIPIENTS and str(value).count("@") > MAX_RECIPIENTS
        for name, value in message.raw_items()
    )


def limit_recipients(message: EmailMessage, own_domains: Collection[str]) -> None:
    """Leave the first addresses of a mail that names thousands, and all of our own."""
    for name in RECIPIENTS:
        text = " ".join(str(v) for n, v in message.raw_items() if n.lower() == name)
        if text.count("@") <= MAX_RECIPIENTS:
            continue
        addresses = ADDRESS.findall(text)
        ours = [a for a in addresses if a.rpartition("@")[2].lower() in own_domains]
        kept = dict.fromkeys([*ours[:MAX_RECIPIENTS], *addresses[:MAX_RECIPIENTS]])
        del message[name]
        message[name.title()] = ", ".join(kept)


def ensure_id(message: EmailMessage) -> None:
    """Name a mail that came without a Message-Id.

    The same mail gets the same name however often it is fetched, so that it is known again.
    """
    if not str(message.get("Message-Id") or "").strip():
        del message["Message-Id"]
        message["Message-Id"] = _make_id(to_bytes(message))


def rename(raw: bytes) -> bytes:
    """The same mail under a name of its own, made of what is in it."""
    head = b"Message-Id: " + _make_id(raw).encode() + b"\r\n"
    first, end, rest = raw.partition(b"\n")
    if first.startswith(b"From "):  # the line between mails of a mailbox file
        return first + end + head + rest
    return head + raw


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


def _take_images(text: str, taken: list) -> str:
    def take(found):
        encoded = re.sub(r"\s|%0[ad]", "", found[3], flags=re.IGNORECASE)
        try:
            content = base64.b64decode(encoded)
        except ValueError:
            return 'src=""'
        name = f"image{len(taken) + 1}.{found[2].lower()}"
        taken.append((name, content, f"{name}@inline"))
        return f'src="cid:{name}@inline"'

    return DATA_IMAGE.sub(take, text)


def _make_id(raw: bytes) -> str:
    return f"<{hashlib.sha256(raw).hexdigest()}@unnamed.invalid>"


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
    if not wrapped["Message-Id"]:
        wrapped["Message-Id"] = _make_id(raw)
    wrapped.set_content(UNREADABLE)
    wrapped.add_attachment(
        raw, maintype="application", subtype="octet-stream", filename="original_email.eml"
    )
    return wrapped


def _header_text(headers, name: str) -> str:
    """One header on one line, without asking the headers object to decode it."""
    value = next((v for n, v in headers.raw_items() if n.lower() == name.lower()), "")
    return strip_nul(" ".join(str(value).split()))
