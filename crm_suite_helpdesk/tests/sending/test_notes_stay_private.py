from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCase

from ..common import HelpdeskCommon

SECRET = "He pays late and shouts"


@tagged("post_install", "-at_install")
class TestNotesStayPrivate(HelpdeskCommon, MailCase, HttpCase):
    """What is written for colleagues reaches no customer, whatever is done with the ticket."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.ticket.message_subscribe(cls.customer.ids)
        cls.file = (
            cls.env["ir.attachment"]
            .with_user(cls.agent)
            .create({"name": "scoring.txt", "raw": b"score 3", "res_model": "mail.compose.message"})
        )
        cls.note = cls.ticket.with_user(cls.agent).message_post(
            body=SECRET,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=cls.file.ids,
        )

    def assert_hidden(self, tickets, user=None):
        user = user or self.customer_user
        self.env.flush_all()
        self.env.invalidate_all()
        Message = self.env["mail.message"].with_user(user)
        self.assertFalse(Message.search([("body", "like", SECRET)]))
        for message in Message.search(
            [("model", "=", "crm.ticket"), ("res_id", "in", tickets.ids)]
        ).sudo():
            self.assertFalse(message.is_internal or message.subtype_id.internal)
        File = self.env["ir.attachment"].with_user(user)
        self.assertFalse(File.search([("name", "=", "scoring.txt")]))
        self.assertFalse(self.file.with_user(user).has_access("read"))
        notes = self.env["mail.message"].search([("body", "like", SECRET)])
        self.assertTrue(notes)
        for note in notes:
            self.assertTrue(note.is_internal or note.subtype_id.internal)

    def assert_not_sent(self):
        for mail in self._mails:
            self.assertNotIn(SECRET, mail["body"])
        for mail in self._new_mails:
            if mail.recipient_ids & self.customer:
                self.assertNotIn(SECRET, mail.body_html or "")

    def test_in_the_portal(self):
        self.assert_hidden(self.ticket)
        self.authenticate("hd_customer", "hd_customer")
        page = self.url_open(f"/my/tickets/{self.ticket.id}").text
        self.assertNotIn(SECRET, page)
        self.assertNotIn("scoring.txt", page)
        answer = self.make_jsonrpc_request(
            "/mail/thread/messages", {"thread_model": "crm.ticket", "thread_id": self.ticket.id}
        )
        self.assertNotIn(SECRET, str(answer))
        self.assertEqual(self.url_open(f"/web/content/{self.file.id}").status_code, 404)

    def test_merged(self):
        survivor = self.create_ticket(name="The other")
        survivor.message_subscribe(self.customer.ids)
        with self.mock_mail_gateway():
            survivor.with_user(self.agent)._absorb(self.ticket)
            self.env.flush_all()
        self.assertEqual(self.ticket.merged_into_id, survivor)
        self.assert_hidden(self.ticket | survivor)
        self.assert_not_sent()

    def test_split_off(self):
        self.customer_writes(self.ticket)
        messages = self.note | self.ticket.message_ids[:1]
        with self.mock_mail_gateway():
            split = self.ticket.with_user(self.agent)._split_off(messages.with_user(self.agent))
        self.assert_hidden(self.ticket | split.sudo())
        self.assert_not_sent()

    def test_replies_quote_no_note(self):
        with self.mock_mail_gateway():
            self.reply(self.ticket, partner_ids=self.customer.ids)
            self.env.flush_all()
        self.assertTrue(self._new_mails)
        self.assert_not_sent()

    def test_mentioned_or_following_customers_get_no_note(self):
        with self.mock_mail_gateway():
            self.ticket.with_user(self.agent).message_post(
                body=SECRET, subtype_xmlid="mail.mt_note", partner_ids=self.customer.ids
            )
            self.env.flush_all()
        self.assert_not_sent()

    def test_edited_notes_get_no_new_readers(self):
        with self.mock_mail_gateway():
            self.ticket.with_user(self.agent)._message_update_content(
                self.note, body=f"{SECRET}!", partner_ids=self.customer.ids
            )
            self.env.flush_all()
        self.assert_not_sent()
        self.assert_hidden(self.ticket)

    def test_a_customer_in_the_helpdesk_of_nobody(self):
        """A follower of the ticket from another company sees as little."""
        stranger = self.stranger_user
        self.ticket.message_subscribe(stranger.partner_id.ids)
        self.assert_hidden(self.ticket, stranger)

    def test_scheduled_notes_are_notes(self):
        kept = (
            self.env["mail.scheduled.message"]
            .with_user(self.agent)
            .create(
                {
                    "model": "crm.ticket",
                    "res_id": self.ticket.id,
                    "author_id": self.agent.partner_id.id,
                    "body": SECRET,
                    "is_note": True,
                    "partner_ids": [Command.set(self.customer.ids)],
                    "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
                }
            )
        )
        with self.mock_mail_gateway():
            kept.post_message()
            self.env.flush_all()
        self.assert_not_sent()
        self.assert_hidden(self.ticket)
