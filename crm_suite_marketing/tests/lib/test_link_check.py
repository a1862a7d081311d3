import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odoo.tests import BaseCase

from ...lib.link_check import find_dead, open_link

PAGES = {
    ("HEAD", "/page"): 200,
    ("HEAD", "/login"): 401,
    ("HEAD", "/gone"): 404,
    ("GET", "/gone"): 404,
    ("HEAD", "/moved"): 301,
    ("HEAD", "/round"): 302,
    ("HEAD", "/inside"): 302,
    # asked without wanting the page, some servers say anything
    ("HEAD", "/shop"): 405,
    ("GET", "/shop"): 200,
    ("HEAD", "/broken"): 500,
    ("GET", "/broken"): 500,
}
LEADS = {"/moved": "/gone", "/round": "/round", "/inside": "http://10.0.0.1/"}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
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

    def test_what_is_not_ours_to_open(self):
        site = serve(self)
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
