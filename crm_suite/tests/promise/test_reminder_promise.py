from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..collection.common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderPromise(CollectionCase):
    """Promises and disputes show at once on the reminders that are to be checked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(40, 300.0)
        Reminder = cls.Reminder.with_user(cls.omar)
        cls.reminder = Reminder._prepare_reminders(cls.haddad.with_user(cls.omar))
        cls.view = "crm_suite.crm_payment_promise_view_form_dialog"

    def test_promise_on_a_reminder(self):
        self.assertFalse(self.reminder.hold_kind)
        action = self.reminder.action_promise_payment()
        context = action["context"]
        self.assertEqual(context["default_company_id"], self.company.id)
        promise = Form(self.env["crm.payment.promise"].with_context(**context), self.view).save()
        self.assertEqual(promise.partner_id, self.haddad)
        self.assertEqual(promise.sudo().move_ids, self.invoice)
        self.assertEqual(self.reminder.hold_kind, "held")
        self.assertIn("promised", self.reminder.hold_reason)

    def test_salespeople_promise_for_their_own_customers_only(self):
        with self.assertRaises(AccessError):
            self.reminder.with_user(self.sami).action_promise_payment()

    def test_dispute(self):
        reason = self.env["crm.dispute.reason"].search([], limit=1)
        invoice = self.invoice.with_user(self.omar)
        invoice._dispute(reason)
        self.assertEqual(self.reminder.hold_kind, "held")
        invoice._settle_dispute()
        self.assertFalse(self.reminder.hold_kind)
        self.assertEqual(self.reminder.level_id, self.level_1)
