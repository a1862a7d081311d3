import contextlib
import re

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import ConsentCommon

AMAL = "amal@customer.example.com"
BASIL = "basil@customer.example.com"


@tagged("post_install", "-at_install")
class TestConsentPortal(ConsentCommon, HttpCase):
    """An account proves nothing about the address that its owner wrote into it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.user = cls.env["res.users"].create(
            {
                "name": "Amal",
                "login": "amal.portal",
                "password": "amal.portal",
                "partner_id": cls.amal.id,
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.authenticate(self.user.login, self.user.login)

    def _requests(self):
        return self.env["crm.consent.request"].search([("kind", "=", "preferences")])

    def _send_link(self):
        text = self.url_open("/my/consent").text
        return self.url_open("/my/consent/send", data={"csrf_token": self.csrf(text)})

    def test_who_asked_does_not_read_the_link(self):
        """Before the mail goes, or when it cannot go: the link is in the mailbox only."""
        self._send_link()
        domain = [("model", "=", "crm.consent.request"), ("res_id", "=", self._requests().id)]
        messages = self.env["mail.message"].sudo().search(domain)
        mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", messages.ids)])
        self.assertIn("/consent/", mails.body_html)
        for user in (self.user, self.salesperson, self.marketer):
            seen = messages.with_user(user)
            self.assertFalse(user.partner_id & messages.author_id)
            with contextlib.suppress(AccessError):
                self.assertNotIn("/consent/", str(seen.read()))

    def test_the_link_goes_to_the_mailbox(self):
        self.assertIn("/my/consent", self.url_open("/my").text)
        self.assertIn("o_consent_done", self._send_link().text)
        request = self._requests()
        self.assertEqual((request.identity, request.state), (AMAL, "waiting"))
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [AMAL])
        path = re.search(r"/consent/[\w-]{44}", mail["body"])[0]
        self.authenticate(None, None)
        text = self.url_open(path).text
        self.assertIn("Test News", text)
        self.url_open(f"{path}/save", data={"csrf_token": self.csrf(text), "action": "save"})
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")

    def test_a_strangers_address_shows_and_changes_nothing(self):
        self.say(BASIL, "granted", self.offers)
        self.user.partner_id.with_user(self.user).sudo().email = BASIL
        text = self.url_open("/my/consent").text
        for word in ("Test Offers", BASIL, "o_consent_choice"):
            self.assertNotIn(word, text)
        token = self.csrf(text)
        for path in ("/my/consent/save", "/my/consent/data"):
            answer = self.url_open(path, data={"csrf_token": token, "action": "none"})
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.entries_of(BASIL).mapped("state"), ["granted"])

    def test_cores_pages_take_the_account_for_no_proof_either(self):
        readers = self.make_list("Readers", BASIL)
        self.env["mail.blacklist"]._add(BASIL)
        self.user.partner_id.with_user(self.user).sudo().email = BASIL
        answer = self.url_open("/mailing/my")
        self.assertTrue(answer.url.endswith("/my/consent"))
        token = self.csrf(answer.text)
        with mute_logger("odoo.http"):
            for path, values in (
                ("list/update", {"lists_optin_ids": []}),
                ("blocklist/remove", {}),
                ("blocklist/add", {}),
            ):
                values |= {"csrf_token": token}
                self.make_jsonrpc_request_quietly(f"/mailing/{path}", values)
        self.assertIsNone(self.refusal(BASIL, mailing_lists=readers, use_blacklist=False))
        self.assertEqual(self.refusal(BASIL), "blacklist")

    def make_jsonrpc_request_quietly(self, path, values):
        with contextlib.suppress(JsonRpcException):
            self.make_jsonrpc_request(path, values)

    def test_nobody_fills_the_mailbox_of_a_stranger(self):
        for _again in range(5):
            self._send_link()
        self.assertEqual(len(self._requests()), 3)

    def test_the_number_that_a_visitor_wrote_is_not_his(self):
        """He could take text messages away from whose number it is, or agree to them for him."""
        self.assertIn(f"email_{self.offers.id}", self.url_open(self.link_to(AMAL)).text)
        self.assertNotIn(f"sms_{self.offers.id}", self.url_open(self.link_to(AMAL)).text)
        emre = self.url_open(self.link_to("emre@customer.example.com")).text
        self.assertIn(f"sms_{self.offers.id}", emre)

    def test_a_changed_address_unsubscribes_nobody(self):
        self.say(AMAL, "withdrawn")
        self.say(AMAL, "withdrawn", self.news)
        self.user.partner_id.with_user(self.user).sudo().email = BASIL
        self.assertFalse(self.entries_of(BASIL))

    def test_an_account_can_be_deleted(self):
        self.say(AMAL, "withdrawn", self.news)
        partner = self.amal.with_user(self.user).sudo()
        partner.email = "amal.new@customer.example.com"
        self.user.unlink()
        self.assertFalse(self.user.exists())

    def test_languages(self):
        self.assertIn("rtl", self.url_open("/my/consent?lang=ar_001").text)
