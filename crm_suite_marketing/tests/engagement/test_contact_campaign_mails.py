from odoo.tests import Form, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestContactCampaignMails(MarketingCommon):
    """The button on the contact that counts and opens its campaign mails."""

    def test_counts_the_contacts_below(self):
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        (self.amal + self.celine).parent_id = company
        self._send(self._create_mailing())
        contacts = (company + self.amal + self.celine + self.emre + self.faris).with_user(
            self.marketer
        )
        contacts.invalidate_recordset()
        self.assertEqual(contacts.mapped("campaign_mail_count"), [1, 1, 0, 1, 0])
        action = contacts[0].action_view_campaign_mails()
        self.assertEqual(action["display_name"], "Campaign Mails")
        traces = self.env["mailing.trace"].with_user(self.marketer).search(action["domain"])
        self.assertEqual(traces.mapped("res_id"), self.amal.ids)

    def test_counting_is_one_batch(self):
        contacts = (self.amal + self.basil + self.emre + self.faris).with_user(self.marketer)
        self.assertEqual(contacts[0].campaign_mail_count, 0)
        contacts.invalidate_recordset()
        with self.assertQueryCount(4):
            contacts.mapped("campaign_mail_count")

    def test_salesperson_sees_no_button(self):
        with Form(self.amal.with_user(self.salesperson)) as form:
            self.assertNotIn("campaign_mail_count", form._view["fields"])
        with Form(self.amal.with_user(self.manager)) as form:
            self.assertEqual(form.campaign_mail_count, 0)
