from odoo.tests import HttpCase, tagged

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestConsentTour(ConsentCommon, HttpCase):
    """A marketing user enters what somebody said; somebody decides by the link of a mail."""

    browser_size = "1366x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")

    def _record(self, lang):
        self.marketer.lang = lang
        self.start_tour(
            "/odoo", "crm_suite_marketing_record_consent", login="marketer", timeout=120
        )
        entry = self.entries_of("tour@customer.example.com")
        self.assertEqual((entry.state, entry.user_id), ("withdrawn", self.marketer))

    def test_record_in_english(self):
        self._record("en_US")

    def test_record_in_arabic(self):
        self._record("ar_001")

    def _decide(self, lang):
        self.start_tour(
            f"{self.link_to(AMAL)}?lang={lang}", "crm_suite_marketing_preferences", timeout=120
        )
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertEqual(self.entries_of(AMAL)[-1].lang, lang)

    def test_decide_in_english(self):
        self._decide("en_US")

    def test_decide_in_arabic(self):
        self._decide("ar_001")
