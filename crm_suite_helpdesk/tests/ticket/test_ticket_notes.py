from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon

SECRET = "He never pays"


@tagged("post_install", "-at_install")
class TestTicketNotes(HelpdeskCommon, HttpCase):
    """What agents write for each other is never shown or sent to a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.ticket.message_subscribe(cls.customer.ids)
        cls.note = cls.ticket.with_user(cls.agent).message_post(
            body=SECRET,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=(cls.customer | cls.manager.partner_id).ids,
            attachments=[("secret.txt", b"secret")],
        )

    def test_nobody_outside_is_notified(self):
        notified = self.note.notification_ids.res_partner_id
        self.assertEqual(notified, self.manager.partner_id)
        mails = self.env["mail.mail"].search([("mail_message_id", "=", self.note.id)])
        self.assertNotIn(self.customer, mails.recipient_ids)
        self.assertFalse(mails.filtered(lambda mail: self.customer.email in (mail.email_to or "")))

    def test_a_message_reaches_him_as_ever(self):
        message = self.reply(self.ticket)
        self.assertIn(self.customer, message.notification_ids.res_partner_id)

    def test_the_agent_is_told(self):
        with patch.object(type(self.env["res.users"]), "_bus_send") as send:
            self.ticket.with_user(self.agent).message_post(
                body=SECRET,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                partner_ids=self.customer.ids,
            )
        texts = [call.args[1]["message"] for call in send.call_args_list if len(call.args) > 1]
        self.assertTrue(any(self.customer.name in text for text in texts), texts)

    def test_it_cannot_be_read_from_outside(self):
        self.env.flush_all()
        Message = self.env["mail.message"].with_user(self.customer_user)
        self.assertFalse(Message.search([("id", "=", self.note.id)]))
        self.authenticate("hd_customer", "hd_customer")
        page = self.url_open(f"/my/tickets/{self.ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(SECRET, page.text)
        self.assertNotIn("secret.txt", page.text)
        answer = self.make_jsonrpc_request(
            "/mail/thread/messages",
            {"thread_model": "crm.ticket", "thread_id": self.ticket.id},
        )
        self.assertNotIn(SECRET, str(answer))
        self.assertNotIn("secret.txt", str(answer))
        attachment = self.note.attachment_ids
        response = self.url_open(f"/web/content/{attachment.id}")
        self.assertEqual(response.status_code, 404)

    def test_it_is_no_answer(self):
        self.assertFalse(self.ticket.first_response_at)
        self.assertFalse(self.ticket.last_agent_message_at)
