from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, JsonRpcException, tagged

from ...models.sending.newer_message import NewerMessageError
from ..common import HelpdeskCommon

TEXT = "Something else"


@tagged("post_install", "-at_install")
class TestNewerMessage(HelpdeskCommon):
    """A reply does not go out over what the customer has just written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()

    def seen(self):
        return self.ticket.message_ids[:1].id

    def answer(self, seen, **values):
        return self.reply(self.ticket.with_context(crm_seen_message_id=seen), **values)

    def test_refused_and_shown(self):
        seen = self.seen()
        self.customer_writes(self.ticket)
        with self.assertRaises(NewerMessageError) as refused:
            self.answer(seen)
        newer = refused.exception.context["crm_newer"]
        self.assertEqual(newer["messages"][0]["author"], "hd_customer")
        self.assertIn("It still burns.", newer["messages"][0]["text"])
        self.assertIn("It still burns.", str(refused.exception))
        self.assertFalse(self.ticket.first_response_at)

    def test_send_anyway(self):
        seen = self.seen()
        self.customer_writes(self.ticket)
        with self.assertRaises(NewerMessageError) as refused:
            self.answer(seen)
        self.answer(refused.exception.context["crm_newer"]["id"])
        self.assertTrue(self.ticket.first_response_at)

    def test_what_is_no_message_of_the_customer(self):
        seen = self.seen()
        self.ticket.with_user(self.manager).message_post(body=TEXT)
        self.reply(self.ticket, self.manager)
        self.ticket.message_post(
            body=TEXT, subtype_xmlid="mail.mt_note", author_id=self.customer.id
        )
        self.ticket.message_post(
            body=TEXT,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        self.answer(seen)

    def test_notes_are_never_held_up(self):
        seen = self.seen()
        self.customer_writes(self.ticket)
        self.answer(seen, subtype_xmlid="mail.mt_note")

    def test_customers_and_nonsense_are_not_held_up(self):
        self.customer_writes(self.ticket)
        portal = self.ticket.with_user(self.customer_user).with_context(crm_seen_message_id=0)
        portal.message_post(body=TEXT, message_type="comment", subtype_xmlid="mail.mt_comment")
        for seen in ("1", [], {}, None):
            self.answer(seen)

    def test_only_this_ticket(self):
        other = self.create_ticket()
        seen = self.seen()
        self.customer_writes(other)
        self.answer(seen)

    def test_mail_of_a_customer_counts(self):
        seen = self.seen()
        self.ticket.message_post(
            body=TEXT,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from="hd_customer@example.org",
            author_id=False,
        )
        with self.assertRaises(NewerMessageError):
            self.answer(seen)

    def composer(self):
        return Form(
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(
                default_model="crm.ticket",
                default_res_ids=self.ticket.ids,
                default_composition_mode="comment",
                default_body="<p>Our answer</p>",
                default_partner_ids=self.customer.ids,
            )
        ).save()

    def test_large_composer_asks_once(self):
        composer = self.composer()
        self.customer_writes(self.ticket)
        question = composer.action_send_mail()
        self.assertEqual((question["res_model"], question["res_id"]), (composer._name, composer.id))
        self.assertIn("It still burns.", composer.ticket_newer)
        self.assertFalse(self.ticket.first_response_at)
        self.assertEqual(composer.action_send_mail()["type"], "ir.actions.act_window_close")
        self.assertTrue(self.ticket.first_response_at)

    def test_large_composer_sends_when_nothing_is_new(self):
        self.customer_writes(self.ticket)
        composer = self.composer()
        self.assertEqual(composer.action_send_mail()["type"], "ir.actions.act_window_close")

    def test_large_composer_keeps_what_the_small_one_has_seen(self):
        seen = self.seen()
        self.customer_writes(self.ticket)
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(crm_seen_message_id=seen)
            .create(
                {
                    "model": "crm.ticket",
                    "res_ids": repr(self.ticket.ids),
                    "body": "<p>Our answer</p>",
                    "composition_mode": "comment",
                }
            )
        )
        self.assertEqual(composer.action_send_mail()["res_model"], composer._name)
        composer.action_send_mail()
        self.assertTrue(self.ticket.first_response_at)

    def test_it_is_a_plain_refusal_for_other_clients(self):
        self.assertTrue(issubclass(NewerMessageError, UserError))


@tagged("post_install", "-at_install")
class TestNewerMessageLog(HelpdeskCommon, HttpCase):
    def test_the_log_warns_of_nothing(self):
        self.team.undo_seconds = 10
        ticket = self.create_ticket()
        self.customer_writes(ticket)
        self.env.flush_all()
        self.authenticate(self.agent.login, self.agent.login)
        with self.assertNoLogs("odoo.http", "WARNING"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw",
                {
                    "model": "crm.ticket",
                    "method": "post_reply_later",
                    "args": [ticket.ids, {"body": TEXT}, 0],
                    "kwargs": {},
                },
            )
