"""Webhooks: which addresses may be called, and how a call is signed. No Odoo.

A call carries three headers: its number (`X-CRM-Id`, the same for the same messages), the second it
was made in (`X-CRM-Timestamp`), and `X-CRM-Signature`: `v1=` and the HMAC-SHA256 in hex of number,
timestamp and body with dots between them. Messages that go again may come with others: the number
of each, in the body, tells that it has come before.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from urllib.parse import urlsplit

ID, TIMESTAMP, SIGNATURE = "X-CRM-Id", "X-CRM-Timestamp", "X-CRM-Signature"
VERSION = "v1="
# Seconds that the clocks of two computers may differ, the way included
WINDOW = 300
MOST_ID = 100
# RFC 6052: an IPv4 address written as one of IPv6
NAT64 = ipaddress.ip_network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
BROKEN = re.compile(r"[\x00-\x20\x7f\\]")


class UnsafeAddressError(ValueError):
    """An address that must not be called. The code of the reason is its first argument."""


def sign(secret: str, call_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header with the signature."""
    signed = f"{call_id}.{timestamp}.".encode() + body
    return VERSION + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(secret: str, headers, body: bytes, now: float) -> bool:
    """Say whether somebody who knows the secret has made this call just now.

    :param headers: something with `get`; whoever repeats a call is known by `X-CRM-Id` only
    """
    call_id = headers.get(ID) or ""
    timestamp, signature = headers.get(TIMESTAMP) or "", headers.get(SIGNATURE) or ""
    if not secret or not 0 < len(call_id) <= MOST_ID:
        return False
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > WINDOW:
        return False
    expected = sign(secret, call_id, int(timestamp), body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def split_url(url: str, for_tests: bool = False) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path with query of an address that may be called.

    :param for_tests: whether plain HTTP is allowed, too
    :raise UnsafeAddressError: `broken`, `scheme` or `account`
    """
    if BROKEN.search(url):
        raise UnsafeAddressError("broken")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnsafeAddressError("broken") from error
    if parts.scheme != "https" and not (for_tests and parts.scheme == "http"):
        raise UnsafeAddressError("scheme")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddressError("account")
    if not host or port == 0:
        raise UnsafeAddressError("broken")
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path


def look_up(host: str, port: int, for_tests: bool = False) -> str:
    """Return the IP address of a host: a call goes to the address that was looked at, whatever the
    name means a moment later.

    :param for_tests: whether this computer itself may be called, too
    :raise UnsafeAddressError: `network`, when it leads into one that is not public
    :raise OSError: when the name cannot be resolved now
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [answer[4][0] for answer in found]
    if not addresses or not all(is_callable(one, for_tests) for one in addresses):
        raise UnsafeAddressError("network")
    return addresses[0]


def is_callable(address: str, for_tests: bool = False) -> bool:
    """Say whether a resolved IP address belongs to the public internet.

    :param for_tests: whether this computer itself may be called, too
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.version == 6:
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if found in NAT64:
            inner = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
        if inner:
            return is_callable(str(inner), for_tests)
    if found.is_loopback:
        return for_tests
    # RFC 4291, 2.4: what is given out for the internet
    if found.version == 6 and found not in GLOBAL_UNICAST:
        return False
    return found.is_global and not found.is_multicast
