"""What a web page may tell of a visit: reading, cleaning, checking. No Odoo.

Pages of other people send this, and whoever likes to: nothing of it is believed that does not have
the form it must have, and nothing is kept that could name a person.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MAX_BODY = 8 * 1024
MAX_EVENTS = 20
MAX_URL = 500
MAX_TITLE = 200
MAX_NAME = 100
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
FIRST_TOUCH = UTM[:3]
KINDS = ("visit", "form")
# Pages wait until they can tell; clocks of visitors are not ours
OLDEST = timedelta(hours=24)
EARLIEST = timedelta(minutes=5)
SITE_KEY = re.compile(r"[0-9a-f]{32}")
VISITOR = re.compile(r"[0-9a-f]{32}")
EVENT = re.compile(r"[0-9a-f]{16}")
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# A link in a mail names its reader for so long after it was followed
TOKEN_MINUTES = 15
TOKEN_PARAMETER = "cst"


class Event(NamedTuple):
    key: str
    kind: str
    at: datetime
    url: str
    title: str
    referrer: str
    form: str


class Call(NamedTuple):
    """What a page sends at once.

    :param visitor: random, of a visitor who has agreed; empty: nobody has
    :param token: of the link that led here
    :param is_count: one page was looked at, and nothing else is told
    :param is_farewell: the visitor takes his consent back
    """

    site: str
    visitor: str = ""
    token: str = ""
    is_count: bool = False
    is_farewell: bool = False
    events: tuple = ()


def read_call(body: bytes, now: datetime) -> Call | None:
    """Return what a page told, None for whatever is no call. Of its events those that are none, or
    of another time, are left out.

    :param now: UTC, without time zone
    """
    if len(body) > MAX_BODY:
        return None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    site = told.get("site")
    if not isinstance(site, str) or not SITE_KEY.fullmatch(site):
        return None
    visitor = told.get("visitor")
    if not isinstance(visitor, str) or not VISITOR.fullmatch(visitor):
        return Call(site, is_count=told.get("count") == 1 and visitor is None)
    if told.get("forget") == 1:
        return Call(site, visitor, is_farewell=True)
    token = told.get("token")
    events = told.get("events")
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        return None
    read = {event.key: event for event in (_read_event(one, now) for one in events) if event}
    return Call(
        site,
        visitor,
        token=token if isinstance(token, str) else "",
        events=tuple(read.values()),
    )


def _read_event(told, now):
    if not isinstance(told, dict):
        return None
    key, kind, url = told.get("id"), told.get("kind"), clean_url(told.get("url"))
    at = _read_time(told.get("at"))
    if not isinstance(key, str) or not EVENT.fullmatch(key) or kind not in KINDS or not url:
        return None
    if at is None or at < now - OLDEST or at > now + EARLIEST:
        return None
    form = clean_text(told.get("form"), MAX_NAME) if kind == "form" else ""
    return Event(
        key,
        kind,
        min(at, now),
        url,
        clean_text(told.get("title"), MAX_TITLE),
        clean_host(told.get("referrer")),
        form,
    )


def _read_time(value):
    """Milliseconds since 1970, as browsers count."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**14:
        return None
    return datetime.fromtimestamp(value // 1000, timezone.utc).replace(tzinfo=None)


def count_seconds(date: datetime) -> int:
    """Return the seconds from 1970 to a moment of UTC."""
    return int(date.replace(tzinfo=timezone.utc).timestamp())


def clean_text(value, length: int) -> str:
    """Return a text of one line without signs that nobody sees."""
    text = UNSEEN.sub("", value) if isinstance(value, str) else ""
    return " ".join(text.split())[:length]


def clean_host(value) -> str:
    """Return a host, empty for whatever is none."""
    host = value.lower() if isinstance(value, str) and len(value) <= 253 else ""
    return host if HOST.fullmatch(host) else ""


def clean_url(value) -> str:
    """Return the address of a page as it is kept: what it was asked for, but for the marks of
    campaigns (utm_*), may name a person and is left out. Empty for whatever is no page.
    """
    if not isinstance(value, str) or UNSEEN.search(value):
        return ""
    try:
        parts = urlsplit(value.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
        known = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        return ""
    marks = [(name, clean_text(text, MAX_NAME)) for name, text in known if name in UTM]
    url = urlunsplit((parts.scheme, host + port, parts.path or "/", urlencode(marks), ""))
    if len(url) > MAX_URL:
        url = urlunsplit((parts.scheme, host + port, parts.path or "/", "", ""))[:MAX_URL]
    return url


def get_marks(url: str) -> dict[str, str]:
    """Return the marks of a campaign that an address holds."""
    return {name: text for name, text in parse_qsl(urlsplit(url).query) if name in FIRST_TOUCH}


def get_origin(url: str) -> str:
    """Return scheme, host and port of an address as browsers write an origin."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        return ""
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def is_allowed(origin: str, allowed: list[str]) -> bool:
    """Say whether an origin is one of these; `https://*.example.com` stands for every host below
    example.com.
    """
    if not origin:
        return False
    scheme, _slashes, place = origin.partition("://")
    for one in allowed:
        known_scheme, _slashes, known = one.partition("://")
        if known_scheme != scheme:
            continue
        if place == known or known.startswith("*.") and place.endswith(known[1:]):
            return True
    return False


def add_parameter(url: str, name: str, value: str) -> str:
    """Return an address with one more parameter, or with it in place of the one it had."""
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if one and one.partition("=")[0] != name]
    query = "&".join([*kept, urlencode([(name, value)])])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def hash_key(secret: str, scope: str, text: str) -> str:
    """Return what stands for a secret of a visitor; it cannot be turned back."""
    message = f"{scope}\0{text}".encode("utf-8", "replace")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
