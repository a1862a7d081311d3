from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import ConsentCommon

CELINE = "celine@customer.example.com"
NUMBER = "+32456000004"


@tagged("post_install", "-at_install")
class TestBlacklist(ConsentCommon, HttpCase):
    """Odoo's blacklist means everything. Who agrees again by himself gets that, and no more."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def test_whoever_confirms_gets_what_he_agreed_to(self):
        long_ago = fields.Datetime.now() - timedelta(days=90)
        self.say(CELINE, "granted", self.offers, date=long_ago)
        request = self.env["crm.consent.request"]._ask(CELINE, self.double)
        self.assertEqual(self.refusal(CELINE, self.double), "blacklist")
        request._confirm(ip="192.0.2.7")
        self.assertIsNone(self.refusal(CELINE, self.double))
        for purpose in (None, self.news, self.offers):
            self.assertEqual(self.refusal(CELINE, purpose), "withdrawn")
        self.assertFalse(self.celine.is_blacklisted)
        self.assertIn("blacklist", self.entries_of(CELINE).mapped("source"))

    def test_the_page_shows_that_he_gets_nothing(self):
        path = self.link_to(CELINE)
        text = self.url_open(path).text
        self.assertNotRegex(text, rf'name="email_{self.news.id}"[^>]*checked')
        data = {"csrf_token": self.csrf(text), "action": "save"}
        self.url_open(f"{path}/save", data=data)
        self.assertEqual(self.refusal(CELINE), "blacklist")
        data |= {f"email_{self.offers.id}": "1", f"sms_{self.offers.id}": "1"}
        self.url_open(f"{path}/save", data=data)
        self.assertIsNone(self.refusal(CELINE, self.offers))
        self.assertIsNone(self.refusal(NUMBER, self.offers, "sms"))
        self.assertEqual(self.refusal(CELINE, self.news), "withdrawn")

    def test_an_agents_word_is_not_enough(self):
        entered = self.consent._enter([CELINE], "email", "granted", self.offers, source="manual")
        self.assertEqual(entered, {CELINE: "requested"})
        self.assertEqual(self.refusal(CELINE, self.offers), "blacklist")
