from odoo import fields
from odoo.tests import tagged

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestOccasionConsent(ConsentCommon):
    """The e-mails that occasions send ask, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        template = cls.env["mail.template"].create(
            {
                "name": "Wishes",
                "model_id": cls.env["ir.model"]._get_id("crm.occasion"),
                "subject": "All the best",
                "body_html": "<p>All the best</p>",
            }
        )
        cls.rule = cls.env["crm.occasion.rule"].create(
            {
                "name": "Wishes",
                "kind": "birthday",
                "action_kind": "mail",
                "template_id": template.id,
                "purpose_id": cls.news.id,
            }
        )

    def _occasion(self):
        return self.env["crm.occasion"].create(
            {
                "rule_id": self.rule.id,
                "kind": "birthday",
                "partner_id": self.amal.id,
                "date": fields.Date.today(),
            }
        )

    def test_whoever_refused_gets_no_wishes(self):
        self.say(AMAL, "withdrawn", self.news)
        occasion = self._occasion()
        occasion._act()
        self.assertEqual((occasion.state, occasion.skip_kind), ("skipped", "consent"))

    def test_whoever_refuses_before_it_goes_gets_none(self):
        occasion = self._occasion()
        occasion._act()
        self.assertEqual(occasion.state, "sending")
        self.say(AMAL, "withdrawn", self.news)
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()
        self.assertFalse(self._mails)
        self.assertEqual(occasion.skip_kind, "consent")

    def test_others_get_theirs(self):
        self.say(AMAL, "withdrawn", self.offers)
        occasion = self._occasion()
        occasion._act()
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()
        self.assertEqual(occasion.state, "sent")
