import re

from odoo.tests import HttpCase, tagged

from ..common import MarketingCommon
from .common import FIREFOX


@tagged("post_install", "-at_install")
class TestTrackingRoutes(MarketingCommon, HttpCase):
    """The customer opens the mail and follows a link; the salesperson reads it on the timeline."""

    def setUp(self):
        super().setUp()
        # nobody waits for a test before he follows a link
        self.env["crm.engagement"]._get_main_company().bot_click_seconds = 0
        self._send(self._create_mailing())
        [mail] = [mail for mail in self._mails if "amal@" in mail["email_to"][0]]
        self.pixel = re.search(r"/mail/track/\d+/\w+/blank\.gif", mail["body"])[0]
        self.shortened = re.search(r"/r/\w+/m/\d+", mail["body"])[0]

    def url_open(self, url, **values):
        return super().url_open(url, headers={"User-Agent": FIREFOX}, **values)

    def _fetch(self, partner):
        self.env.invalidate_all()
        timeline = self.env["crm.timeline"].with_user(self.salesperson)
        sources = ["campaign_sent", "campaign_open", "campaign_click"]
        rows = timeline.get_page("res.partner", partner.id, sources=sources)["rows"]
        return sorted(row["source"].removeprefix("campaign_") for row in rows)

    def test_open_and_click(self):
        self.assertEqual(self._fetch(self.amal), ["sent"])
        self.assertEqual(self.url_open(self.pixel).headers["Content-Type"], "image/gif")
        self.assertEqual(self._fetch(self.amal), ["open", "sent"])
        answer = self.url_open(self.shortened, allow_redirects=False)
        self.assertTrue(answer.headers["Location"].startswith("https://example.com/offer"))
        self.assertEqual(self._fetch(self.amal), ["click", "open", "sent"])
        self.assertEqual(self._fetch(self.emre), ["sent"])

    def test_click_without_loaded_images_is_an_open_too(self):
        self.url_open(self.shortened, allow_redirects=False)
        self.assertEqual(self._fetch(self.amal), ["click", "open", "sent"])

    def test_forged_pixel_changes_nothing(self):
        forged = re.sub(r"/\w+/blank", "/0000/blank", self.pixel)
        self.assertEqual(self.url_open(forged).status_code, 401)
        self.assertEqual(self._fetch(self.amal), ["sent"])
