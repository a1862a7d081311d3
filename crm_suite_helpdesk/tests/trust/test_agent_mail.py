from email import message_from_string

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...lib.mail_journey import MailJourney
from ..intake.test_mail_to_ticket import MAIL, MailCommon

AGENT = "amal@help.example.com"
VOUCHED = (
    "Authentication-Results: mx.example.com; dkim=pass header.d=help.example.com;"
    " dmarc=pass header.from=help.example.com"
)
FORWARD = """\
This one again, be careful with him.

---------- Forwarded message ---------
From: Nour Customer <nour@orchard.example.net>
Date: Mon, 2 Mar 2026 at 07:00
Subject: Broken pump
To: <amal@help.example.com>

The pump is broken.
It leaks.
"""


@tagged("post_install", "-at_install")
class TestAgentMail(MailCommon):
    """What agents write by mail: anybody can put an agent's address over a mail."""

    def setUp(self):
        super().setUp()
        self.agent.partner_id.email = AGENT
        self.agent.notification_type = "inbox"

    def trust(self, servers="mx.example.com"):
        self.env["ir.config_parameter"].set_param(
            "crm_suite_helpdesk.trusted_mail_servers", servers
        )

    def last_mail(self, ticket):
        return ticket.message_ids.filtered(lambda m: m.message_type == "email")[:1]

    # ------------------------------------------------------------------ answers

    def test_an_employee_does_not_vouch_for_his_own_mail(self):
        """Every employee may call the gateway, with whatever headers he writes."""
        self.trust()
        message = message_from_string(f"From: {AGENT}\n{VOUCHED}\n\nAll of it.")
        for user, is_believed in (
            (self.env.ref("base.user_root"), True),
            (self.env.ref("base.user_admin"), True),
            (self.manager, False),
            (self.employee, False),
        ):
            gateway = self.env["crm.ticket"].with_user(user)
            self.assertEqual(gateway._is_vouched_for(message), is_believed, user.login)
            self.assertEqual(gateway.sudo()._is_vouched_for(message), is_believed, user.login)

    def test_nor_does_the_quarantine_vouch_for_it(self):
        self.trust()
        ticket = self.mail()
        parent = ticket.message_ids.filtered(ticket._is_public_message)[:1].message_id
        for user, is_note in ((self.employee, True), (self.env.ref("base.user_root"), False)):
            raw = MAIL.format(
                sender=AGENT,
                to=self.address,
                subject="Re: Lost key",
                mid=f"kept-{user.login}",
                headers=f"In-Reply-To: {parent}\n{VOUCHED}",
                body="You get all your money back.",
            ).encode()
            Quarantine = self.env["crm.mail.quarantine"].with_user(user)
            row = Quarantine._keep_failed(MailJourney(raw, "crm.ticket"), ValueError("broken"))
            row.with_user(self.env.ref("base.user_admin")).action_retry()
            self.assertEqual(row.sudo().state, "done")
            self.assertEqual(self.last_mail(ticket).is_internal, is_note, user.login)
            self.assertEqual(bool(ticket.first_response_at), not is_note)

    def test_an_answer_that_nobody_vouches_for_is_a_note(self):
        for headers, servers in (
            ("", ""),
            (VOUCHED, ""),
            ("", "mx.example.com"),
            (VOUCHED, "mx.other.example"),
            (VOUCHED.replace("dmarc=pass", "dmarc=none"), "mx.example.com"),
        ):
            self.trust(servers)
            ticket = self.mail()
            self.answer(ticket, "We send a new one.", AGENT, headers)
            message = self.last_mail(ticket)
            self.assertTrue(message.is_internal)
            self.assertFalse(message.author_id, "nobody reads it as hers")
            self.assertFalse(message.notification_ids)
            self.assertFalse(ticket.first_response_at)
            self.assertEqual(ticket.unverified_ids.reason, "agent")
            told = ticket.message_ids.filtered(lambda m: m.message_type == "user_notification")
            self.assertFalse(told, "a notification is no message of the ticket")

    def test_she_is_told(self):
        ticket = self.mail()
        self.answer(ticket, "We send a new one.", AGENT)
        told = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.agent.partner_id.id)], order="id desc", limit=1
        )
        self.assertIn(ticket.number, told.mail_message_id.subject)

    def test_one_click_makes_it_an_answer(self):
        ticket = self.mail()
        self.answer(ticket, "We send a new one.", AGENT)
        row = ticket.unverified_ids
        self.travel(minutes=20)
        row.with_user(self.agent).action_accept()
        message = row.message_id
        self.assertTrue(ticket._is_public_message(message))
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertIn(self.customer, message.notified_partner_ids)
        self.assertEqual(ticket.first_response_at, ticket._now())
        self.assertEqual(ticket.waiting_on, "customer")

    def test_only_she_or_who_leads_can_say_so(self):
        ticket = self.mail()
        self.answer(ticket, "We send a new one.", AGENT)
        row = ticket.unverified_ids
        self.team.member_ids += self.outsider
        with self.assertRaises(UserError):
            row.with_user(self.outsider).action_accept()
        row.with_user(self.manager).action_accept()
        self.assertEqual(row.message_id.author_id, self.agent.partner_id)

    def test_an_answer_that_our_server_vouches_for_goes_out(self):
        self.trust()
        ticket = self.mail()
        self.travel(minutes=20)
        self.answer(ticket, "We send a new one.", AGENT, VOUCHED)
        message = self.last_mail(ticket)
        self.assertTrue(ticket._is_public_message(message))
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertIn(self.customer, message.notified_partner_ids)
        self.assertEqual(ticket.first_response_at, ticket._now())
        self.assertFalse(ticket.unverified_ids)

    def test_it_reaches_a_stranger(self):
        self.trust()
        ticket = self.mail(sender="Nour <nour@unknown.example.org>")
        self.answer(ticket, "We send a new one.", AGENT, VOUCHED)
        self.assertEqual(ticket.partner_id.email_normalized, "nour@unknown.example.org")
        self.assertIn(ticket.partner_id, self.last_mail(ticket).notified_partner_ids)

    def test_an_answer_to_a_note_stays_one(self):
        self.trust()
        ticket = self.mail()
        note = self.reply(ticket, subtype_xmlid="mail.mt_note")
        headers = f"In-Reply-To: {note.message_id}\n"
        self.mail("Me", AGENT, headers=headers + VOUCHED)
        self.assertTrue(self.last_mail(ticket).is_internal)
        self.assertFalse(ticket.first_response_at)
        self.mail("Me, too", AGENT, headers=headers)
        row = ticket.unverified_ids
        self.assertTrue(row.was_note)
        row.with_user(self.agent).action_accept()
        self.assertTrue(row.message_id.is_internal)
        self.assertFalse(ticket.first_response_at)

    def test_an_employee_who_is_the_customer_is_a_customer(self):
        self.employee.partner_id.email = "emp@help.example.com"
        ticket = self.mail(sender="emp@help.example.com")
        self.assertEqual(ticket.partner_id, self.employee.partner_id)
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.answer(ticket, sender="emp@help.example.com")
        self.assertEqual(ticket.stage_type, "open")
        self.assertFalse(ticket.unverified_ids)

    # ------------------------------------------------------------------ forwards

    def assertForwarded(self, ticket):
        self.assertEqual(ticket.email_normalized, "nour@orchard.example.net")
        self.assertEqual(ticket.name, "Broken pump")
        self.assertIn("leaks", ticket.description)
        public = ticket.message_ids.filtered(ticket._is_public_message)
        self.assertEqual(len(public), 1)
        self.assertIn("leaks", public.body)
        self.assertEqual(public.author_id, ticket.partner_id)
        for text in (ticket.description, public.body):
            self.assertNotIn("careful", text, "what she says of him is for us")
        self.assertEqual(ticket.last_customer_message_at, ticket._now())

    def test_what_an_agent_forwards_is_the_customers(self):
        nour = self.env["res.partner"].create({"name": "Nour", "email": "nour@orchard.example.net"})
        ticket = self.mail(FORWARD, AGENT, "Fwd: Broken pump")
        self.assertForwarded(ticket)
        self.assertEqual(ticket.partner_id, nour)
        self.assertIn(nour, ticket.message_partner_ids)
        note = ticket.message_ids.filtered(lambda m: "careful" in (m.body or ""))
        self.assertTrue(note.is_internal)
        self.assertNotIn(nour, note.notified_partner_ids)
        self.assertEqual(note.author_id, self.agent.partner_id)

    def test_a_stranger_is_forwarded_as_an_address(self):
        ticket = self.mail(FORWARD, AGENT, "Fwd: Broken pump")
        self.assertForwarded(ticket)
        self.assertFalse(ticket.partner_id)

    def test_who_has_servers_believes_them_only(self):
        self.trust()
        ticket = self.mail(FORWARD, AGENT, "Fwd: Broken pump")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.unverified_ids.reason, "forward")
        self.assertFalse(ticket.last_customer_message_at)
        ticket.unverified_ids.with_user(self.agent).action_accept()
        self.assertForwarded(ticket)
        self.assertForwarded(self.mail(FORWARD, AGENT, "Fwd: Broken pump", VOUCHED))

    def test_only_agents_forward_for_others(self):
        self.employee.partner_id.email = "emp@help.example.com"
        for sender in ("emp@help.example.com", self.customer.email, "x@evil.example.net"):
            ticket = self.mail(FORWARD, sender, "Fwd: Broken pump")
            self.assertNotEqual(ticket.email_normalized, "nour@orchard.example.net")

    def test_a_colleague_or_ourselves_are_no_customers(self):
        self.employee.partner_id.email = "emp@help.example.com"
        for address in ("emp@help.example.com", self.address):
            text = FORWARD.replace("nour@orchard.example.net", address)
            ticket = self.mail(text, AGENT, "Fwd: Broken pump")
            self.assertEqual(ticket.email_normalized, AGENT)

    def test_what_is_forwarded_is_text(self):
        text = FORWARD.replace("It leaks", "It leaks <script>alert(1)</script>")
        ticket = self.mail(text, AGENT, "Fwd: Broken pump")
        self.assertNotIn("<script", ticket.description)
