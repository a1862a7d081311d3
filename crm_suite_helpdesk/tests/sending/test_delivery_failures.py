from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestDeliveryFailures(HelpdeskCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(user_id=cls.agent.id)
        cls.fine = cls.create_ticket(user_id=cls.agent.id)

    def fail(self, ticket, **values):
        with self.mock_mail_gateway():
            message = self.reply(ticket, partner_ids=self.customer.ids)
        notification = message.sudo().notification_ids.filtered(
            lambda n: n.res_partner_id == self.customer
        )
        notification.write(
            {"notification_status": "bounce", "failure_type": "mail_bounce", **values}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return message

    def found(self, value=True, user=None):
        Ticket = self.env["crm.ticket"].with_user(user or self.agent)
        return Ticket.search(
            [("delivery_failed", "=", value), ("id", "in", (self.ticket | self.fine).ids)]
        )

    def counter(self):
        counters = self.env["crm.ticket.desk"].with_user(self.agent).get_desk()["counters"]
        return next((c for c in counters if c["key"] == "failed"), None)

    def test_seen_and_found(self):
        self.assertFalse(self.found())
        self.assertIsNone(self.counter())
        self.fail(self.ticket)
        self.assertEqual(self.found(), self.ticket)
        self.assertEqual(self.found(False), self.fine)
        # Whoever looks at it, not only the author of the message
        self.assertTrue(self.ticket.with_user(self.manager).delivery_failed)
        failure = self.ticket.with_user(self.manager).delivery_failures[0]
        self.assertEqual(failure["email"], "hd_customer@example.org")
        self.assertEqual(failure["reason"], "Bounce")
        self.assertEqual(self.counter()["count"], 1)
        desk = self.env["crm.ticket"].with_user(self.agent).search(self.counter()["domain"])
        self.assertEqual(desk, self.ticket)

    def test_ignored(self):
        self.fail(self.ticket)
        self.ticket.with_user(self.agent).action_ignore_failures()
        self.assertFalse(self.found())

    def test_sent_again(self):
        message = self.fail(self.ticket)
        with self.mock_mail_gateway():
            told = self.ticket.with_user(self.agent).action_send_again()
            self.env.flush_all()
        self.assertEqual(told["params"]["type"], "success")
        self.assertFalse(self.found())
        again = message.sudo().notification_ids.filtered(
            lambda n: n.res_partner_id == self.customer
        )
        self.assertEqual(len(again), 1)
        self.assertIn(again.notification_status, ("ready", "sent"))
        self.assertEqual(len(self.comments()), 1)
        sent = [mail for mail in self._new_mails if self.customer in mail.recipient_ids]
        self.assertEqual(len(sent), 1)

    def comments(self):
        return self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")

    def test_nobody_to_send_it_to(self):
        self.fail(self.ticket)
        self.customer.email = False
        told = self.ticket.with_user(self.agent).action_send_again()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertEqual(self.found(), self.ticket)

    def test_who_may(self):
        self.fail(self.ticket)
        for user in (self.outsider, self.customer_user):
            for action in ("action_ignore_failures", "action_send_again"):
                with self.assertRaises(AccessError):
                    getattr(self.ticket.with_user(user), action)()
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.customer_user).read(["delivery_failed"])
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.customer_user).read(["delivery_failures"])

    def test_lists_cost_one_query_more(self):
        tickets = self.ticket | self.fine | self.create_ticket()
        tickets.invalidate_recordset()
        with self.assertQueryCount(1):
            tickets.mapped("delivery_failed")
