import random
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import consent as lib

MONDAY = datetime(2026, 3, 2, 9)
moments = st.integers(0, 5).map(lambda hours: MONDAY + timedelta(hours=hours))
words = st.builds(lib.Said, st.sampled_from(list(lib.SEVERITY)), moments)
pauses = st.builds(lib.Said, st.just("paused"), moments, st.one_of(st.none(), moments))
ledgers = st.lists(st.one_of(words, pauses), max_size=12)


@tagged("post_install", "-at_install")
class TestConsentLib(BaseCase):
    @given(ledgers, st.randoms(use_true_random=False))
    def test_any_order_comes_to_the_same(self, entries, shuffler):
        shuffled = list(entries)
        shuffler.shuffle(shuffled)
        self.assertEqual(lib.project(shuffled), lib.project(entries))

    @given(ledgers, st.integers(0, 12))
    def test_one_by_one_comes_to_the_same_as_all_at_once(self, entries, place):
        standing = lib.project(entries[:place])
        for said in entries[place:]:
            standing = lib.add(standing, said)
        self.assertEqual(standing, lib.project(entries))

    @given(ledgers)
    def test_the_same_entry_twice_changes_nothing(self, entries):
        self.assertEqual(lib.project(entries + entries), lib.project(entries))

    @given(ledgers)
    def test_the_last_word_counts(self, entries):
        said = [one for one in entries if one.state not in ("paused", "requested")]
        if said:
            last = max(said, key=lambda one: (one.date, lib.SEVERITY[one.state]))
            self.assertEqual(lib.project(entries).state, last.state)

    def test_at_one_moment_the_refusal_counts(self):
        entries = [lib.Said("withdrawn", MONDAY), lib.Said("granted", MONDAY)]
        random.Random(1).shuffle(entries)
        self.assertEqual(lib.project(entries).state, "withdrawn")

    def test_a_request_decides_nothing(self):
        later = MONDAY + timedelta(days=1)
        for state in ("granted", "withdrawn"):
            entries = [lib.Said(state, MONDAY), lib.Said("requested", later)]
            self.assertEqual(lib.project(entries).state, state)

    def test_one_purpose_and_everything(self):
        day = timedelta(days=1)
        nothing = lib.Standing("withdrawn", MONDAY)
        again = lib.Standing("granted", MONDAY + day)
        self.assertEqual(lib.choose([nothing, again]).state, "granted")
        self.assertEqual(
            lib.choose([again, lib.Standing("withdrawn", MONDAY + 2 * day)]).state, "withdrawn"
        )
        self.assertIsNone(lib.choose([]).state)

    def test_addresses(self):
        for written, known in (
            ("Amal@Example.COM", "amal@example.com"),
            ("x@xn--mnchen-3ya.de", "x@münchen.de"),
            ("x@MÜNCHEN.de", "x@münchen.de"),
            ("SÖREN@example.com", "sören@example.com"),
            ("so\u0308ren@example.com", "sören@example.com"),
            ("a@example.com.", "a@example.com"),
        ):
            self.assertEqual(lib.normalize_email(written), known)
        for domain in ("example.com", "münchen.de", "a-b.example", "مثال.إختبار"):
            self.assertTrue(lib.is_domain(domain), domain)
        for text in ("", "com", "-a.com", "a_b", "a b.com", "a..com", "x" * 64 + ".com", "a.com/x"):
            self.assertFalse(lib.is_domain(text), text)

    def test_a_visitor_is_his_network(self):
        for address, network in (
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
            ("", ""),
        ):
            self.assertEqual(lib.get_visitor_network(address), network)

    def test_a_token_opens_one_door(self):
        nonce = lib.new_nonce()
        token = lib.make_token("key", "one_click", nonce)
        self.assertEqual(lib.read_token("key", "one_click", token), nonce)
        self.assertIsNone(lib.read_token("key", "preferences", token))
        self.assertIsNone(lib.read_token("other", "one_click", token))
        for text in ("", None, token[:-1], token + "A", nonce, "é" * 44, "\x00" * 44):
            self.assertIsNone(lib.read_token("key", "one_click", text))
