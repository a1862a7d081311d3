"""Where a person stands, from what the ledger of consent says; addresses and tokens. No Odoo."""

import base64
import contextlib
import hashlib
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

# Who says two things at the same moment is taken at the one that protects him more
SEVERITY = {"requested": 0, "granted": 1, "suppressed": 2, "withdrawn": 3}
NONCE_LENGTH = 22
# What no address has, or the database or UTF-8 cannot hold
BROKEN = re.compile(r"^@|[\x00-\x1f\x7f\ud800-\udfff]")
TOKEN = re.compile(r"[A-Za-z0-9_-]{44}")
DOMAIN = re.compile(r"(?=.{1,253}$)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)+")


class Said(NamedTuple):
    """What the ledger says. `state` is one of `SEVERITY`, or `paused` with the end in `until`
    (None: the pause is over at once).
    """

    state: str
    date: datetime
    until: datetime | None = None


class Standing(NamedTuple):
    """Where a person stands: the last decision, and the last word on pausing beside it."""

    state: str | None = None
    decided_at: datetime | None = None
    paused_at: datetime | None = None
    paused_until: datetime | None = None


def add(standing: Standing, said: Said) -> Standing:
    """Return where somebody stands after one more entry of the ledger.

    The result does not depend on the order in which entries are added: the last one by its time
    counts, and of two at one time the more protective. A request decides nothing.
    """
    if said.state == "paused":
        if standing.paused_at is None or _pause_key(said.date, said.until) > _pause_key(
            standing.paused_at, standing.paused_until
        ):
            return standing._replace(paused_at=said.date, paused_until=said.until)
        return standing
    if standing.state is None or decision_key(said.state, said.date) > decision_key(
        standing.state, standing.decided_at
    ):
        return standing._replace(state=said.state, decided_at=said.date)
    return standing


def project(entries: Iterable[Said]) -> Standing:
    """Return where somebody stands after these entries."""
    standing = Standing()
    for said in entries:
        standing = add(standing, said)
    return standing


def decision_key(state: str, date: datetime) -> tuple:
    """Return what decisions are compared by: the greatest counts."""
    return state != "requested", date, SEVERITY[state]


def choose(standings: Iterable[Standing]) -> Standing:
    """Return the one that counts of what was said on one purpose and on all of them together."""
    standings = list(standings)
    decided = [one for one in standings if one.state]
    best = max(decided, key=lambda one: decision_key(one.state, one.decided_at), default=None)
    until = max((one.paused_until for one in standings if one.paused_until), default=None)
    best = best or Standing()
    return best._replace(paused_until=until)


def _pause_key(date, until):
    return date, until or datetime.min


# ----------------------------------------------------------------------
# Addresses
# ----------------------------------------------------------------------


def normalize_email(address: str) -> str:
    """Return an address as the ledger knows it: small letters, composed characters, the domain in
    the writing of its language. `address` is one plain address, without a name.
    """
    local, _at, domain = address.strip().rpartition("@")
    return unicodedata.normalize("NFC", f"{local.lower()}@{normalize_domain(domain)}")


def normalize_domain(domain: str) -> str:
    """Return a domain in the writing of its language: xn--mnchen-3ya.de is münchen.de."""
    domain = unicodedata.normalize("NFC", domain.strip().lower().rstrip("."))
    try:
        return domain.encode("ascii").decode("idna").lower()
    except UnicodeError:
        return domain


def get_writings(identity: str, address: str | None = None) -> list[str]:
    """Return the writings in which Odoo itself may keep an address: it leaves capitals that are
    not ASCII, combining characters and the encoding of domains (xn--) as they came.

    :param address: one that is known
    """
    local, _at, domain = identity.rpartition("@")
    locals_, domains = {local}, {domain}
    if not local.isascii():
        for form in (local, local.upper(), local.title(), local.capitalize()):
            locals_ |= {unicodedata.normalize("NFC", form), unicodedata.normalize("NFD", form)}
    if not domain.isascii():
        domains.add(unicodedata.normalize("NFD", domain))
        with contextlib.suppress(UnicodeError):
            domains.add(domain.encode("idna").decode())
    found = {f"{one}@{other}" for one in locals_ for other in domains}
    return sorted(found | ({address} if address else set()))


def get_visitor_network(address: str) -> str:
    """Return what a visitor is counted by: his internet address, of IPv6 the /64 that one line has.

    :param address: as the server reports it; any other text counts as it is
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def is_domain(domain: str) -> bool:
    return bool(DOMAIN.fullmatch(domain))


def hash_identity(key: str, kind: str, identity: str) -> str:
    """Return what stands for an identity in the ledger. It stays when the identity is erased.

    :param kind: email or phone
    :return: SHA-256, in hexadecimal digits; `SALTED` says the same in SQL
    """
    return hashlib.sha256(f"{salt(key, kind)}{identity}".encode()).hexdigest()


def salt(key: str, kind: str) -> str:
    return f"{key}:{kind}:"


# ----------------------------------------------------------------------
# Tokens
# ----------------------------------------------------------------------


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def make_token(key: str, scope: str, nonce: str) -> str:
    """Return a token that opens one door only (`scope`), and tells nothing."""
    return nonce + _sign(key, scope, nonce)


def read_token(key: str, scope: str, token: str) -> str | None:
    """Return the nonce of a token of this scope; None of any other text."""
    if not TOKEN.fullmatch(token or ""):
        return None
    nonce = token[:NONCE_LENGTH]
    return nonce if hmac.compare_digest(_sign(key, scope, nonce), token[NONCE_LENGTH:]) else None


def _sign(key, scope, nonce):
    digest = hmac.new(key.encode(), f"{scope}:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
