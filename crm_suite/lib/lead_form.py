"""What visitors may type into a public form, without Odoo: cleaning, checking, tokens."""

import hashlib
import hmac
import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from .arabic import DIGITS

# Longest value of each field: more is an attack or belongs into an e-mail
LIMITS = {
    "contact_name": 100,
    "partner_name": 120,
    "function": 100,
    "email_from": 254,
    "phone": 40,
    "city": 80,
    "subject": 200,
    "reference": 60,
    "description": 5000,
}
EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\s@.<>()\[\],;:\\\"]{1,63}\.)+[^\W\d_]{2,63}")
PHONE = re.compile(r"\+?[\d\s().\-/]{5,39}")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*")
URL_SAFE = "/?:@!$&'()*+,;=-._~%#"

TOKEN_HOURS = 12
# Nobody reads, types and sends a form within this time; robots do
FASTEST_SECONDS = 2


class Page(NamedTuple):
    url: str
    origin: str


class Token(NamedTuple):
    form_id: int
    issued: int
    key: str


def clean(name: str, value: str) -> str:
    """Return a value as it is checked and kept: trimmed, without control characters."""
    value = CONTROLS.sub("", (value or "").encode("utf-8", "replace").decode("utf-8"))
    if name == "description":
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    value = " ".join(value.split())
    return value.translate(DIGITS) if name in ("phone", "email_from") else value


def find_error(name: str, value: str, required: bool) -> str | None:
    """Return what is wrong with a cleaned value: required, long, email, phone; None if nothing."""
    if not value:
        return "required" if required else None
    if len(value) > LIMITS.get(name, 100):
        return "long"
    if name == "email_from" and not EMAIL.fullmatch(value):
        return "email"
    if name == "phone":
        digits = sum(character.isdigit() for character in value)
        if not PHONE.fullmatch(value) or not 6 <= digits <= 15:
            return "phone"
    return None


def sign(secret: str, token: Token) -> str:
    """Return a token as it is sent to the visitor."""
    payload = f"{token.form_id}.{token.issued}.{token.key}"
    return f"{payload}.{_signature(secret, payload)}"


def read_token(secret: str, text: str, form_id: int, now: int) -> tuple[Token | None, str | None]:
    """Return a token that came back and what is wrong with it: invalid (no token), expired, fast.

    :param now: seconds since the epoch
    """
    text = text or ""
    if len(text) > 200 or not text.isascii():
        return None, "invalid"
    payload, _dot, signature = text.rpartition(".")
    if not hmac.compare_digest(signature, _signature(secret, payload)):
        return None, "invalid"
    form, issued, key = payload.split(".")
    token = Token(int(form), int(issued), key)
    if token.form_id != form_id:
        return None, "invalid"
    if now - token.issued > TOKEN_HOURS * 3600:
        return token, "expired"
    if now - token.issued < FASTEST_SECONDS:
        return token, "fast"
    return token, None


def hash_address(secret: str, form_id: int, address: str) -> str:
    """Return what stands for the address of a visitor; it cannot be turned back.

    One subscriber has 2^64 addresses of IPv6, so only the network counts.
    """
    try:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6:
            address = str(ipaddress.ip_network((parsed, 64), strict=False))
    except ValueError:
        address = ""
    return _signature(secret, f"{form_id} {address}")[:32]


def parse_origins(text: str) -> list[str]:
    """Return the origins of a text, one a line or separated by spaces.

    :raise ValueError: with the first one that is no origin
    """
    origins = []
    for word in (text or "").split():
        parts, origin = _read_url(word)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(word)
        origins.append(origin)
    return origins


def parse_page(text: str) -> Page:
    """Return a page as it is written in the headers of an answer, which hold ASCII only.

    :raise ValueError: when no browser could open it
    """
    text = (text or "").strip()
    if CONTROLS.search(text) or len(text.split()) != 1 or "*" in text.partition("?")[0]:
        raise ValueError(text)
    parts, origin = _read_url(text)
    scheme, _slashes, place = origin.partition("://")
    rest = (quote(part, safe=URL_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return Page(urlunsplit((scheme, place, *rest)), origin)


def _read_url(text: str):
    """Return the parts of an address of the web and its origin, hosts in any script.

    :raise ValueError: with the text, when it is none
    """
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise ValueError(text) from error
    is_user = parts.username is not None or parts.password is not None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host) or is_user:
        raise ValueError(text)
    return parts, f"{parts.scheme}://{host}{port}"


def _signature(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
