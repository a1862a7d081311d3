from odoo.tests import tagged

from .test_lead_form import LeadFormCase


@tagged("post_install", "-at_install")
class TestOrigin(LeadFormCase):
    def test_source_medium_and_campaign_reach_the_invoice(self):
        medium = self.env["utm.medium"].create({"name": "Stand"})
        campaign = self.env["utm.campaign"].create({"title": "Spring"})
        self.form.write({"medium_id": medium.id, "campaign_id": campaign.id})
        origin = {
            "source_id": self.source.id,
            "medium_id": medium.id,
            "campaign_id": campaign.id,
        }
        self._send()
        lead = self._leads()
        self.assertRecordValues(lead, [origin])
        lead.convert_opportunity(self.layla)
        lead.user_id = self.omar
        self.assertRecordValues(lead, [{"type": "opportunity", **origin}])
        action = lead.with_user(self.omar).action_new_quotation()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.order_line.product_id, self.desk)
        self.assertRecordValues(order, [origin])
        order.action_confirm()
        self.assertRecordValues(order._create_invoices(), [origin])
