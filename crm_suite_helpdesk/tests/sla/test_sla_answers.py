from datetime import datetime

from odoo.fields import Command
from odoo.tests import tagged

from ..common import HOUR, MONDAY, HelpdeskCommon

MAIL = """From: {sender}
To: help-test@example.com
Subject: Re: printer
Message-Id: <{number}@example.org>
In-Reply-To: {parent}
Date: {date}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Try water.
"""


@tagged("post_install", "-at_install")
class TestSlaAnswers(HelpdeskCommon):
    """What answers a customer, and what only looks as if it did."""

    def setUp(self):
        super().setUp()
        self.agent.partner_id.email = "agent@example.com"
        self.ticket = self.create_ticket()
        self.first = self.clock(self.ticket, "first_response")

    def mail(self, sender, date, number):
        message = self.ticket.message_ids[:1]
        self.env["mail.thread"].message_process(
            "crm.ticket",
            MAIL.format(
                sender=sender, date=date, number=number, parent=message.message_id
            ).encode(),
        )

    def test_a_mail_in_the_name_of_an_agent_is_no_answer(self):
        self.reply(self.ticket, subtype_xmlid="mail.mt_note")
        self.travel(hours=1)
        self.mail("Amal Agent <agent@example.com>", "Mon, 02 Mar 2026 09:00:00 +0000", "spoof")
        self.assertEqual(self.first.state, "running")
        self.assertFalse(self.ticket.first_response_at)

    def test_the_date_of_a_mail_moves_nothing(self):
        self.reply(self.ticket)
        self.policy.target_ids = [Command.create({"metric": "next_response", "budget_s": HOUR})]
        self.travel(hours=1)
        self.ticket.priority = "2"
        self.policy._apply_latest(self.ticket)
        self.mail(self.customer.email_formatted, "Fri, 01 Jan 2016 00:00:00 +0000", "old")
        clock = self.clock(self.ticket, "next_response")
        self.assertEqual(clock.started_at, datetime(2026, 3, 2, 10))
        self.mail(self.customer.email_formatted, "Fri, 01 Jan 2046 00:00:00 +0000", "future")
        self.assertEqual(clock.started_at, datetime(2026, 3, 2, 10))

    def test_a_portal_user_who_names_an_agent_is_no_agent(self):
        self.reply(self.ticket, self.customer_user, author_id=self.agent.partner_id.id)
        self.assertEqual(self.first.state, "running")

    def test_the_context_answers_nothing(self):
        ticket = self.ticket.with_user(self.agent).with_context(
            crm_sla_event=["reply", 1, "x"], crm_sla_policy=True, crm_sla_quiet=True
        )
        ticket.stage_id = self.stages["waiting_customer"]
        self.assertEqual(self.clock(self.ticket, "resolution").state, "paused")
        self.assertEqual(self.first.state, "running")

    def test_waiting_without_writing_is_no_answer(self):
        self.move(self.ticket, "waiting_customer")
        self.assertEqual(self.first.state, "running", "nor does it pause the first response")
        self.travel(hours=3)
        self.assertEqual(self.first.status, "overdue")

    def log_call(self, **values):
        return (
            self.env["crm.interaction"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Call",
                    "channel": "phone",
                    "direction": "out",
                    "date": MONDAY,
                    "ticket_id": self.ticket.id,
                    **values,
                }
            )
        )

    def test_a_call_that_reached_the_customer_answers_him(self):
        missed = self.env["crm.interaction.outcome"].search([("is_contact", "=", False)], limit=1)
        self.travel(hours=1)
        call = self.log_call(outcome_id=missed.id)
        self.assertEqual(self.first.state, "running", "nobody was there")
        self.log_call(channel="email")
        self.log_call(date=datetime(2026, 3, 9))
        self.assertEqual(self.first.state, "running", "written, or planned only")
        call.outcome_id = False
        self.assertEqual((self.first.result, self.first.elapsed_s), ("met", HOUR), "when logged")

    def test_an_employee_can_be_a_customer(self):
        self.ticket.partner_id = self.agent.partner_id
        self.reply(self.ticket)
        self.assertEqual(self.first.state, "running")
        self.assertTrue(self.ticket.unanswered_since)
        self.reply(self.ticket, self.manager)
        self.assertEqual(self.first.result, "met")

    def test_a_life_costs_less_than_sixty_queries(self):
        self.create_ticket()  # what is looked up once for all is looked up
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        ticket = self.create_ticket()
        self.env.flush_all()
        for stage in ("open", "waiting_customer", "open", "solved"):
            self.travel(minutes=10)
            self.move(ticket, stage)
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 60)
