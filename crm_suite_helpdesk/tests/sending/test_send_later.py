from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from ...models.sending.newer_message import NewerMessageError
from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSendLater(HelpdeskCommon, MailCase):
    """Undo and send later, by the scheduled messages of core."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.undo_seconds = 10
        cls.ticket = cls.create_ticket()

    def later(self, user=None, **data):
        ticket = self.ticket.with_user(user or self.agent)
        kept = ticket.post_reply_later(
            {"body": "<p>Our answer</p>", "partner_ids": self.customer.ids, **data},
            ticket._get_last_customer_message_id(),
        )
        return kept and self.env["mail.scheduled.message"].browse(kept["id"])

    def run_due(self):
        """The cron of core, when everything is due."""
        waiting = self.env["mail.scheduled.message"].search([("ticket_held_at", "=", False)])
        waiting.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_scheduled_message SET scheduled_date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(minutes=1), waiting.ids],
        )
        self.env.invalidate_all()
        with self.mock_mail_gateway():
            self.env["mail.scheduled.message"]._post_messages_cron()

    def comments(self):
        return self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")

    def test_sent_when_nobody_takes_it_back(self):
        kept = self.later()
        self.assertFalse(self.comments())
        with self.mock_mail_gateway():
            kept.with_user(self.agent).post_message()
        message = self.comments()
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertEqual(message.partner_ids, self.customer)
        self.assertTrue(self.ticket.first_response_at)
        self.assertFalse(kept.exists())

    def test_the_server_sends_when_the_browser_is_closed(self):
        self.later()
        self.run_due()
        self.assertIn("Our answer", self.comments().body)

    def test_taken_back(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "a.txt", "raw": b"a", "res_model": "mail.compose.message"})
        )
        kept = self.later(attachment_ids=file.ids)
        self.assertEqual(file.res_model, "mail.scheduled.message")
        taken = kept.with_user(self.agent).take_back()
        self.assertIn("Our answer", taken["body"])
        self.assertEqual(taken["attachments"][0]["name"], "a.txt")
        self.assertEqual((file.res_model, file.res_id), ("mail.compose.message", 0))
        self.assertFalse(kept.exists())
        self.run_due()
        self.assertFalse(self.comments())
        # Sending it again takes the file along
        again = self.later(attachment_ids=file.ids)
        again.with_user(self.agent).post_message()
        self.assertEqual(self.comments().attachment_ids, file)

    def test_only_the_author_takes_it_back(self):
        kept = self.later()
        for user in (self.manager, self.outsider, self.customer_user):
            with self.assertRaises(AccessError):
                kept.with_user(user).take_back()
        kept.with_user(self.agent).post_message()
        self.assertFalse(kept.with_user(self.agent).take_back())

    def test_teams_that_send_at_once(self):
        self.team.undo_seconds = 0
        self.assertFalse(self.later())

    def test_refused_when_the_customer_has_written(self):
        self.customer_writes(self.ticket)
        with self.assertRaises(NewerMessageError):
            self.ticket.with_user(self.agent).post_reply_later({"body": "x"}, 0)

    def test_held_when_the_customer_writes_before_it_is_due(self):
        kept = self.later()
        self.customer_writes(self.ticket)
        self.assertTrue(kept.ticket_overtaken)
        before = len(self.comments())
        self.run_due()
        self.assertEqual(len(self.comments()), before)
        self.assertTrue(kept.exists().ticket_held_at)
        self.assertGreater(kept.scheduled_date, fields.Datetime.now() + timedelta(days=365))
        todo = self.ticket.activity_ids
        self.assertEqual(todo.user_id, self.agent)
        self.assertIn("held", todo.summary)
        ticket = self.ticket.with_user(self.agent)
        self.assertTrue(ticket.held_by_me)
        self.assertIn(ticket, ticket.search([("held_by_me", "=", True)]))
        self.assertNotIn(ticket, ticket.search([("held_by_me", "=", False)]))
        self.assertFalse(self.ticket.with_user(self.manager).held_by_me)
        counters = self.env["crm.ticket.desk"].with_user(self.agent).get_desk()["counters"]
        self.assertEqual([c["count"] for c in counters if c["key"] == "held"], [1])
        # It stays where it is
        self.run_due()
        self.assertTrue(kept.exists())

    def test_send_a_held_reply_anyway(self):
        kept = self.later()
        self.customer_writes(self.ticket)
        self.run_due()
        kept = kept.with_user(self.agent)
        with self.assertRaises(NewerMessageError):
            kept.post_message()
        kept.with_context(crm_send_anyway=True).post_message()
        self.assertIn("Our answer", self.comments()[0].body)

    def test_edited_after_reading(self):
        kept = self.later()
        self.customer_writes(self.ticket)
        self.run_due()
        kept.with_user(self.agent).write(
            {
                "body": "<p>A better answer</p>",
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        self.assertFalse(kept.ticket_held_at)
        self.run_due()
        self.assertIn("A better answer", self.comments()[0].body)

    def composer(self, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .create(
                {
                    "model": "crm.ticket",
                    "res_ids": repr(self.ticket.ids),
                    "body": "<p>Tomorrow</p>",
                    "composition_mode": "comment",
                    "scheduled_date": fields.Datetime.to_string(
                        fields.Datetime.now() + timedelta(days=1)
                    ),
                    **values,
                }
            )
        )

    def test_send_later_of_the_large_composer(self):
        self.composer().action_schedule_message()
        kept = self.env["mail.scheduled.message"].search([("res_id", "=", self.ticket.id)])
        self.assertNotIn("crm_seen_message_id", kept.send_context)
        self.run_due()
        self.assertIn("Tomorrow", self.comments().body)
        self.composer().action_schedule_message()
        self.customer_writes(self.ticket)
        self.run_due()
        self.assertTrue(
            self.env["mail.scheduled.message"].search([("ticket_held_at", "!=", False)])
        )

    def test_a_scheduled_note_is_not_held(self):
        self.env["mail.scheduled.message"].with_user(self.agent).create(
            {
                "model": "crm.ticket",
                "res_id": self.ticket.id,
                "author_id": self.agent.partner_id.id,
                "body": "<p>Call him</p>",
                "is_note": True,
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        self.customer_writes(self.ticket)
        self.run_due()
        self.assertTrue(self.ticket.message_ids.filtered(lambda m: "Call him" in m.body))

    def test_other_documents_are_as_they_were(self):
        partner = self.env["res.partner"].create({"name": "P"})
        kept = self.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": partner.id,
                "author_id": self.env.user.partner_id.id,
                "body": "<p>Hello</p>",
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        kept.post_message()
        self.assertIn("Hello", partner.message_ids[0].body)

    def test_hostile_input(self):
        mine = self.ticket.with_user(self.agent)
        self.assertFalse(mine.post_reply_later({"body": "x", "author_id": 1}, 0))
        self.assertFalse(mine.post_reply_later(["body"], 0))
        for nonsense in ("x", {}, [None, "1", 2**40, True], 5):
            kept = self.later(attachment_ids=nonsense, partner_emails=[1, None])
            self.assertFalse(kept.attachment_ids)
            kept.unlink()
        with self.assertRaises(NewerMessageError):
            self.customer_writes(self.ticket)
            mine.post_reply_later({"body": ["x"]}, "x", "y")
        foreign = self.env["ir.attachment"].create(
            {"name": "secret", "raw": b"s", "res_model": "res.partner", "res_id": 1}
        )
        with self.assertRaises(UserError):
            self.later(attachment_ids=foreign.ids)
        for user in (self.outsider, self.employee, self.stranger_user):
            with self.assertRaises(AccessError):
                self.later(user)
        with self.assertRaises(UserError):
            self.later(self.customer_user)
        kept = self.later(body="<p>x</p><script>alert(1)</script>")
        self.assertNotIn("script", kept.body)
