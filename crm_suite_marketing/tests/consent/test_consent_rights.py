from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestConsentRights(ConsentCommon):
    """Who sees what people said, and who may enter it. Nobody edits it."""

    def test_nobody_forges_what_was_said(self):
        entry = self.say(AMAL, "granted", self.offers)
        row = self.row(AMAL, self.offers)
        values = {
            "identity": AMAL,
            "identity_key": "x",
            "channel": "email",
            "state": "granted",
            "source": "form",
        }
        for user in (self.marketer, self.manager, self.salesperson):
            entry, row = entry.with_user(user), row.with_user(user)
            for forge in (
                lambda entry=entry: entry.create(values),
                lambda entry=entry: entry.write({"state": "withdrawn"}),
                lambda entry=entry: entry.unlink(),
                lambda row=row: row.create({"identity_key": "x", "channel": "email"}),
                lambda row=row: row.write({"state": "granted"}),
                lambda row=row: row.unlink(),
            ):
                with self.assertRaises(UserError), mute_logger("odoo.addons.base.models.ir_model"):
                    forge()

    def test_who_reads(self):
        self.say(AMAL, "granted", self.offers)
        for user in (self.marketer, self.manager):
            self.assertTrue(self.row(AMAL, self.offers).with_user(user).read(["state"]))
        for model in ("crm.consent", "crm.consent.entry", "crm.consent.request"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesperson).search([])
        for user in (self.manager, self.marketer, self.salesperson):
            with self.assertRaises(AccessError):
                self.env["crm.consent.link"].with_user(user).search([])

    def test_a_salesperson_sees_the_status_on_his_contact(self):
        self.say(AMAL, "withdrawn", self.news)
        partner = self.amal.with_user(self.salesperson)
        self.assertIn("Refused", partner.consent_summary)
        self.assertIn("Test News", partner.consent_summary)
        self.say(AMAL, "paused", until=fields.Datetime.now() + timedelta(days=3))
        self.assertEqual(self.amal.consent_count, 2)

    def test_text_is_escaped(self):
        self.news.name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", self.amal.consent_summary)

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        purpose = self.news.copy({"company_id": other.id, "name": "Elsewhere"})
        self.say(AMAL, "withdrawn", purpose)
        domain = [("purpose_id", "=", purpose.id)]
        for model in ("crm.consent", "crm.consent.entry"):
            self.assertFalse(self.env[model].with_user(self.marketer).search(domain))
        self.assertNotIn("Elsewhere", self.amal.with_user(self.marketer).consent_summary)
        with self.assertRaises(AccessError):
            self._create_mailing(purpose_id=purpose.id)
        mailing = self.env["mailing.mailing"].with_user(self.marketer)
        mailing = mailing.new({"segment_id": self.segment.id, "purpose_id": purpose.id})
        self.assertNotIn("Refused", mailing.segment_left_out)
        with self.assertRaises(AccessError):
            self.consent.with_user(self.marketer).record_consent(
                [
                    {
                        "address": AMAL,
                        "channel": "email",
                        "state": "withdrawn",
                        "reason": "x",
                        "purpose_id": purpose.id,
                    }
                ]
            )

    def test_an_administrator_opens_a_mailing(self):
        user = mail_new_test_user(
            self.env,
            login="only_admin",
            email="only_admin@test.example.com",
            groups="base.group_system",
        )
        mailing = self._create_mailing()
        self.assertEqual(mailing.sudo().with_user(user).unsubscribe_count, 0)

    def test_purposes_are_set_up_by_managers(self):
        with self.assertRaises(AccessError):
            self.offers.with_user(self.marketer).name = "Mine"
        self.offers.with_user(self.manager).name = "Offers and more"
        with self.assertRaises(AccessError):
            self.env["crm.consent.erasure"].with_user(self.marketer).create(
                {"address": AMAL, "reason": "x"}
            )
        with self.assertRaises(AccessError):
            self.env["crm.consent.recording"].with_user(self.salesperson).create({"reason": "x"})
        with self.assertRaises(AccessError):
            self.consent.with_user(self.salesperson).record_consent([])

    def test_a_mailing_user_without_our_rights_sends_all_the_same(self):
        user = mail_new_test_user(
            self.env,
            login="plain_mailer",
            email="plain@test.example.com",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )
        self.say(AMAL, "withdrawn", self.news)
        mailing = self._create_mailing(purpose_id=self.news.id).with_user(user)
        self.assertIn("Refused: 1", mailing.segment_left_out)


@tagged("post_install", "-at_install")
class TestConsentExport(ConsentCommon, HttpCase):
    def test_export_of_a_contact(self):
        self.say(AMAL, "granted", self.offers)
        path = f"/crm/consent/export/{self.amal.id}"
        for user in (self.marketer, self.salesperson):
            user.password = "consent-export"
        self.authenticate(self.marketer.login, "consent-export")
        record = self.url_open(f"{path}?format=json").json()
        self.assertEqual(record["addresses"], [AMAL, "+32456000001"])
        self.assertEqual(record["history"][0]["state"], "granted")
        self.assertIn("granted", self.url_open(path).text)
        self.assertEqual(self.url_open("/crm/consent/export/2147483647").status_code, 404)
        self.authenticate(self.salesperson.login, "consent-export")
        self.assertEqual(self.url_open(path).status_code, 404)
