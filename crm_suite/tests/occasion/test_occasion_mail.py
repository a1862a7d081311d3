from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import OccasionCase


class TestOccasionMail(OccasionCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env.ref("crm_suite.mail_template_birthday")
        cls.rule = cls._rule(
            "birthday", action_kind="mail", template_id=cls.template.id, activity_type_id=False
        )
        cls.layla.birthdate = "1990-05-14"

    def _deliver(self):
        mails = self.env["mail.mail"].search([("model", "=", "crm.occasion")])
        with self.mock_mail_gateway():
            mails._deliver_once()
        return mails

    def test_goes_once(self):
        self._run("2026-05-14 12:00:00")
        self._run("2026-05-14 12:10:00")
        occasion = self._told(self.layla)
        self.assertEqual(occasion.state, "sending")
        mail = self.env["mail.mail"].search(
            [("model", "=", "crm.occasion"), ("res_id", "=", occasion.id)]
        )
        self.assertEqual(len(mail), 1)
        self.assertTrue(mail.is_sent_once)
        self.assertEqual(mail.state, "waiting")
        self._deliver()
        self.assertEqual(occasion.state, "sent")
        self.assertEqual(len(self._mails), 1)
        self.assertIn("Happy birthday, Layla Haddad", self._mails[0]["subject"])
        self._run("2026-05-15 12:00:00")
        self._deliver()
        self.assertEqual(len(self._mails), 0)

    def test_nobody_without_an_address_or_who_wants_none(self):
        other = self._customer("No address", is_company=False, birthdate="1980-05-14")
        self.env["mail.blacklist"]._add(self.layla.email)
        self._run("2026-05-14 12:00:00")
        self.assertEqual(self._told(other).skip_kind, "address")
        self.assertEqual(self._told(self.layla).skip_kind, "blacklist")

    def test_who_was_blacklisted_meanwhile(self):
        self._run("2026-05-14 12:00:00")
        self.env["mail.blacklist"]._add(self.layla.email)
        self.env.invalidate_all()
        self._deliver()
        self.assertEqual(self._told(self.layla).state, "skipped")
        self.assertFalse(self._mails)

    @mute_logger("odoo.addons.crm_suite.models.occasion.crm_occasion")
    def test_broken_template(self):
        # past the check of the template, as an update of Odoo would break it
        self.env.cr.execute(
            'UPDATE mail_template SET subject = \'{"en_US": "{{ object.gone }}"}\' WHERE id = %s',
            [self.template.id],
        )
        self.env.invalidate_all()
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            self._run("2026-05-14 12:00:00")
        occasion = self._told(self.layla)
        self.assertEqual(occasion.state, "failed")
        self.template.subject = "Happy day"
        occasion.with_user(self.mona).action_retry()
        self._run("2026-05-14 14:00:00")
        self.assertEqual(occasion.state, "sending")

    def test_in_the_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.layla.lang = "ar_001"
        self.template.with_context(lang="ar_001").subject = "عيد ميلاد سعيد"
        self._run("2026-05-14 12:00:00")
        self.assertEqual(self._told(self.layla).message_id.subject, "عيد ميلاد سعيد")
        self.assertIn('dir="rtl"', self._told(self.layla).message_id.body)
