"""Open links as a reader's browser would, to see whether there is a page. No Odoo.

Only addresses of the public internet are opened, and each where it was looked up: a name that means
something else a moment later leads nowhere. Answers are not read.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, urljoin

import certifi

from . import webhook

MOST_LINKS, MOST_REDIRECTS, AT_ONCE = 20, 4, 5
# Of all who check at a time; more than that is left unknown
SLOTS = threading.BoundedSemaphore(20)
# Seconds: to reach a server, for its answer, and for a link with all its redirects
CONNECT, READ, TOGETHER = 1.5, 2.5, 6
# Servers that do not answer questions without a body of a page say so in many ways
TRY_GET = {400, 403, 404, 405, 406, 410, 429, 500, 501, 503}
# What walls against programs answer (403, 429, 503, 999) says nothing about the page
DEAD = {404, 410, 500}
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; CRM-Suite link check)",
    "Accept": "*/*",
    "Connection": "close",
}
# what stays as it is in an address when everything else is encoded
AS_IT_IS = "%/:=&?~#+!$,;'@()*[]|"


def find_dead(urls: Iterable[str], budget: float, for_tests: bool = False) -> dict[str, str]:
    """Return the links that lead to no page, each with what was answered.

    What is not known within the time, cannot be looked up now or may not be opened is not among
    them.

    :param urls: absolute addresses; the first 20 different ones are opened
    :param budget: seconds for all of them
    :param for_tests: whether this computer itself may be asked, too
    """
    todo = list(dict.fromkeys(urls))[:MOST_LINKS]
    waiting, answers = queue.SimpleQueue(), queue.SimpleQueue()
    for url in todo:
        waiting.put(url)
    end = time.monotonic() + budget

    def work():
        with SLOTS:
            while time.monotonic() < end:
                try:
                    url = waiting.get_nowait()
                except queue.Empty:
                    return
                answers.put((url, open_link(url, for_tests)))

    for _thread in range(min(AT_ONCE, len(todo))):
        threading.Thread(target=work, daemon=True).start()
    dead = {}
    for _url in todo:
        try:
            url, answer = answers.get(timeout=max(end - time.monotonic(), 0))
        except queue.Empty:
            break
        if answer:
            dead[url] = answer
    return {url: dead[url] for url in todo if url in dead}


def open_link(url: str, for_tests: bool = False) -> str | None:
    """Return what a link to no page answers (`HTTP 404`, `host`); None: a page, or unknown."""
    end = time.monotonic() + TOGETHER
    try:
        for _redirect in range(MOST_REDIRECTS):
            target = _find_target(url, for_tests)
            status, location = _ask("HEAD", target, end)
            if status in TRY_GET:
                status, location = _ask("GET", target, end)
            if status not in (301, 302, 303, 307, 308) or not location:
                return f"HTTP {status}" if status in DEAD else None
            # headers are read as Latin-1; addresses in them are often UTF-8
            url = urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
    except socket.gaierror as error:
        return "host" if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA) else None
    except (http.client.HTTPException, webhook.UnsafeAddressError, OSError, ValueError):
        # slow, refused just now, or not for us to open
        return None
    return None


def _find_target(url, for_tests):
    # pages may be plain HTTP, which calls may not
    scheme, host, port, path = webhook.split_url(url.partition("#")[0], for_tests=True)
    host = host.encode("idna").decode() if not host.isascii() else host
    address = webhook.look_up(host, port, for_tests)
    return scheme, host, address, port, quote(path, safe=AS_IT_IS)


def _ask(method, target, end):
    """:return: the status, and where it leads"""
    scheme, host, address, port, path = target
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel = socket.create_connection((address, port), min(CONNECT, left))
    if scheme == "https":
        context = ssl.create_default_context(cafile=certifi.where())
        channel = context.wrap_socket(channel, server_hostname=host, do_handshake_on_connect=False)
    # time-outs of sockets begin anew with each byte
    timer = threading.Timer(min(READ, left), _hang_up, [channel])
    timer.daemon = True
    timer.start()
    try:
        if scheme == "https":
            channel.do_handshake()
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = kind(host, port)
        connection.sock = channel
        connection.request(method, path, headers=HEADERS)
        response = connection.getresponse()
        return response.status, response.getheader("Location")
    finally:
        timer.cancel()
        channel.close()


def _hang_up(channel):
    with suppress(OSError):
        # of the socket itself: the other thread may be at the encryption
        socket.socket.shutdown(channel, socket.SHUT_RDWR)
