from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestPortalRemoteCalls(HelpdeskCommon):
    """What customers do to messages of tickets by remote call, past our pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.ticket.message_subscribe(cls.customer.ids)

    def post(self, **values):
        return self.ticket.with_user(self.customer_user).message_post(
            **{
                "body": "Hello",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **values,
            }
        )

    def test_our_server_mails_nobody_whom_a_customer_names(self):
        message = self.post(
            outgoing_email_to="victim@elsewhere.example.net",
            partner_ids=self.stranger_user.partner_id.ids,
            mail_headers={"Bcc": "victim@elsewhere.example.net"},
        ).sudo()
        self.assertFalse(message.outgoing_email_to)
        self.assertFalse(message.partner_ids)
        mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertFalse(mails.filtered("email_to"))
        self.assertNotIn(self.stranger_user.partner_id, mails.recipient_ids)

    def test_a_customer_writes_under_his_own_name_and_no_notes(self):
        for values in (
            {"author_id": self.agent.partner_id.id},
            {"author_id": self.colleague_user.partner_id.id, "email_from": "boss@example.com"},
            {"subtype_xmlid": "mail.mt_note", "message_type": "notification"},
            {"subtype_xmlid": "crm_suite_helpdesk.mt_ticket_created", "message_type": "email"},
            {"message_type": "auto_comment"},
        ):
            message = self.post(**values).sudo()
            self.assertEqual(message.author_id, self.customer)
            self.assertIn(self.customer.email, message.email_from)
            self.assertEqual(message.message_type, "comment")
            self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))

    def test_whoever_may_not_read_a_ticket_does_not_write_on_it(self):
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.stranger_user).message_post(body=Markup("Hello"))

    def test_what_we_wrote_stays_as_it_was(self):
        answer = self.reply(self.ticket)
        self.assertIn(self.customer, answer.notified_partner_ids, "core would let him change it")
        with self.assertRaises(AccessError):
            answer.with_user(self.customer_user).write({"body": "You get all your money back."})
        with self.assertRaises(AccessError):
            answer.with_user(self.customer_user).unlink()
        self.assertIn("water", answer.body)

    def test_messages_are_not_made_past_the_ticket(self):
        with self.assertRaises(AccessError):
            self.env["mail.message"].with_user(self.customer_user).create(
                {
                    "model": "crm.ticket",
                    "res_id": self.ticket.id,
                    "body": "Psst",
                    "message_type": "email",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                }
            )
