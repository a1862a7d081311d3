from odoo.tests import tagged

from .common import AnswerCommon


@tagged("post_install", "-at_install")
class TestByMail(AnswerCommon):
    """What comes in by mail is confirmed once, and machines are not spoken to."""

    def tickets_of(self, email):
        return self.env["crm.ticket"].search([("email_normalized", "=", email)])

    def test_a_mail_is_confirmed(self):
        ticket = self.mail()
        self.assertEqual(ticket.answer_due, "received")
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["sent"])
        self.assertEqual(self.written(ticket).partner_ids, self.customer)

    def test_forty_automatic_replies_get_at_most_one(self):
        for number in range(40):
            headers = "Auto-Submitted: auto-replied" if number % 2 else "X-Test: 1"
            self.mail(
                "I am on holiday",
                sender="Away <away@unknown.example.org>",
                subject=f"Out of office {number}",
                headers=headers,
            )
            self.travel(seconds=30)
            self.run_answers()
        tickets = self.tickets_of("away@unknown.example.org")
        self.assertLessEqual(self.outcomes(tickets).count("sent"), 1)
        written = tickets.message_ids.filtered(lambda m: m.message_type == "auto_comment")
        self.assertLessEqual(len(written), 1)

    def test_two_desks_that_confirm_to_each_other(self):
        """The confirmation of another ticket system, which says what it is, ends the talk."""
        ticket = self.mail()
        self.run_answers()
        confirmation = self.written(ticket).message_id
        self.mail(
            "Your request 4711 was received",
            subject=f"Re: {ticket.name}",
            headers=f"In-Reply-To: {confirmation}\nAuto-Submitted: auto-replied",
        )
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["sent"])

    def test_blocked_senders_hear_nothing(self):
        self.env["crm.blocked.sender"].create({"sender": "pest@unknown.example.org"})
        self.mail(sender="pest@unknown.example.org")
        tickets = self.tickets_of("pest@unknown.example.org")
        self.run_answers()
        self.assertFalse(tickets.message_ids.filtered(lambda m: m.message_type == "auto_comment"))
        self.assertFalse(tickets.filtered("answer_due"))

    def test_a_mail_on_saturday(self):
        self.travel(self.env.cr.now().replace(day=7))
        ticket = self.mail()
        self.run_answers()
        self.assertEqual(len(self.written(ticket)), 1)
        self.assertIn("Monday 9 March 2026, 08:00", self.written(ticket).body)
