from odoo.tests import HttpCase, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestMailingTour(MarketingCommon, HttpCase):
    """A marketing user writes to a segment in the browser."""

    def test_mailing_to_segment(self):
        self.segment.write(
            {
                "name": "Tour Customers",
                "domain": repr([("id", "in", (self.amal + self.celine + self.emre).ids)]),
            }
        )
        self.start_tour(
            "/odoo", "crm_suite_marketing_mailing_to_segment", login="marketer", timeout=120
        )
        mailing = self.env["mailing.mailing"].search([("segment_id", "=", self.segment.id)])
        self.assertEqual(mailing.subject, "A mailing from the tour")
        self.assertEqual(mailing.state, "in_queue")
        mailing.delivery_engine = "core"
        self.assertEqual(
            self._run_queue(), ["amal@customer.example.com", "emre@customer.example.com"]
        )
