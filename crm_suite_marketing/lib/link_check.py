"""Open links as a reader's browser would, to see whether there is a page. No Odoo.

Only addresses of the public internet are opened, and each where it was looked up: a name that means
something else a moment later leads nowhere. Answers are not read.
"""

import queue
import socket
import threading
import time
from collections.abc import Iterable
from urllib.parse import urljoin

import certifi
import urllib3

from . import webhook

MOST_LINKS, MOST_REDIRECTS, AT_ONCE = 20, 4, 5
# Seconds: to reach a server, and for its answer
CONNECT, READ = 1.5, 2.5
# Servers that do not answer questions without a body of a page say so in many ways
TRY_GET = {400, 403, 404, 405, 406, 410, 429, 500, 501, 503}
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; CRM-Suite link check)", "Accept": "*/*"}


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
    for _redirect in range(MOST_REDIRECTS):
        try:
            target = _find_target(url, for_tests)
            status, location = _ask("HEAD", target)
            if status in TRY_GET:
                status, location = _ask("GET", target)
        except socket.gaierror as error:
            return "host" if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA) else None
        except (urllib3.exceptions.HTTPError, webhook.UnsafeAddressError, OSError, ValueError):
            # slow, refused just now, or not for us to open
            return None
        if status in (301, 302, 303, 307, 308) and location:
            url = urljoin(url, location)
            continue
        return f"HTTP {status}" if status in (404, 410) or status >= 500 else None
    return None


def _find_target(url, for_tests):
    # pages may be plain HTTP, which calls may not
    scheme, host, port, path = webhook.split_url(url.partition("#")[0], for_tests=True)
    if scheme not in ("http", "https"):
        raise webhook.UnsafeAddressError("scheme")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [answer[4][0] for answer in found]
    if not addresses or not all(webhook.is_callable(one, for_tests) for one in addresses):
        raise webhook.UnsafeAddressError("network")
    return scheme, host, addresses[0], port, path


def _ask(method, target):
    """:return: the status, and where it leads"""
    scheme, host, address, port, path = target
    options = {"timeout": urllib3.Timeout(connect=CONNECT, read=READ), "retries": False}
    written = f"[{host}]" if ":" in host else host
    if port != (443 if scheme == "https" else 80):
        written = f"{written}:{port}"
    if scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
            **options,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, **options)
    with pool:
        response = pool.urlopen(
            method,
            path,
            headers={**HEADERS, "Host": written},
            redirect=False,
            preload_content=False,
        )
        try:
            return response.status, response.headers.get("Location")
        finally:
            response.close()
