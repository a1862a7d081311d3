from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MailCase

from ..promise.common import MoneyCase


@tagged("post_install", "-at_install")
class TestStatementSend(MoneyCase, MailCase):
    """Statements by mail, and in the language of the customer."""

    def _open(self, partners, user=None):
        return (
            self.env["crm.statement"]
            .with_user(user or self.omar)
            .create({"partner_ids": partners.ids})
        )

    def test_one_customer_with_preview(self):
        self._invoice(100)
        action = self._open(self.haddad).action_send()
        composer = Form(
            self.env["mail.compose.message"].with_user(self.omar).with_context(**action["context"])
        ).save()
        self.assertEqual(composer.subject, "Your statement of account")
        self.assertEqual(composer.partner_ids, self.haddad)
        self.assertEqual(len(composer.attachment_ids), 1)
        with self.mock_mail_gateway():
            composer.action_send_mail()
        mail = self._new_mails
        self.assertEqual(mail.recipient_ids, self.haddad)
        self.assertIn(".pdf", mail.attachment_ids.name)
        self.assertIn("Haddad Trading", mail.body_html)

    def test_to_whom(self):
        address = self.env["res.partner"].create(
            {
                "name": "Accounts",
                "parent_id": self.haddad.id,
                "type": "invoice",
                "email": "accounts@haddad.example.com",
            }
        )
        self.assertEqual(self.haddad._get_statement_recipient(), address)
        self.haddad.reminder_partner_id = self.layla
        self.assertEqual(self.haddad._get_statement_recipient(), self.layla)

    def test_several_at_once(self):
        silent = self.env["res.partner"].create({"name": "No Mail", "user_id": self.omar.id})
        second = self.haddad.copy({"name": "Haddad Two", "email": "two@example.com"})
        second.user_id = self.omar
        statement = self._open(self.haddad | second | silent)
        self.assertEqual(statement.without_email, "No Mail")
        with self.mock_mail_gateway():
            action = statement.action_send()
        self.assertEqual(self._new_mails.recipient_ids, self.haddad | second)
        self.assertIn("No Mail", action["params"]["message"])
        with self.assertRaises(UserError):
            self._open(silent | silent.copy({"name": "Silent Two"})).action_send()

    def test_in_the_language_of_the_customer(self):
        self.haddad.lang = "ar_001"
        self._invoice(100)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "crm_suite.crm_statement_action_report", self._open(self.haddad).ids
            )[0]
            .decode()
        )
        self.assertIn('dir="rtl"', html)
        self.assertIn('data-oe-lang="ar_001"', html)
        name, _content = self.haddad._render_statement(self.company, lang="en_US")
        self.assertTrue(name.startswith("Statement of Account - Haddad Trading - "))
        self.assertTrue(name.endswith(".pdf"))

    def test_what_is_printed(self):
        invoice = self._invoice(123.45, ref="PO <b>77</b>")
        statement = self._open(self.haddad)
        statement.write({"kind": "period"})
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("crm_suite.crm_statement_action_report", statement.ids)[0]
            .decode()
        )
        self.assertIn(invoice.name, html)
        self.assertIn("123.45", html)
        self.assertIn("PO &lt;b&gt;77&lt;/b&gt;", html)
        self.assertIn("Opening Balance", html)
