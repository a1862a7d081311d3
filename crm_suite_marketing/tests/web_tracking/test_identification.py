import secrets
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.tests import tagged

from ...lib import delivery_token, web_tracking
from .common import SHOP, WebTrackingCommon


@tagged("post_install", "-at_install")
class TestIdentification(WebTrackingCommon):
    """A link of a mail says whose browser it is, once and only to our own pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_link = cls.env["link.tracker"].create(
            {
                "url": f"{SHOP}/offer?color=red#sizes",
                "title": "Shop",
                "mass_mailing_id": cls.mailing.id,
            }
        )

    def _follow(self, link, delivery=None):
        token = delivery_token.make_token(self.key, "click", (delivery or self.to_amal).id, link.id)
        answer = self.url_open(f"/c/{token}", allow_redirects=False)
        return answer.headers["Location"]

    def test_links_to_our_pages_get_a_mark(self):
        where = self._follow(self.shop_link)
        parts = urlsplit(where)
        self.assertEqual((parts.netloc, parts.fragment), ("www.shop.example.com", "sizes"))
        asked = parse_qs(parts.query)
        self.assertEqual(asked["color"], ["red"])
        [token] = asked["cst"]
        for personal in ("amal", "customer", str(self.amal.id)):
            self.assertNotIn(personal, token.lower())
        self.assertEqual(self.env["crm.web.site"]._read_token(token), self.to_amal)

    def test_links_to_others_get_none(self):
        self.assertNotIn("cst=", self._follow(self.offer))
        self.site.active = False
        self.assertNotIn("cst=", self._follow(self.shop_link))

    def test_sites_of_another_company_get_none(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.site.copy({"company_id": other.id})
        self.site.active = False
        self.assertNotIn("cst=", self._follow(self.shop_link))

    def test_who_follows_a_link_is_known_and_so_is_his_past(self):
        self._call(self._event(path="/first"))
        self.assertFalse(self._ledger(self.amal))
        self._call(self._event(path="/offer"), token=self._token(self.to_amal))
        visitor = self._known()
        self.assertEqual(visitor.partner_id, self.amal)
        self.assertEqual(visitor.identified_by, "link")
        pages = [event.page for event in self._ledger(self.amal, "visit")]
        self.assertEqual(sorted(pages), [f"{SHOP}/first", f"{SHOP}/offer"])
        event = self._ledger(self.amal)[0]
        self.assertEqual(event.company_id, self.site.company_id)
        self.assertEqual(event.identity_key, self.to_amal.identity_key)
        self.assertEqual(event.evidence["site"], "Shop")
        self.assertIn("Desks", event.evidence_text)
        self._call(self._event(path="/later"))
        self.assertEqual(len(self._ledger(self.amal)), 3)
        found = self.events.search([("page", "like", "/later"), ("partner_id", "=", self.amal.id)])
        self.assertEqual(len(found), 1)
        self.assertEqual(self.amal.with_user(self.marketer).web_visit_count, 3)

    def test_replays_add_nothing_to_the_ledger(self):
        event = self._event()
        token = self._token(self.to_amal)
        for _turn in range(3):
            self._call(event, token=token)
        self.assertEqual(len(self._ledger(self.amal)), 1)

    def test_marks_that_are_none(self):
        good = self._token(self.to_amal)
        seconds = web_tracking.count_seconds(fields.Datetime.now()) + 60
        forged = (
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            delivery_token.make_token("another key", "web", self.to_amal.id, seconds, 1),
            # of another kind of link
            delivery_token.make_token(self.key, "click", self.to_amal.id, seconds, 1),
            delivery_token.make_token(self.key, "web", self.to_amal.id, seconds),
            delivery_token.make_token(self.key, "web", 2**31 - 1, seconds, 1),
            "",
            "x" * 3000,
        )
        for token in forged:
            self._call(self._event(), token=token)
            self.assertFalse(self._known().partner_id, token)

    def test_marks_expire(self):
        token = self._token(self.to_amal)
        later = fields.Datetime.now() + timedelta(minutes=16)
        with patch.object(fields.Datetime, "now", lambda *_args: later):
            self.assertFalse(self.env["crm.web.site"]._read_token(token))
        self.assertTrue(self.env["crm.web.site"]._read_token(token))

    def test_an_address_that_was_passed_on_names_nobody_else(self):
        """Two browsers with one mark: the second got the address from the first."""
        token = self._token(self.to_amal)
        self._call(self._event(), token=token)
        self.assertEqual(self._known().partner_id, self.amal)
        self.visitor_key = secrets.token_hex(16)
        self._call(self._event(), token=token)
        self.assertTrue(self._known())
        self.assertFalse(self._known().partner_id)

    def test_a_forwarded_mail_does_not_change_whose_browser_it_is(self):
        self._call(self._event(), token=self._token(self.to_amal))
        self._call(self._event(), token=self._token(self.to_emre))
        visitor = self._known()
        self.assertEqual(visitor.partner_id, self.amal)
        self.assertTrue(visitor.conflict_at)
        self.assertFalse(self._ledger(self.emre))

    def test_a_message_of_another_company_names_nobody(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.to_amal.company_id = other
        self.env.flush_all()
        self._call(self._event(), token=self._token(self.to_amal))
        self.assertFalse(self._known().partner_id)

    def test_programs_are_in_the_ledger_and_not_counted(self):
        self._call(self._event(), token=self._token(self.to_amal), agent="python-requests/2.32")
        self.assertEqual(self._ledger(self.amal).actor, "bot")
        self.assertEqual(self.amal.with_user(self.marketer).web_visit_count, 0)
