from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import MarketingCommon

BODY = (
    '<p>Hello [[first_name|fallback:"friend"]] of [[city]], <t t-out="object.name"/>'
    " [[company]]</p><script>alert(1)</script>"
)


@tagged("post_install", "-at_install")
class TestPreview(MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amal.city = "<Ghent>"
        cls.mailing = cls._create_mailing(
            subject="For [[first_name]]", preview="In [[city]]", body_html=BODY
        )

    def _open(self):
        action = self.mailing.action_preview()
        return self.env[action["res_model"]].with_user(self.marketer).browse(action["res_id"])

    def test_as_any_recipient(self):
        preview = self._open()
        self.assertIn(preview.resource_ref, self.segment.member_ids.partner_id | self.reachable)
        with Form(preview) as form:
            form.resource_ref = f"res.partner,{self.amal.id}"
            self.assertEqual(form.subject, "For Amal")
            self.assertEqual(form.preview, "In <Ghent>")
            self.assertIn("Hello Amal of &lt;Ghent&gt;, Amal", form.body)
            self.assertNotIn("<script", form.body)
            self.assertIn("Hello Amal of <Ghent>, Amal", form.text)
            form.resource_ref = f"res.partner,{self.faris.id}"
            self.assertEqual(form.subject, "For Faris")
            form.resource_ref = False
            self.assertEqual(form.subject, "For Amal")
            self.assertIn("of Cairo", form.body)
            form.resource_ref = f"res.partner,{self.amal.id}"
        self.assertEqual(preview.email_from, self.mailing.email_from)
        # looking leaves nothing behind
        self.assertFalse(self.mailing.mailing_trace_ids)
        self.assertFalse(
            self.env["link.tracker"].search([("mass_mailing_id", "=", self.mailing.id)])
        )

    def test_in_a_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.mailing.subject = "[[country]]"
        self.env.ref("base.be").with_context(lang="ar_001").name = "بلجيكا"
        preview = self._open()
        preview.resource_ref = self.amal
        self.assertEqual(preview.subject, "Belgium")
        preview.lang = "ar_001"
        self.assertEqual(preview.subject, "بلجيكا")

    def test_what_is_no_mail(self):
        field = self.env.ref("crm_suite_marketing.merge_field_partner_city")
        mailing = self._create_mailing(
            mailing_type="webhook",
            delivery_engine="suite",
            body_plaintext='Hello [[first_name|fallback:"friend"]]!',
            webhook_field_ids=[(6, 0, field.ids)],
        )
        action = mailing.action_preview()
        preview = self.env[action["res_model"]].browse(action["res_id"]).with_user(self.marketer)
        preview.resource_ref = self.amal
        self.assertEqual(preview.text, "Hello Amal!\ncity: <Ghent>")
        self.assertFalse(preview.body or preview.error)
        mailing.mailing_type = "activity"
        self.assertEqual(mailing._render_preview(self.amal), {"text": "Hello Amal!"})
        # samples
        self.assertIn("Amal", mailing._render_preview()["text"])

    def test_only_what_the_user_may_read(self):
        other = self.env["res.company"].create({"name": "Preview Other"})
        stranger = self.env["res.partner"].create({"name": "Far", "company_id": other.id})
        preview = self._open()
        preview.resource_ref = stranger
        self.assertTrue(preview.error)
        self.assertFalse(preview.subject or preview.body)
        with self.assertRaises(AccessError):
            self.mailing._render_preview(stranger.with_user(self.marketer))
        preview.resource_ref = self.env["mailing.contact"].create({"name": "List"})
        self.assertIn("does not go to", preview.error)

    def test_without_recipients(self):
        mailing = self._create_mailing(
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain="[('name', '=', 'nobody at all')]",
            subject="For [[name]]",
        )
        self.assertFalse(mailing._get_preview_reference())
        self.assertEqual(mailing._render_preview()["subject"], "For Amal Hassan")

    def test_a_test_mail_says_what_the_chosen_one_would_get(self):
        wizard = Form(
            self.env["mailing.mailing.test"]
            .with_user(self.marketer)
            .with_context(default_mass_mailing_id=self.mailing.id)
        )
        wizard.resource_ref = f"res.partner,{self.basil.id}"
        wizard.email_to = "me@test.example.com\nnot an address\nyou@test.example.com"
        with self.mock_mail_gateway():
            wizard.save().send_mail_test()
        self.assertEqual(len(self._mails), 2)
        self.assertEqual({mail["subject"] for mail in self._mails}, {"[TEST] For Basil"})
        self.assertIn("Hello Basil of", self._mails[0]["body"])
        log = self.mailing.message_ids[0].body
        self.assertIn("not an address", log)
        self.assertIn("me@test.example.com", log)
        self.assertFalse(self.mailing.mailing_trace_ids)

    def test_a_test_is_for_a_few(self):
        wizard = self.env["mailing.mailing.test"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "email_to": "\n".join(f"a{number}@test.example.com" for number in range(21)),
            }
        )
        self.assertTrue(wizard.resource_ref)
        with self.mock_mail_gateway(), self.assertRaises(UserError):
            wizard.send_mail_test()
        self.assertFalse(self._mails)
