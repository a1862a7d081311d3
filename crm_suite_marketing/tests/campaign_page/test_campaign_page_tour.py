from odoo.tests import HttpCase, tagged

from .common import CampaignPageCommon


@tagged("post_install", "-at_install")
class TestCampaignPageTour(CampaignPageCommon, HttpCase):
    """A marketing user looks at a campaign that is being sent, and stops it."""

    def _launch(self, mailings):
        mailings.action_launch()
        mailings._action_send_mail()

    def test_live(self):
        self._send_rows(self.to_amal)
        self._event("open", self.to_amal)
        self.start_tour(
            f"/odoo/action-mass_mailing.action_view_utm_campaigns/{self.campaign.id}",
            "crm_suite_marketing_campaign_page",
            login="marketer",
        )
        self.assertTrue(self.mailing.is_paused)
