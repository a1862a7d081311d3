from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..common import HelpdeskCommon

MAIL = """\
From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{mid}@example.org>
Date: Mon, 02 Mar 2020 08:00:00 +0000
{headers}
Content-Type: text/plain; charset=utf-8

{body}
"""


class MailCommon(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].search(
            [("name", "=", "help.example.com")]
        ) or cls.env["mail.alias.domain"].create({"name": "help.example.com"})
        cls.company.alias_domain_id = domain
        cls.team.alias_domain_id = domain
        cls.address = cls.team.alias_email
        cls.mail_count = 0

    def receive(self, raw, model=None):
        """Hand raw bytes to the gateway as a mail server does; returns the ticket."""
        ticket_id = self.env["mail.thread"].message_process(model, raw)
        self.env.flush_all()
        return self.env["crm.ticket"].browse(ticket_id or [])

    def mail(self, body="Please help.", sender=None, subject="Lost key", headers="", to=None):
        type(self).mail_count += 1
        return self.receive(
            MAIL.format(
                sender=sender or self.customer.email,
                to=to or self.address,
                subject=subject,
                mid=f"m{self.mail_count}",
                headers=headers.rstrip() or "X-Test: 1",
                body=body,
            ).encode()
        )

    def answer(self, ticket, body="Any news?", sender=None, headers=""):
        """A mail that replies to the last message that customers get to see."""
        parent = ticket.message_ids.filtered(ticket._is_public_message)[:1]
        headers = f"In-Reply-To: {parent.message_id}\n{headers}"
        return self.mail(body, sender, f"Re: {ticket.name}", headers)


@tagged("post_install", "-at_install")
class TestMailToTicket(MailCommon):
    """A mail to the address of a team becomes a ticket; answers find it."""

    def test_a_mail_of_a_customer_becomes_his_ticket(self):
        ticket = self.mail("The key broke.\nبسرعة من فضلك")
        self.assertEqual(ticket.name, "Lost key")
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertFalse(ticket.user_id)
        self.assertIn("بسرعة", ticket.description)
        self.assertIn(self.customer, ticket.message_partner_ids)
        self.assertEqual(ticket.stage_type, "new")
        self.assertTrue(ticket.number)

    def test_time_is_counted_from_its_arrival_and_not_from_its_header(self):
        ticket = self.mail()
        self.assertEqual(ticket.opened_at, datetime(2026, 3, 2, 9))
        self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)
        self.assertEqual(ticket.sla_deadline, datetime(2026, 3, 2, 11))

    def test_a_stranger_is_kept_as_an_address_and_not_as_a_contact(self):
        before = self.env["res.partner"].search_count([])
        ticket = self.mail(sender="Nour <nour@unknown.example.org>")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.email_normalized, "nour@unknown.example.org")
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_answering_a_stranger_makes_him_the_customer(self):
        ticket = self.mail(sender="Nour <nour@unknown.example.org>")
        contact = ticket._partner_find_from_emails_single([ticket.email_from], no_create=False)
        self.reply(ticket, partner_ids=contact.ids)
        self.assertEqual(ticket.partner_id, contact)
        self.assertIn(contact, ticket.message_partner_ids)

    def test_copies_are_remembered(self):
        ticket = self.mail(headers="Cc: Boss <boss@example.org>")
        self.assertIn("boss@example.org", ticket.email_cc)

    def test_an_answer_lands_on_its_ticket_and_reopens_it(self):
        ticket = self.mail()
        self.reply(ticket)
        for stage_type in ("waiting_customer", "solved", "closed"):
            self.move(ticket, stage_type)
            self.travel(hours=1)
            self.assertEqual(self.answer(ticket), ticket)
            self.assertEqual(ticket.stage_type, "open", stage_type)
            self.assertEqual(ticket.last_customer_message_at, self.env["crm.ticket"]._now())

    def test_an_answer_to_spam_does_not(self):
        ticket = self.mail()
        self.move(ticket, "spam")
        self.answer(ticket)
        self.assertEqual(ticket.stage_type, "spam")

    def test_an_outsider_does_not_reopen_it(self):
        ticket = self.mail()
        self.move(ticket, "waiting_customer")
        self.travel(hours=1)
        self.assertEqual(self.answer(ticket, sender="thief@evil.example.org"), ticket)
        self.assertEqual(ticket.stage_type, "waiting_customer")
        self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)
        self.assertNotIn(
            "thief@evil.example.org", ticket.message_partner_ids.mapped("email_normalized")
        )

    def test_a_colleague_of_the_customer_does(self):
        ticket = self.mail()
        self.move(ticket, "waiting_customer")
        self.answer(ticket, sender=self.colleague_user.email)
        self.assertEqual(ticket.stage_type, "open")

    def test_a_mail_that_claims_to_be_from_an_agent_is_no_answer(self):
        self.agent.partner_id.email = "amal@help.example.com"
        ticket = self.mail()
        self.answer(ticket, sender="amal@help.example.com")
        self.assertFalse(ticket.first_response_at)
        self.assertEqual(self.clock(ticket, "first_response").state, "running")

    def test_an_automatic_reply_changes_nothing(self):
        ticket = self.mail()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.travel(hours=1)
        for headers in (
            "Auto-Submitted: auto-replied",
            "X-Autoreply: yes",
            "Precedence: auto_reply",
            "Return-Path: <>",
        ):
            before = ticket.message_ids
            self.assertEqual(self.answer(ticket, "I am on holiday", headers=headers), ticket)
            message = (ticket.message_ids - before).filtered(lambda m: m.message_type == "email")
            self.assertIn("holiday", message.body, "it is kept")
            self.assertTrue(message.subtype_id.internal, "among the notes")
            self.assertFalse(message.notification_ids)
            self.assertEqual(ticket.stage_type, "waiting_customer")
            self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_a_robot_that_writes_without_end_is_cut_off(self):
        params = self.env["ir.config_parameter"].sudo()
        params.set_param("mail.gateway.loop.threshold", 5)
        robot = "robot@loop.example.org"
        for _mail in range(12):
            self.mail("I am on holiday", robot, headers="Auto-Submitted: auto-replied")
        tickets = self.env["crm.ticket"].search([("email_normalized", "=", robot)])
        self.assertEqual(len(tickets), 5)

    def test_the_loop_check_is_served_by_its_index(self):
        self.env.flush_all()
        domain = self.env["crm.ticket"]._detect_loop_sender_domain("robot@loop.example.org")
        query = self.env["crm.ticket"]._search(
            [("create_date", ">=", datetime(2026, 3, 2)), *domain]
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = [line for (line,) in self.env.execute_query(SQL("EXPLAIN %s", query.select()))]
        self.assertIn("crm_ticket_of_sender", str(plan))
        found_by = next(line for line in plan if "Index Cond" in line)
        self.assertIn("email_normalized", found_by, "by the address, not by the date alone")

    def test_a_form_rule_does_not_lose_a_mail(self):
        phone = self.env["ir.model.fields"]._get("crm.ticket", "phone")
        self.env["crm.form.rule"].create(
            {
                "name": "Phone needed",
                "model_id": phone.model_id.id,
                "target_field_ids": [Command.set(phone.ids)],
                "condition_domain": "[('stage_type', '!=', 'waiting_customer')]",
            }
        )
        with self.assertRaises(ValidationError):
            self.create_ticket()
        ticket = self.mail()
        self.assertTrue(ticket)
        self.move(ticket, "waiting_customer")
        self.assertEqual(self.answer(ticket), ticket)
        self.assertEqual(ticket.stage_type, "open")

    @mute_logger("odoo.addons.crm_suite_helpdesk.models.intake.crm_ticket")
    def test_whatever_goes_wrong_there_is_a_ticket(self):
        self.env["base.automation"].create(
            {
                "name": "Broken",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "trigger": "on_create",
                "filter_domain": "[('partner_id', '!=', False)]",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Break",
                            "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                            "state": "code",
                            "code": "raise UserError('broken')",
                        }
                    )
                ],
            }
        )
        ticket = self.mail("Important")
        self.assertEqual((ticket.name, ticket.team_id), ("Lost key", self.team))
        self.assertEqual(ticket.email_from, self.customer.email)
        self.assertIn("Important", ticket.message_ids[0].body)
        self.assertTrue(ticket.sla_deadline)

    @mute_logger("odoo.addons.crm_suite_helpdesk.models.sla_engine.crm_ticket")
    def test_a_broken_service_level_does_not_lose_a_mail(self):
        self.env.cr.execute(
            "UPDATE resource_calendar SET tz = 'Nowhere/Land' WHERE id = %s", [self.calendar.id]
        )
        self.env.invalidate_all()
        self.calendar._bump_working_time_revision()
        ticket = self.mail()
        self.assertTrue(ticket)
        self.assertFalse(ticket.sla_clock_ids)
        self.assertEqual(ticket.activity_ids.user_id, self.manager)

    def test_the_default_team_receives_before_there_is_a_domain(self):
        self.env["mail.alias"].search([]).alias_domain_id = False
        self.env["res.company"].search([]).alias_domain_id = False
        self.env["mail.alias.domain"].search([]).unlink()
        team = self.env["crm.ticket.team"].create({"name": "Fresh"})
        team._claim_alias("fresh-support")
        ticket = self.mail(to="fresh-support@anything.example.net")
        self.assertEqual(ticket.team_id, team)

    def test_mail_to_an_archived_team_goes_to_the_others(self):
        other = self.env["crm.ticket.team"].create(
            {
                "name": "Former",
                "alias_name": "former",
                "alias_domain_id": self.team.alias_domain_id.id,
            }
        )
        other.active = False
        self.assertEqual(self.mail(to=other.alias_email).team_id, self.team)

    def test_the_gateway_is_no_remote_call(self):
        ticket = self.mail()
        with self.assertNoLogs("odoo.addons.crm_suite_helpdesk", "ERROR"):
            for user in (self.customer_user, self.employee):
                with self.assertRaises(AccessError):
                    ticket.with_user(user).message_update({}, {"name": "Mine"})
                with self.assertRaises(AccessError):
                    self.env["crm.ticket"].with_user(user).message_new({"subject": "x"})
        self.assertEqual(ticket.name, "Lost key")

    def test_only_the_gateway_is_silent_about_service_levels(self):
        Ticket = self.env["crm.ticket"].with_user(self.agent)
        with (
            patch.object(type(Ticket), "_sla_update", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
        ):
            Ticket.with_context(crm_mail_gateway=True).create({"name": "x"})
