import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo.tests import BaseCase

from ...lib import link_check
from ...lib.link_check import find_dead, open_link

PAGES = {
    ("HEAD", "/page"): 200,
    ("HEAD", "/login"): 401,
    ("HEAD", "/gone"): 404,
    ("GET", "/gone"): 404,
    ("HEAD", "/moved"): 301,
    ("HEAD", "/round"): 302,
    ("HEAD", "/inside"): 302,
    ("HEAD", "/arabic"): 302,
    ("HEAD", "/%D8%B9%D8%B1%D8%B6"): 200,
    ("HEAD", "/nonsense"): 302,
    ("HEAD", "/wall"): 999,
    # asked without wanting the page, some servers say anything
    ("HEAD", "/shop"): 405,
    ("GET", "/shop"): 200,
    ("HEAD", "/broken"): 500,
    ("GET", "/broken"): 500,
}
LEADS = {
    "/moved": "/gone",
    "/round": "/round",
    "/inside": "http://10.0.0.1/",
    # UTF-8 as it is, as some servers write it
    "/arabic": "/عرض".encode().decode("latin-1"),
    "/nonsense": "http://[bad/",
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/endless":
            self.server.left.wait(30)
            return
        self.send_response(PAGES.get((self.command, path), 404))
        if path in LEADS:
            self.send_header("Location", LEADS[path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


def serve(case):
    """:return: the address of a site that runs until the test is over"""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.left = threading.Event()
    case.addCleanup(server.left.set)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    case.addCleanup(thread.join)
    case.addCleanup(server.server_close)
    case.addCleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


class TestLinkCheck(BaseCase):
    def test_pages_and_none(self):
        site = serve(self)
        expected = {
            "/page": None,
            "/login": None,
            "/shop": None,
            "/round": None,
            "/inside": None,
            "/arabic": None,
            "/عرض": None,
            "/nonsense": None,
            "/wall": None,
            "/gone": "HTTP 404",
            "/moved#below": "HTTP 404",
            "/broken": "HTTP 500",
        }
        for path, answer in expected.items():
            with self.subTest(path):
                self.assertEqual(open_link(site + path, for_tests=True), answer)
        urls = [site + path for path in expected] * 2
        dead = find_dead(urls, 30, for_tests=True)
        self.assertEqual(list(dead), [site + path for path, answer in expected.items() if answer])

    def test_where_it_was_looked_up(self):
        """What a name means a moment later leads nowhere."""
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
        with (
            patch.object(socket, "getaddrinfo", return_value=found) as look_up,
            patch.object(socket, "create_connection", side_effect=OSError) as connect,
        ):
            self.assertIsNone(open_link("http://shop.example.com/page"))
        look_up.assert_called_once()
        self.assertEqual(connect.call_args.args[0], ("93.184.215.14", 80))

    def test_nobody_waits_for_ever(self):
        site = serve(self)
        with patch.object(link_check, "READ", 0.2):
            self.assertIsNone(open_link(f"{site}/endless", for_tests=True))

    def test_what_is_not_ours_to_open(self):
        site = serve(self)
        hidden = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]
        with (
            patch.object(socket, "getaddrinfo", return_value=hidden),
            patch.object(socket, "create_connection") as connect,
        ):
            self.assertIsNone(open_link("http://shop.example.com/page"))
        connect.assert_not_called()
        for url in (
            f"{site}/gone",
            "http://10.0.0.1/",
            "http://[::1]/",
            "http://user:secret@example.com/",
            "ftp://example.com/",
            "http://exa mple.com/",
            "https://[/",
        ):
            with self.subTest(url):
                self.assertIsNone(open_link(url))
        self.assertEqual(find_dead([], 1), {})
        # nothing is known without time
        self.assertEqual(find_dead([f"{site}/gone"], 0, for_tests=True), {})
