import re

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import ConsentCommon

AMAL, BASIL = "amal@customer.example.com", "basil@customer.example.com"
EMRE = "emre@customer.example.com"
BODY = '<p>Hello <a href="/unsubscribe_from_list">Unsubscribe</a> <a href="/view">View</a></p>'


@tagged("post_install", "-at_install")
class TestMailingConsent(ConsentCommon, HttpCase):
    """Mailings go to whoever may be written to; the others are left out with the reason."""

    def _reasons(self, mailing):
        traces = self.env["mailing.trace"].search([("mass_mailing_id", "=", mailing.id)])
        return {
            self.env["res.partner"].browse(trace.res_id).name: trace.failure_type
            for trace in traces
            if trace.trace_status == "cancel"
        }

    def test_a_segment(self):
        self.say(AMAL, "granted", self.offers)
        self.say(BASIL, "withdrawn", self.offers)
        mailing = self._create_mailing(purpose_id=self.offers.id)
        self.assertEqual(mailing.segment_reachable_count, 1)
        self.assertIn("Refused: 2", mailing.segment_left_out)
        self.assertIn("Has not agreed: 1", mailing.segment_left_out)
        self.assertEqual(self._send(mailing), [AMAL])
        self.assertEqual(
            self._reasons(mailing),
            {
                "Basil": "mail_optout",
                "Basil's assistant": "mail_optout",
                "Celine": "mail_bl",
                "Dalia": "mail_email_missing",
                "Emre": "mail_no_consent",
            },
        )

    def test_other_recipients(self):
        self.say(AMAL, "granted", self.offers)
        self.say(BASIL, "withdrawn")
        self.env["crm.suppressed.domain"].create({"domain": "rival.example.org", "reason": "x"})
        rival = self.env["res.partner"].create({"name": "Rival", "email": "x@rival.example.org"})
        chosen = self.amal + self.basil + self.emre + rival
        mailing = self._create_mailing(
            segment_id=False,
            purpose_id=self.offers.id,
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=repr([("id", "in", chosen.ids)]),
        )
        self.assertEqual(self._send(mailing), [AMAL])
        self.assertEqual(
            self._reasons(mailing),
            {"Basil": "mail_optout", "Emre": "mail_no_consent", "Rival": "mail_domain"},
        )

    def test_without_a_purpose_whoever_refused_everything_is_left_out(self):
        self.say(AMAL, "withdrawn")
        self.say(EMRE, "withdrawn", self.news)
        self.assertEqual(self._send(self._create_mailing()), [BASIL, EMRE])

    def test_whoever_leaves_before_it_goes_gets_nothing(self):
        mailing = self._create_mailing(purpose_id=self.news.id)
        mailing.action_launch()
        self.say(AMAL, "withdrawn", self.news)
        self.assertEqual(self._run_queue(), [BASIL, EMRE])

    def test_text_messages(self):
        self.say("+32456000001", "granted", self.offers, "sms")
        self.say("+32456000002", "withdrawn", self.offers, "sms")
        mailing = self._create_mailing(
            mailing_type="sms", body_plaintext="Hello", purpose_id=self.offers.id
        )
        self.assertEqual(mailing.segment_reachable_count, 1)
        composer = self.env["sms.composer"].create(
            mailing._send_sms_get_composer_values((self.amal + self.basil + self.emre).ids)
        )
        values = composer._prepare_mass_sms_values(self.amal + self.basil + self.emre)
        self.assertEqual(
            [values[one.id]["state"] for one in self.amal + self.basil + self.emre],
            ["outgoing", "canceled", "canceled"],
        )
        trace = values[self.emre.id]["mailing_trace_ids"][0][2]
        self.assertEqual(trace["failure_type"], "mail_no_consent")

    def test_a_purpose_of_another_channel(self):
        with self.assertRaises(ValidationError):
            self._create_mailing(mailing_type="sms", body_plaintext="x", purpose_id=self.news.id)

    def test_the_links_of_a_mail(self):
        mailing = self._create_mailing(
            purpose_id=self.news.id, body_arch=BODY, body_html=BODY, keep_archives=True
        )
        self._send(mailing)
        [mail] = [one for one in self._mails if AMAL in one["email_to"][0]]
        for text in (mail["body"], str(mail["headers"])):
            self.assertNotIn("amal%40", text.lower())
            self.assertNotIn("document_id", text)
        headers = mail["headers"]
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        click = re.fullmatch(
            r"<https?://[^/]+(/consent/[\w-]{44}/one-click)>", headers["List-Unsubscribe"]
        )
        self.authenticate(None, None)
        page = re.search(r'href="https?://[^/"]+(/consent/[\w-]{44})"', mail["body"])
        view = re.search(r'href="https?://[^/"]+(/consent/[\w-]{44}/view)"', mail["body"])
        self.assertIn("Test News", self.url_open(page[1]).text)
        self.assertIn("Hello", self.url_open(view[1]).text)
        self.assertIsNone(self.refusal(AMAL, self.news))
        self.assertEqual(self.url_open(click[1], data={"a": "b"}).status_code, 200)
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")

    def test_a_test_mail_keeps_core_links(self):
        mailing = self._create_mailing()
        url = mailing.with_context(mailing_test_mail=True)._get_unsubscribe_url(AMAL, self.amal.id)
        self.assertIn("/mailing/", url)

    def test_a_mail_to_many_that_is_no_mailing(self):
        """Core's own composers leave out whoever is blacklisted, and so whoever refused all."""
        self.say(AMAL, "withdrawn")
        self.say("+32456000001", "withdrawn", channel="sms")
        chosen = self.amal + self.emre
        composer = self.env["mail.compose.message"].with_user(self.marketer)
        values = {
            "composition_mode": "mass_mail",
            "model": "res.partner",
            "res_ids": repr(chosen.ids),
            "subject": "Hello",
            "body": "<p>Hello</p>",
        }
        for use_exclusion_list, left_out in ((True, ["cancel", "outgoing"]), (False, None)):
            values["use_exclusion_list"] = use_exclusion_list
            one = composer.create(values)
            found = one._prepare_mail_values(chosen.ids)
            states = [found[partner.id].get("state", "outgoing") for partner in chosen]
            self.assertEqual(states, left_out or ["outgoing"] * 2)
        sms = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": repr(chosen.ids),
                "body": "Hello",
            }
        )
        found = sms._prepare_mass_sms_values(chosen)
        states = [found[partner.id]["state"] for partner in chosen]
        self.assertEqual(states, ["canceled", "outgoing"])
