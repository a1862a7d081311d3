from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import delivery_token as lib

NUMBERS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=lib.MOST_NUMBERS)
SCOPES = st.sampled_from(["open", "click", "message"])


@tagged("post_install", "-at_install")
class TestDeliveryToken(BaseCase):
    @given(st.text(min_size=1), SCOPES, NUMBERS)
    def test_a_token_is_read_back(self, key, scope, numbers):
        token = lib.make_token(key, scope, *numbers)
        self.assertEqual(lib.read_token(key, scope, token), tuple(numbers))
        self.assertTrue(lib.TOKEN.fullmatch(token))

    @given(SCOPES, SCOPES, NUMBERS)
    def test_a_token_opens_one_scope_with_one_key(self, scope, other, numbers):
        token = lib.make_token("key", scope, *numbers)
        self.assertIsNone(lib.read_token("other key", scope, token))
        self.assertEqual(lib.read_token("key", other, token) is None, scope != other)

    @given(NUMBERS, st.integers(0), st.characters())
    def test_a_changed_token_is_none(self, numbers, place, character):
        token = lib.make_token("key", "open", *numbers)
        place %= len(token)
        changed = token[:place] + character + token[place + 1 :]
        if changed != token:
            self.assertIsNone(lib.read_token("key", "open", changed))

    @given(st.one_of(st.text(max_size=90), st.none(), st.binary(max_size=40)))
    def test_anything_else_is_none(self, token):
        self.assertIsNone(lib.read_token("key", "open", token))

    @given(st.integers(0, 2**64 - 1))
    def test_a_message_is_known_by_its_message_id(self, number):
        message_id = lib.make_message_id("key", number, "crm.example.com")
        self.assertEqual(lib.read_message_id("key", message_id), number)
        self.assertEqual(lib.read_message_id("key", f" {message_id.strip('<>')} "), number)
        self.assertIsNone(lib.read_message_id("other", message_id))
        self.assertIsNone(lib.read_message_id("key", message_id.replace("@", "x@")))

    def test_no_message_id(self):
        for text in ("", None, "<>", "<crm-@example.com>", "<a@example.com>", "crm-" * 40):
            self.assertIsNone(lib.read_message_id("key", text))
