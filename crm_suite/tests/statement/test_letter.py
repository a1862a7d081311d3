from datetime import timedelta

from odoo.tests import tagged

from ..promise.common import MoneyCase


@tagged("post_install", "-at_install")
class TestLetter(MoneyCase):
    """A reminder as a letter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["crm.payment.reminder.level"].search([], limit=1)
        cls.level.write({"print_letter": True, "letter_text": "Dear customer,\nplease pay."})
        cls.invoice = cls._invoice(250.5, 30)

    def _create_reminder(self, **values):
        return self.env["crm.payment.reminder"].create(
            {
                "partner_id": self.haddad.id,
                "company_id": self.company.id,
                "level_id": self.level.id,
                "user_id": self.omar.id,
                "recipient_id": self.layla.id,
                "print_letter": True,
                "state": "sent",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "move_id": self.invoice.id,
                            "level_id": self.level.id,
                            "number": self.invoice.name,
                            "date_invoice": self.invoice.invoice_date,
                            "date_due": self.invoice.invoice_date_due,
                            "days_overdue": 30,
                            "currency_id": self.company.currency_id.id,
                            "amount": 250.5,
                            "residual": 250.5,
                        },
                    )
                ],
                **values,
            }
        )

    def _render(self, reminders):
        report = self.env["ir.actions.report"]
        return report._render_qweb_html("crm_suite.action_report_payment_reminder", reminders.ids)[
            0
        ].decode()

    def test_what_it_says(self):
        html = self._render(self._create_reminder())
        for text in ("Layla Haddad", "Dear customer,", self.invoice.name, "250.50", "Omar"):
            self.assertIn(text, html)

    def test_there_is_one_letter(self):
        report = self.env["ir.actions.report"].search([("model", "=", "crm.payment.reminder")])
        self.assertEqual(report.report_name, "crm_suite.report_payment_reminder_letter")
        templates = self.env["ir.model.data"].search(
            [("module", "=", "crm_suite"), ("name", "=like", "report\\_payment\\_reminder%")]
        )
        self.assertEqual(templates.mapped("name"), ["report_payment_reminder_letter"])

    def test_the_text_of_the_mail_is_no_letter(self):
        reminder = self._create_reminder(edited_body="<p>You find them attached.</p>")
        html = self._render(reminder)
        self.assertIn("Dear customer,", html)
        self.assertNotIn("You find them attached.", html)
        draft = self._create_reminder(state="draft", line_ids=[], user_id=self.omar.id).with_user(
            self.omar
        )
        draft.body = "<p>What Omar wrote.</p>"
        html = self._render(draft.with_env(self.env))
        self.assertIn("What Omar wrote.", html)
        self.assertNotIn("Dear customer,", html)

    def test_in_arabic(self):
        self.layla.lang = "ar_001"
        self.level.with_context(lang="ar_001").letter_text = "عميلنا العزيز"
        html = self._render(self._create_reminder())
        self.assertIn("عميلنا العزيز", html)
        self.assertIn('dir="rtl"', html)

    def test_those_to_print_are_printed_and_marked(self):
        reminder = self._create_reminder()
        action = reminder.with_user(self.omar).action_print_letters()
        self.assertEqual(action["report_name"], "crm_suite.report_payment_reminder_letter")
        self.assertTrue(reminder.letter_printed_at)

    def test_the_statement_goes_with_it(self):
        reminder = self._create_reminder()
        [(name, _content)] = reminder._prepare_statement_files()
        self.assertTrue(name.endswith(".pdf"))
        self.assertIn(str(self.today.year), name)
        self.assertLess(self.invoice.invoice_date_due, self.today - timedelta(days=1))
