from odoo.tests import HttpCase, tagged

from .common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderUi(CollectionCase, HttpCase):
    def _tour(self, path="/odoo/payment-reminders"):
        self._invoice(40, 300.0)
        self._invoice(8, 100.0)
        self.nile.write({"name": "Nile Stores", "email": False, "user_id": self.omar.id})
        self._invoice(10, partner=self.nile)
        self.start_tour(path, "crm_suite_payment_reminders", login=self.omar.login, timeout=120)
        reminder = self.Reminder.search([("partner_id", "=", self.haddad.id)])
        self.assertEqual(reminder.state, "sending")
        self.assertEqual(reminder.subject, "Dear Layla")
        self.assertEqual(reminder.sent_by_id, self.omar)
        held = self.Reminder.search([("partner_id", "=", self.nile.id)])
        self.assertEqual(held.hold_kind, "address")

    def test_run_reminders(self):
        self._tour()

    def test_run_reminders_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        self._tour()
