from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import MarketingCommon

ADDRESSES = ["amal@customer.example.com", "basil@customer.example.com", "emre@customer.example.com"]


@tagged("post_install", "-at_install")
class TestMailingToSegment(MarketingCommon):
    """Who gets a mailing to a segment, sent through the queue of core."""

    def _break_segment(self):
        """A domain that was fine once: its field is gone since."""
        self.segment.flush_recordset()
        self.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s",
            ["[('field_that_was_deleted', '=', 1)]", self.segment.id],
        )
        self.segment.invalidate_recordset()

    def test_the_segment_may_come_as_a_default(self):
        mailing = (
            self.env["mailing.mailing"]
            .with_user(self.marketer)
            .with_context(default_segment_id=self.segment.id)
            .create({"subject": "By default", "body_html": "<p>Hello</p>"})
        )
        self.assertEqual(mailing.segment_id, self.segment)
        self.assertEqual(mailing.mailing_model_real, "res.partner")

    def test_members_get_one_mail_each(self):
        mailing = self._create_mailing()
        sent_to = self._send(mailing)
        self.assertEqual(sent_to, ADDRESSES)
        self.assertEqual(mailing.state, "done")
        self.assertEqual(mailing.sent, 3)

    def test_two_contacts_with_one_address_get_one_mail(self):
        """Also when the mails differ, as they do with the name of the contact inside."""
        mailing = self._create_mailing()
        self._send(mailing)
        to_basil = [mail for mail in self._mails if "basil" in mail["email_to"][0].lower()]
        self.assertEqual(len(to_basil), 1)
        self.assertIn("Basil,", to_basil[0]["body"])
        self.assertEqual(self._trace(mailing, self.assistant).failure_type, "mail_dup")

    def test_left_out_members_are_explained(self):
        mailing = self._create_mailing()
        self._send(mailing)
        reasons = {
            partner: self._trace(mailing, partner).mapped("failure_type")
            for partner in (self.celine, self.dalia, self.assistant, self.amal, self.faris)
        }
        self.assertEqual(
            reasons,
            {
                self.celine: ["mail_bl"],
                self.dalia: ["mail_email_missing"],
                self.assistant: ["mail_dup"],
                self.amal: [False],
                self.faris: [],
            },
        )
        self.assertEqual(mailing.canceled, 3)
        self.assertEqual(mailing.expected, 6)

    def test_segment_is_evaluated_right_before_sending(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        self.amal.category_id = False
        self.faris.category_id = self.tag
        sent_to = self._run_queue()
        self.assertEqual(sent_to, [*ADDRESSES[1:], self.faris.email])

    def test_sending_goes_on_with_the_members_it_started_with(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        mailing.state = "sending"
        self.segment._evaluate()
        self.faris.category_id = self.tag
        self.assertEqual(self._run_queue(), ADDRESSES)

    def test_failing_segment_holds_its_mailing_only(self):
        broken, fine = self._create_mailing(subject="Broken"), self._create_mailing(subject="Fine")
        fine.segment_id = self._create_segment(self.marketer, name="Fine")
        (broken + fine).action_launch()
        self._break_segment()
        sent_to = self._run_queue()
        self.assertEqual(sent_to, ADDRESSES)
        self.assertEqual(broken.state, "draft")
        self.assertFalse(broken.mailing_trace_ids)
        told = broken.message_ids.filtered(lambda message: "not sent" in message.body)
        self.assertEqual(told.notified_partner_ids, self.marketer.partner_id)
        self.assertEqual(fine.state, "done")
        with self.assertRaises(UserError):
            broken.action_launch()

    def test_archived_segment_sends_nothing(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        self.segment.active = False
        self.assertEqual(self._run_queue(), [])
        self.assertEqual(mailing.state, "draft")
        self.assertIn("archived", " ".join(mailing.message_ids.mapped("body")))

    def test_empty_segment_sends_nothing_and_is_not_called_sent(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        self.reachable.category_id = False
        (self.assistant + self.celine).category_id = False
        self.assertEqual(self._run_queue(), [])
        self.assertEqual(mailing.state, "draft")
        self.assertFalse(mailing.sent_date)

    def test_scheduled_mailing_may_have_an_empty_segment_until_then(self):
        self.segment.domain = "[('category_id', 'in', [0])]"
        mailing = self._create_mailing(
            schedule_type="scheduled", schedule_date=fields.Datetime.now() + timedelta(days=1)
        )
        mailing.action_schedule()
        self.assertEqual(mailing.state, "in_queue")
        self.assertEqual(self._run_queue(), [])
        self.assertEqual(mailing.state, "in_queue")

    def test_direct_sending_checks_too(self):
        mailing = self._create_mailing()
        self._break_segment()
        with self.mock_mail_gateway(), self.assertRaises(UserError):
            mailing.action_send_mail()
        self.assertFalse(self._new_mails)

    def test_direct_sending_reaches_members_only(self):
        mailing = self._create_mailing()
        with self.mock_mail_gateway(), self.assertRaises(UserError):
            mailing.action_send_mail(self.faris.ids)
        self.assertFalse(self._new_mails)
        with self.mock_mail_gateway():
            mailing.action_send_mail((self.faris + self.amal + self.celine).ids)
        self.assertEqual(self._new_mails.mapped("res_id"), self.amal.ids)

    def test_resending_after_new_members_reaches_only_them(self):
        mailing = self._create_mailing()
        self._send(mailing)
        self.faris.category_id = self.tag
        mailing.action_put_in_queue()
        self.assertEqual(self._run_queue(), [self.faris.email])

    def test_ab_test_samples_members(self):
        """Each version goes to its share, nobody gets two, the rest gets the winner."""
        contacts = self._create_contacts(
            *[(f"Contact {i}", f"contact{i}@customer.example.com", False) for i in range(17)]
        )
        version_a = self._create_mailing(
            ab_testing_enabled=True,
            ab_testing_pc=20,
            ab_testing_winner_selection="manual",
        )
        self.segment._evaluate()
        version_b = version_a.copy()
        self.assertEqual(version_b.segment_id, self.segment)
        self.assertEqual(version_a.total, 4)
        sent_to = self._send(version_a + version_b)
        self.assertEqual(len(sent_to), 8)
        self.assertEqual(len(set(sent_to)), 8)
        version_a.action_select_as_winner()
        rest = self._run_queue()
        self.assertEqual(len(rest), len(contacts) + 3 - 8)
        self.assertFalse(set(rest) & set(sent_to))

    def test_links_and_campaign_of_core_work(self):
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        mailing = self._create_mailing(campaign_id=campaign.id)
        self.assertEqual(mailing.medium_id.name, "Email")
        self.assertTrue(mailing.source_id)
        self._send(mailing)
        link = self.env["link.tracker"].search([("mass_mailing_id", "=", mailing.id)])
        self.assertEqual(
            (link.campaign_id, link.medium_id, link.source_id),
            (campaign, mailing.medium_id, mailing.source_id),
        )
        self.assertEqual(campaign.mailing_mail_count, 1)
        self.env["crm.lead"].create({"name": "Came of it", "source_id": mailing.source_id.id})
        self.env["sale.order"].create(
            {
                "partner_id": self.amal.id,
                "source_id": mailing.source_id.id,
                "order_line": [(0, 0, {"name": "Note", "display_type": "line_note"})],
            }
        )
        mailing.invalidate_recordset()
        self.assertEqual(mailing.crm_lead_count, 1)
        self.assertEqual(mailing.sale_quotation_count, 1)

    def test_results_by_segment(self):
        mailing = self._create_mailing()
        self._send(mailing)
        self._trace(mailing, self.amal).set_opened()
        self.env.flush_all()
        [(segment, sent, opened)] = (
            self.env["mailing.trace.report"]
            .with_user(self.marketer)
            ._read_group(
                [("segment_id", "=", self.segment.id)], ["segment_id"], ["sent:sum", "opened:sum"]
            )
        )
        self.assertEqual((segment, sent, opened), (self.segment, 3, 1))

    def test_text_messages_go_to_members(self):
        mailing = self._create_mailing(
            mailing_type="sms", body_plaintext="Offer for {{ object.name }}"
        )
        self._send(mailing)
        numbers = self.env["sms.sms"].search([("mailing_id", "=", mailing.id)]).mapped("number")
        self.assertEqual(sorted(numbers), ["+32456000001", "+32456000002", "+32456000006"])
        self.assertEqual(self._trace(mailing, self.celine).failure_type, "sms_blacklist")
        self.assertEqual(self._trace(mailing, self.assistant).failure_type, "sms_duplicate")
