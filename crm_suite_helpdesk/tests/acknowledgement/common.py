from odoo.tools import plaintext2html

from odoo.addons.mail.tests.common import MockEmail

from ..intake.test_mail_to_ticket import MailCommon


class AnswerCommon(MailCommon, MockEmail):
    """Tickets that customers open, and what these write to them by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.lang = "en_US"
        cls.company.partner_id.lang = "en_US"

    def open(self, partner=None, subject="Lost key", text="I lost it.", **values):
        """A request that comes in by the portal, by a form or by a program."""
        partner = self.customer if partner is None else partner
        ticket = self.env["crm.ticket"]._open_for_customer(
            partner,
            subject,
            plaintext2html(text),
            **{"channel": "portal", "team_id": self.team.id, **values},
        )
        self.env.flush_all()
        return ticket

    def stranger(self, email="nour@unknown.example.org", **values):
        return self.open(self.env["res.partner"], email_from=email, **values)

    def run_answers(self):
        self.run_cron("crm.ticket", "_cron_answer")

    def outcomes(self, tickets):
        return [answer.outcome for answer in tickets.answer_ids.sorted("id")]

    def written(self, ticket):
        return ticket.message_ids.filtered(lambda m: m.message_type == "auto_comment").sorted("id")

    def mails(self, ticket):
        return self.env["mail.mail"].search(
            [("mail_message_id", "in", self.written(ticket).ids)], order="id"
        )
