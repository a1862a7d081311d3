import ipaddress
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ...lib.network import get_network


class TestNetwork(unittest.TestCase):
    @given(st.ip_addresses())
    def test_neighbours(self, address):
        found = ipaddress.ip_network(get_network(str(address)))
        inner = getattr(address, "ipv4_mapped", None) or address
        self.assertIn(inner, found)
        self.assertEqual(found.max_prefixlen - found.prefixlen, 8 if found.version == 4 else 80)

    @given(st.text())
    def test_whatever_is_no_address(self, text):
        self.assertIsInstance(get_network(text), str)
        self.assertEqual(get_network(None), "")
        self.assertEqual(get_network("a line"), "")
