import struct
import tempfile
import threading
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import dns_text, mail_check

TEXT = "Our spring offers are here, and they last until the end of the month."
BODY = f'<p>{TEXT} <a href="/unsubscribe_from_list">Unsubscribe</a></p>'


def answer(question, texts, flags=0x8180, kind=16):
    end = question.index(b"\0", 12) + 5
    reply = question[:2] + struct.pack(">HHHHH", flags, 1, len(texts), 0, 0) + question[12:end]
    for text in texts:
        pieces = [text[start : start + 255] for start in range(0, len(text), 255)]
        data = b"".join(bytes([len(piece)]) + piece for piece in pieces)
        reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    return reply


@tagged("post_install", "-at_install")
class TestMailCheck(BaseCase):
    def _codes(self, subject="Spring", preview="Now", body=BODY, text=TEXT):
        found = mail_check.check(subject, preview, body, text)
        return {finding.code for finding in found}

    def test_a_good_mail(self):
        self.assertFalse(self._codes())

    def test_words(self):
        self.assertEqual(self._codes(subject=" "), {"no_subject"})
        self.assertEqual(self._codes(subject="GREAT SPRING OFFER"), {"capitals"})
        self.assertEqual(self._codes(subject="Sale!! Today"), {"exclamation"})
        self.assertEqual(self._codes(text=TEXT + " Now!!!"), {"exclamation"})
        self.assertEqual(self._codes(subject="Re: our talk"), {"false_reply"})
        self.assertEqual(self._codes(subject="رد: موعدنا"), {"false_reply"})
        self.assertEqual(self._codes(subject="a " * 50), {"long_subject"})
        self.assertEqual(self._codes(text=TEXT + " Act now, you have won"), {"promises"})
        self.assertEqual(self._codes(text=TEXT + " لقد فزت بجائزة، اضغط هنا"), {"promises"})
        self.assertEqual(self._codes(preview=""), {"no_preview"})
        # letters without capitals are none
        self.assertFalse(self._codes(subject="عروض الربيع وصلت اليوم"))

    def test_form(self):
        self.assertEqual(self._codes(text="", body="<p></p>"), {"no_text", "no_unsubscribe"})
        only = '<img src="/a.png" alt="x"/><a href="/unsubscribe_from_list">x</a>'
        self.assertEqual(self._codes(text="x", body=only), {"only_images"})
        self.assertEqual(self._codes(body=BODY + '<img src="/a.png">'), {"no_alt"})
        self.assertEqual(self._codes(body=BODY + "<p>é</p>" * 20000), {"too_large"})
        self.assertEqual(self._codes(body=f"<p>{TEXT}</p>"), {"no_unsubscribe"})
        self.assertEqual(self._codes(body=BODY + "<a>anchor</a>"), set())

    def test_links(self):
        for href, problem in {
            "https://example.com/a?b=c#d": None,
            "https://مثال.إختبار/": None,
            "//cdn.example.com/x": "bad_link",
            "/shop": None,
            "#top": None,
            "mailto:a@example.com": None,
            "tel:+2021": None,
            "https://8.8.8.8/": None,
            "": "empty_link",
            "#": "empty_link",
            "http://": "empty_link",
            "javascript:alert(1)": "bad_link",
            "data:text/html,x": "bad_link",
            "file:///etc/passwd": "bad_link",
            "example.com/offer": "bad_link",
            "https:///x": "bad_link",
            "https://exa mple.com": "bad_link",
            "https://example.com:99999/": "bad_link",
            "https://[::1": "bad_link",
            "https://-x-.com": "bad_link",
            "mailto:": "bad_link",
            "tel:": "bad_link",
            "http://localhost:8069/": "local_link",
            "http://127.0.0.1": "local_link",
            "http://127.1": "local_link",
            "http://2130706433/": "local_link",
            "http://0x7f.1/": "local_link",
            "http://10.1.2.3/": "local_link",
            "http://169.254.169.254/latest": "local_link",
            "http://[::1]/": "local_link",
            "http://[::ffff:127.0.0.1]/": "local_link",
            "http://intranet/": "local_link",
            "https://server.local": "local_link",
        }.items():
            with self.subTest(href):
                self.assertEqual(mail_check.judge_link(href), problem)
        found = mail_check.check_links(["#", "javascript:x", "javascript:x", "data:x"])
        self.assertEqual([one.severity for one in found], ["warning", "error"])
        self.assertEqual(found[1].detail, "javascript:x, data:x")

    def test_our_own_server_is_no_strange_one(self):
        own = frozenset({mail_check.get_server("http://127.0.0.1:8191")})
        fine = ["http://127.0.0.1:8191/contactus", "http://127.0.0.1:8191"]
        self.assertFalse(mail_check.check_links(fine, own))
        for href in (
            "http://127.0.0.1/",
            "http://127.0.0.1:8192/",
            "https://127.0.0.1/",
            "http://localhost:8191/",
            "http://127.0.0.1:8191@10.0.0.1/",
            "http://127.0.0.1:8191.local/",
        ):
            with self.subTest(href):
                self.assertTrue(mail_check.check_links([href], own))

    @given(st.text(max_size=60))
    def test_any_address_is_judged(self, href):
        self.assertIn(mail_check.judge_link(href), (None, "empty_link", "bad_link", "local_link"))
        self._codes(body=f"<p>{href}</p>", text=href)

    def test_senders(self):
        judge = mail_check.judge_sender
        good = ["x", "v=spf1 include:_spf.example.com -all"]
        self.assertFalse(judge(good, ["v=DKIM1; k=rsa; p=MIGf"], ["v=DMARC1; p=reject"]))
        codes = {finding.code for finding in judge([], [], [])}
        self.assertEqual(codes, {"no_spf", "no_dkim", "no_dmarc"})
        codes = {finding.code for finding in judge(good * 2, ["v=DKIM1; p="], ["v=DMARC1"])}
        self.assertEqual(codes, {"many_spf", "no_dkim", "no_dmarc"})
        self.assertEqual(judge(["v=spf1 +all"], ["p=MI"], ["v=DMARC1;"])[0].code, "open_spf")


@tagged("post_install", "-at_install")
class TestDnsText(BaseCase):
    def _serve(self, reply):
        server = socket(AF_INET, SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        self.addCleanup(server.close)

        def run():
            question, visitor = server.recvfrom(2048)
            data = reply(question)
            if data is not None:
                server.sendto(data, visitor)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 10)
        return server.getsockname()[1]

    def _lookup(self, reply, name="example.com", timeout=5):
        return dns_text.lookup(name, "127.0.0.1", timeout, self._serve(reply))

    def test_answers(self):
        long = b"v=DKIM1; p=" + b"A" * 400
        found = self._lookup(lambda question: answer(question, [b"v=spf1 -all", long]))
        self.assertEqual(found, ["v=spf1 -all", long.decode()])
        self.assertEqual(self._lookup(lambda question: answer(question, [], 0x8183)), [])
        self.assertEqual(self._lookup(lambda question: answer(question, [b"x"], kind=1)), [])

    def test_no_answer(self):
        for reply in (
            lambda question: answer(question, [], 0x8182),
            lambda question: answer(question, [], 0x8380),
            lambda question: answer(question, [], 0x0100),
            lambda question: (
                b"\0\0" + answer(question, [b"x"])[2:] if question[:2] != b"\0\0" else b""
            ),
            lambda question: answer(question, [b"x" * 50])[:-20],
            lambda question: question[:5],
        ):
            self.assertRaises(dns_text.NoAnswer, self._lookup, reply)
        self.assertRaises(dns_text.NoAnswer, self._lookup, lambda question: None, "a.b", 0.05)
        for name in ("", "a..b", "x" * 64 + ".com", ".".join(["abcdefgh"] * 40)):
            self.assertRaises(dns_text.NoAnswer, dns_text.lookup, name, "127.0.0.1", 0.05, 9)

    @given(st.binary(max_size=80))
    def test_any_answer_is_read_or_refused(self, data):
        try:
            found = dns_text.read_answer(b"\0\1\x81\x80" + data, 1)
        except dns_text.NoAnswer:
            return
        self.assertIsInstance(found, list)

    def test_name_server_of_the_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "resolv.conf"
            path.write_text("# x\nsearch a\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n")
            self.assertEqual(dns_text.get_server(str(path)), "192.0.2.1")
            self.assertIsNone(dns_text.get_server(f"{folder}/none"))
