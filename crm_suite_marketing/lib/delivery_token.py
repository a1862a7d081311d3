"""Tokens of the links of a message, and its Message-ID: signed, opaque, without anything of the
person. No Odoo.
"""

import base64
import hashlib
import hmac
import re
import struct

NUMBER = struct.Struct(">Q")
SIGNATURE = 12
MOST_NUMBERS = 4
# Text messages have no room for more; whoever guesses is told nothing
MARK = 6
TOKEN = re.compile(r"[A-Za-z0-9_-]{27,80}")
MESSAGE_ID = re.compile(r"<?crm-([A-Za-z0-9_-]{27,80})@[^\s<>@]+>?")


def make_token(key: bytes | str, scope: str, *numbers: int) -> str:
    """Return a token that names these numbers (each from 0 to 2**64 - 1) and opens this scope only.

    The first 12 bytes of HMAC-SHA256 (RFC 2104, truncated as its section 5 allows) over the scope
    and the numbers go before them.
    """
    body = b"".join(NUMBER.pack(number) for number in numbers)
    return base64.urlsafe_b64encode(_sign(key, scope, body) + body).rstrip(b"=").decode()


def read_token(key: bytes | str, scope: str, token: str) -> tuple[int, ...] | None:
    """Return the numbers of a token of this scope, or None for whatever is none."""
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    signature, body = raw[:SIGNATURE], raw[SIGNATURE:]
    if not body or len(body) % NUMBER.size or len(body) > MOST_NUMBERS * NUMBER.size:
        return None
    if not hmac.compare_digest(signature, _sign(key, scope, body)):
        return None
    # one writing of one token: what is written otherwise was made by somebody else
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    return tuple(number for (number,) in NUMBER.iter_unpack(body))


def make_mark(key: bytes | str, code: str, outbox_id: int) -> str:
    """Return the eight characters that say that this link was in this message."""
    signature = _sign(key, "text", f"{code}:{outbox_id}".encode())[:MARK]
    return base64.urlsafe_b64encode(signature).decode()


def is_mark(key: bytes | str, code: str, outbox_id: int, mark: str) -> bool:
    """Say whether this link was in this message."""
    return hmac.compare_digest(make_mark(key, code, outbox_id).encode(), mark.encode())


def make_message_id(key: bytes | str, outbox_id: int, domain: str) -> str:
    """Return the Message-ID of a message, with its angle brackets. It is the same each time, so a
    message that is sent again can be known by those who have it.
    """
    return f"<crm-{make_token(key, 'message', outbox_id)}@{domain}>"


def read_message_id(key: bytes | str, message_id: str) -> int | None:
    """Return the number of the message that a Message-ID of ours names, or None."""
    match = MESSAGE_ID.fullmatch((message_id or "").strip())
    numbers = match and read_token(key, "message", match[1])
    return numbers[0] if numbers and len(numbers) == 1 else None


def _sign(key, scope, body):
    key = key.encode() if isinstance(key, str) else key
    return hmac.new(key, scope.encode() + b"\0" + body, hashlib.sha256).digest()[:SIGNATURE]
