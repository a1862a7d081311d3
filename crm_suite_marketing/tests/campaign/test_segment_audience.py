from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestSegmentAudience(MarketingCommon):
    """What a user sees and may choose before a mailing to a segment is sent."""

    def _open_form(self, **context):
        mailing = self.env["mailing.mailing"].with_user(self.marketer)
        return Form(mailing.with_context(**{"default_mailing_type": "mail", **context}))

    def test_choosing_a_segment_sets_recipients(self):
        with self._open_form() as form:
            form.subject = "Offer"
            form.segment_id = self.segment
            self.assertEqual(form.mailing_model_id.model, "res.partner")
            self.assertEqual(form.segment_reachable_count, 3)
            self.assertIn("1 without an e-mail address", form.segment_left_out)
            self.assertIn("1 blacklisted", form.segment_left_out)
            self.assertIn("1 with the address of another member", form.segment_left_out)
        mailing = form.record
        self.assertEqual(mailing.mailing_model_id.model, "res.partner")
        self.assertEqual(
            self.env["res.partner"].search(mailing._get_recipients_domain()), self.reachable
        )
        self.assertEqual(mailing.total, 3)

    def test_rpc_values_are_completed(self):
        mailing = self._create_mailing()
        self.assertEqual(mailing.mailing_model_id.model, "res.partner")
        other = self._create_segment(self.marketer, name="Other", domain="[('id', '=', 0)]")
        mailing.segment_id = other
        self.assertEqual(mailing.mailing_domain, f"[('segment_ids', 'in', [{other.id}])]")
        self.assertFalse(self.env["res.partner"].search(mailing._get_recipients_domain()))

    def test_contradictory_recipients_are_refused(self):
        mailing = self._create_mailing()
        for values in (
            {"mailing_domain": "[]"},
            {"mailing_domain": "[('segment_ids', 'in', [0])]"},
            {"mailing_domain": "nonsense"},
            {"mailing_model_id": self.env["ir.model"]._get_id("crm.lead")},
        ):
            with self.subTest(values), self.assertRaises(ValidationError), self.cr.savepoint():
                mailing.write(values)

    def test_without_its_segment_a_mailing_goes_to_nobody(self):
        """The domain of the model Contact alone would be all contacts of the database."""
        mailing = self._create_mailing()
        with Form(mailing) as form:
            form.segment_id = self.env["crm.segment"]
        self.assertEqual(mailing.mailing_model_real, "mailing.contact")
        self.assertFalse(mailing._get_remaining_recipients())
        mailing = self._create_mailing()
        mailing.segment_id = False
        self.assertFalse(mailing._get_remaining_recipients())

    def test_new_recipients_can_be_chosen_with_removal(self):
        mailing = self._create_mailing()
        lead_model = self.env["ir.model"]._get("crm.lead")
        mailing.write({"segment_id": False, "mailing_model_id": lead_model.id})
        self.assertEqual(mailing.mailing_model_id, lead_model)

    def test_exclusion_list_can_be_switched_off(self):
        mailing = self._create_mailing(use_exclusion_list=False)
        self.assertEqual(mailing.segment_reachable_count, 4)
        self.assertNotIn("blacklisted", mailing.segment_left_out)

    def test_archived_contacts_are_left_out(self):
        segment = self._create_segment(
            self.marketer,
            domain=repr([("category_id", "in", self.tag.ids), ("active", "in", [True, False])]),
        )
        self.amal.active = False
        segment._evaluate()
        mailing = self._create_mailing(segment_id=segment.id)
        self.assertNotIn(self.amal.id, mailing._get_recipients())
        self.assertEqual(mailing.segment_reachable_count, 2)

    def test_text_messages_use_phone_numbers(self):
        mailing = self._create_mailing(mailing_type="sms", body_plaintext="Offer!")
        self.assertEqual(mailing.segment_reachable_count, 3)
        self.assertIn("1 without a phone number", mailing.segment_left_out)
        self.assertIn("1 with the number of another member", mailing.segment_left_out)

    def test_segment_buttons(self):
        segment = self.segment
        self.assertEqual(segment.mailing_count, 0)
        action = segment.action_send_mailing()
        with self._open_form(**action["context"]) as form:
            form.subject = "From the segment"
            self.assertEqual(form.segment_reachable_count, 3)
        self.assertEqual(form.record.segment_id, segment)
        segment.invalidate_recordset()
        self.assertEqual(segment.mailing_count, 1)
        action = segment.action_view_mailings()
        self.assertEqual(self.env["mailing.mailing"].search(action["domain"]), form.record)

    def test_segment_in_use_cannot_be_deleted(self):
        self._create_mailing()
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.segment.unlink()
        self.assertTrue(self.segment.exists())

    def test_launching_refuses_what_cannot_be_sent(self):
        mailing = self._create_mailing()
        self.segment.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            mailing.action_launch()
        self.segment.active = True
        self.segment.domain = "[('id', '=', 0)]"
        with self.assertRaisesRegex(UserError, "Nobody"):
            mailing.action_launch()
        self.assertEqual(mailing.state, "draft")
