from unittest.mock import patch

from odoo.tests import tagged

from ..intake.test_mail_to_ticket import MailCommon

ROBOT = "robot@loop.example.org"
AWAY = "Auto-Submitted: auto-replied"


@tagged("post_install", "-at_install")
class TestLoops(MailCommon):
    """Robots may write as long as they like: nothing is answered, and there is an end to it."""

    def mails(self, ticket):
        return ticket.message_ids.filtered(lambda m: m.message_type == "email")

    def test_forty_automatic_replies_open_a_few_tickets_and_answer_none(self):
        with patch.object(self.registry["crm.ticket"], "_customer_opened", autospec=True) as opened:
            for _mail in range(40):
                self.mail("I am on holiday", ROBOT, headers=AWAY)
        tickets = self.env["crm.ticket"].search([("email_normalized", "=", ROBOT)])
        self.assertEqual(len(tickets), 10)
        self.assertFalse(opened.called, "nobody confirms a robot's mail")
        self.assertFalse(any(tickets.mapped("last_customer_message_at")))
        self.assertFalse(self.env["mail.mail"].search([("email_to", "ilike", ROBOT)]))

    def test_so_does_a_ticket(self):
        ticket = self.mail()
        self.reply(ticket)
        for _mail in range(40):
            self.answer(ticket, "I am on holiday", headers=AWAY)
        self.assertEqual(len(self.mails(ticket)), 11)

    def test_the_ladder_has_steps(self):
        ticket = self.mail()
        self.reply(ticket)
        for _mail in range(12):
            self.answer(ticket, "I am on holiday", headers=AWAY)
        self.travel(minutes=15)
        for _mail in range(12):
            self.answer(ticket, "I am on holiday", headers=AWAY)
        # 10 in the first ten minutes; what was turned away counts, too
        self.assertEqual(len(self.mails(ticket)), 1 + 10 + 3)
        self.travel(hours=11)
        self.answer(ticket, "I am on holiday", headers=AWAY)
        self.assertEqual(len(self.mails(ticket)), 1 + 10 + 3 + 1)

    def test_people_may_write_more(self):
        ticket = self.mail()
        for _mail in range(19):
            self.answer(ticket, "One more picture")
        self.assertEqual(len(self.mails(ticket)), 20)
        for _mail in range(5):
            self.answer(ticket, "One more picture")
        self.assertEqual(len(self.mails(ticket)), 21, "the opening mail counts by itself")

    def test_a_robot_on_many_tickets(self):
        tickets = [self.mail(subject=f"Ticket {number}") for number in range(5)]
        for ticket in tickets:
            for _mail in range(8):
                self.answer(ticket, "I am on holiday", headers=AWAY)
        stored = sum(len(self.mails(ticket)) for ticket in tickets)
        self.assertEqual(stored, 5 + 20)

    def test_a_robot_does_not_silence_the_person(self):
        ticket = self.mail()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        for _mail in range(12):
            self.answer(ticket, "I am on holiday", headers=AWAY)
        self.answer(ticket, "I am back.")
        self.assertEqual(ticket.stage_type, "open")

    def test_the_administrator_allows_an_address(self):
        self.env["mail.gateway.allowed"].create({"email": ROBOT})
        for _mail in range(15):
            self.mail("Disk full", ROBOT, headers=AWAY)
        self.assertEqual(
            self.env["crm.ticket"].search_count([("email_normalized", "=", ROBOT)]), 15
        )

    def test_the_administrator_sets_the_ladder(self):
        settings = self.env["res.config.settings"].create({"crm_ticket_mail_ladder": "60:3"})
        settings.set_values()
        for _mail in range(6):
            self.mail("Disk full", ROBOT, headers=AWAY)
        self.assertEqual(self.env["crm.ticket"].search_count([("email_normalized", "=", ROBOT)]), 3)

    def test_our_own_address_is_no_customer(self):
        with patch.object(self.registry["crm.ticket"], "_customer_opened", autospec=True) as opened:
            ticket = self.mail("Looks like us", self.address)
        self.assertTrue(ticket)
        self.assertFalse(opened.called)
        self.assertFalse(ticket.last_customer_message_at)

    def test_a_robot_that_is_refused_is_not_told(self):
        self.team.alias_contact = "followers"
        sent = self.env["mail.mail"].search([])
        self.mail("I am on holiday", ROBOT, headers=AWAY)
        self.assertFalse(self.env["mail.mail"].search([]) - sent)

    def test_what_is_counted_is_forgotten(self):
        Sender = self.env["crm.ticket.sender"]
        self.mail()
        self.assertTrue(Sender.search_count([("email", "=", self.customer.email_normalized)]))
        self.travel(days=2)
        Sender._gc_senders()
        self.assertFalse(Sender.search_count([]))

    def test_people_are_confirmed_once(self):
        with patch.object(self.registry["crm.ticket"], "_customer_opened", autospec=True) as opened:
            ticket = self.mail()
            self.answer(ticket)
        self.assertEqual(opened.call_count, 1)
        self.assertEqual(opened.call_args.args[0], ticket)
        self.assertTrue(ticket.message_ids.filtered(ticket._is_public_message))
