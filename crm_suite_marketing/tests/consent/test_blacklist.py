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
        data |= {f"email_{self.offers.id}": "1"}
        self.url_open(f"{path}/save", data=data)
        self.assertIsNone(self.refusal(CELINE, self.offers))
        self.assertEqual(self.refusal(CELINE, self.news), "withdrawn")

    def test_an_agents_word_is_not_enough(self):
        entered = self.consent._enter([CELINE], "email", "granted", self.offers, source="manual")
        self.assertEqual(entered, {CELINE: "requested"})
        self.assertEqual(self.refusal(CELINE, self.offers), "blacklist")

    def test_a_mailbox_proves_no_telephone(self):
        """Whoever reads the mails may be anybody's guest lead with a number that is not his."""
        path = self.link_to(CELINE)
        text = self.url_open(path).text
        self.assertRegex(text, rf'name="sms_{self.offers.id}"[^>]*disabled')
        self.assertIn("Text messages and calls", text, "what is said of the number holds for both")
        data = {"csrf_token": self.csrf(text), "action": "save", f"sms_{self.offers.id}": "1"}
        self.url_open(f"{path}/save", data=data)
        self.assertEqual(self.refusal(NUMBER, self.offers, "sms"), "blacklist")
        self.env["phone.blacklist"]._remove([NUMBER])
        self.url_open(f"{path}/save", data=data)
        self.assertEqual(self.refusal(NUMBER, self.offers, "sms"), "no_consent")
        self.say(NUMBER, "granted", self.offers, "sms")
        del data[f"sms_{self.offers.id}"]
        self.url_open(f"{path}/save", data=data)
        self.assertEqual(self.refusal(NUMBER, self.offers, "sms"), "withdrawn")

    def test_whoever_lifts_it_by_hand_is_known(self):
        wizard = self.env["mail.blacklist.remove"].with_user(self.marketer)
        wizard.create({"email": CELINE, "reason": "wrote to us"}).action_unblacklist_apply()
        entry = self.entries_of(CELINE)
        self.assertEqual((entry.state, entry.source), ("unblocked", "blacklist"))
        self.assertEqual(entry.user_id, self.marketer)
        self.assertIn("wrote to us", entry.reason)
        # that was no word of the person
        self.assertEqual(self.refusal(CELINE, self.offers), "no_consent")
        self.assertFalse(self.row(CELINE))
        for lift in ("write", "unlink"):
            listed = self.env["mail.blacklist"].with_user(self.marketer)._add(CELINE)
            # a context that programs may send hides nothing
            listed = listed.with_context(consent_by="person", consent_by_person=True)
            if lift == "write":
                listed.write({"active": False})
            else:
                listed.unlink()
        phones = self.env["phone.blacklist"].search([("number", "=", NUMBER)])
        phones.write({"number": "+32456000009"})
        self.assertEqual(len(self.entries_of(CELINE)), 3)
        self.assertEqual(self.entries_of(NUMBER, "sms").state, "unblocked")
