import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ...lib import webhook as lib

# what a hostile name may resolve to
INSIDE = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
    *("::ffff:10.0.0.1", "2002:0a00:0001::", "64:ff9b::a00:1", "64:ff9b::7f00:1", "no address"),
    *("fec0::1", "64:ff9b:1::a00:1", "::ffff:0:a00:1", "::7f00:1"),
]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]


class TestWebhookLib(BaseCase):
    def test_addresses(self):
        for address in INSIDE:
            self.assertFalse(lib.is_callable(address), address)
        for address in LOOPBACK:
            self.assertFalse(lib.is_callable(address), address)
            self.assertTrue(lib.is_callable(address, for_tests=True), address)
        for address in PUBLIC:
            self.assertTrue(lib.is_callable(address), address)
        self.assertFalse(lib.is_callable("10.0.0.1", for_tests=True))

    def test_urls(self):
        self.assertEqual(
            lib.split_url("https://a.example/x?y=1"), ("https", "a.example", 443, "/x?y=1")
        )
        self.assertEqual(lib.split_url("https://[::1]:8443"), ("https", "::1", 8443, "/"))
        for url, reason in (
            ("http://a.example", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("https://me:secret@a.example", "account"),
            ("https://a.example\r\nX: 1", "broken"),
            ("https://a.example:99999", "broken"),
            ("https://", "broken"),
            ("", "scheme"),
        ):
            with self.assertRaises(lib.UnsafeAddressError, msg=url) as caught:
                lib.split_url(url)
            self.assertEqual(caught.exception.args[0], reason, url)

    @given(st.text(), st.text(max_size=20), st.integers(0, 10**11), st.binary())
    def test_signature(self, secret, call_id, timestamp, body):
        text = call_id.encode("utf-8", "replace") + b"." + str(timestamp).encode() + b"." + body
        expected = hmac.digest(secret.encode(), text, hashlib.sha256).hex()
        self.assertEqual(lib.sign(secret, call_id, timestamp, body), f"v1={expected}")
        headers = {
            lib.ID: call_id,
            lib.TIMESTAMP: str(timestamp),
            lib.SIGNATURE: f"v1={expected}",
        }
        is_one = bool(secret and call_id)
        self.assertEqual(lib.verify(secret, headers, body, timestamp + 300), is_one)
        self.assertFalse(lib.verify(secret, headers, body, timestamp + 301))
        self.assertFalse(lib.verify(secret, headers, body + b" ", timestamp))
        self.assertFalse(lib.verify(secret + "x", headers, body, timestamp))
        for name in headers:
            self.assertFalse(lib.verify(secret, headers | {name: "é"}, body, timestamp))
