from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AnswerCommon


@tagged("post_install", "-at_install")
class TestAcknowledgement(AnswerCommon):
    """Whoever opens a ticket is told its number, once, and no machine is."""

    def test_the_customer_is_told_the_number(self):
        ticket = self.open()
        self.assertEqual(ticket.answer_due, "received")
        self.assertFalse(self.written(ticket), "the customer does not wait for it")
        self.run_answers()
        self.assertFalse(ticket.answer_due)
        message = self.written(ticket)
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn(ticket.number, message.body)
        self.assertIn(ticket.number, message.subject)
        self.assertNotIn("office", message.body, "somebody is there")
        self.assertIn(self.team.alias_email, message.email_from)
        self.assertEqual(self.outcomes(ticket), ["sent"])

    def test_it_says_that_a_machine_wrote_it_and_goes_once(self):
        ticket = self.open()
        self.run_answers()
        mail = self.mails(ticket)
        self.assertEqual(len(mail), 1)
        headers = literal_eval(mail.headers)
        self.assertEqual(headers["Auto-Submitted"], "auto-replied")
        self.assertEqual(headers["X-Auto-Response-Suppress"], "All")
        self.assertTrue(mail.is_sent_once)
        self.assertEqual(mail.recipient_ids, self.customer)
        with self.mock_mail_gateway():
            mail._deliver_once()
        self.assertEqual(self.outcomes(ticket), ["delivered"])
        self.run_answers()
        self.assertEqual(len(self.written(ticket)), 1)

    def test_colleagues_are_not_bothered(self):
        ticket = self.open()
        ticket.message_subscribe(self.agent.partner_id.ids)
        self.run_answers()
        self.assertEqual(self.mails(ticket).recipient_ids, self.customer)
        self.assertFalse(
            self.written(ticket).notification_ids.filtered(
                lambda n: n.res_partner_id != self.customer
            )
        )

    def test_it_is_no_response(self):
        ticket = self.open()
        self.run_answers()
        self.assertFalse(ticket.first_response_at)
        self.assertFalse(ticket.last_agent_message_at)
        self.assertEqual(ticket.waiting_on, "us")
        self.assertEqual(self.clock(ticket, "first_response").state, "running")

    def test_an_answer_to_it_reaches_the_ticket_and_is_no_note(self):
        ticket = self.open()
        self.run_answers()
        reply = self.written(ticket).message_id
        again = self.mail("One more thing", headers=f"In-Reply-To: {reply}")
        self.assertEqual(again, ticket)
        message = ticket.message_ids.sorted("id")[-1]
        self.assertFalse(message.is_internal)
        self.assertFalse(ticket.answer_due, "what is a reply needs no confirmation")

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("ar_001")
        template = self.team.acknowledge_template_id
        template.with_context(lang="ar_001").subject = "طلبكم {{ object.number }}"
        self.customer.lang = "ar_001"
        ticket = self.open()
        unknown = self.stranger(subject="الطابعة لا تعمل", text="أرجو المساعدة")
        english = self.stranger("kim@unknown.example.org", subject="The printer burns")
        self.run_answers()
        self.assertEqual(self.written(ticket).subject, f"طلبكم {ticket.number}")
        self.assertIn('dir="rtl"', self.written(ticket).body)
        self.assertEqual(self.written(unknown).subject, f"طلبكم {unknown.number}")
        self.assertIn(english.number, self.written(english).subject)
        self.assertIn('dir="ltr"', self.written(english).body)

    def test_a_stranger_is_told_at_the_address_he_wrote_from(self):
        ticket = self.stranger('"Nour" <nour@unknown.example.org>')
        self.run_answers()
        mail = self.mails(ticket)
        self.assertIn("nour@unknown.example.org", mail.email_to)
        self.assertFalse(mail.recipient_ids)
        self.assertFalse(
            self.env["res.partner"].search([("email", "ilike", "nour@unknown")]), "nobody is made"
        )

    def test_an_agent_was_faster(self):
        ticket = self.open()
        self.reply(ticket)
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["answered"])
        self.assertFalse(self.written(ticket))

    def test_forty_requests_in_a_row_get_one(self):
        """A responder that says nothing of itself, and whose answers name no ticket."""
        tickets = self.env["crm.ticket"]
        for number in range(40):
            tickets |= self.stranger(subject=f"Auto: your request {number}")
            self.travel(seconds=20)
            self.run_answers()
        self.assertEqual(len(tickets), 40)
        self.assertEqual(self.outcomes(tickets).count("sent"), 1)
        self.assertEqual(self.outcomes(tickets).count("too_many"), 39)
        self.assertEqual(len(self.written_all(tickets)), 1)

    def written_all(self, tickets):
        return tickets.message_ids.filtered(lambda m: m.message_type == "auto_comment")

    def test_the_limit_holds_for_the_address_on_all_teams(self):
        other = self.team.copy({"name": "Other", "alias_name": "other-test"})
        first, second = self.open(), self.open(team_id=other.id, subject="Another thing")
        self.run_answers()
        self.assertEqual(self.outcomes(first | second), ["sent", "too_many"])
        self.travel(hours=2)
        third = self.open(subject="A third thing")
        self.run_answers()
        self.assertEqual(self.outcomes(third), ["sent"])

    def test_never_to_our_own_addresses(self):
        """Two desks that write to each other would go on for ever."""
        ticket = self.stranger(self.team.alias_email)
        self.env["fetchmail.server"].create(
            {"name": "Box", "server_type": "imap", "user": "Box@mail.example.com"}
        )
        fetched = self.stranger("box@mail.example.com")
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["own"])
        self.assertEqual(self.outcomes(fetched), ["own"])

    def test_never_to_whom_nobody_reads(self):
        machine = self.stranger("no-reply@shop.example.org")
        self.env["mail.blacklist"].create({"email": "gone@shop.example.org"})
        gone = self.stranger("gone@shop.example.org")
        nobody = self.open(self.env["res.partner"])
        self.run_answers()
        self.assertEqual(self.outcomes(machine), ["unattended"])
        self.assertEqual(self.outcomes(gone), ["blacklisted"])
        self.assertEqual(self.outcomes(nobody), ["no_address"])
        self.assertFalse(self.written_all(machine | gone | nobody))

    def test_never_to_blocked_senders(self):
        ticket = self.open()
        self.env["crm.blocked.sender"].create({"sender": self.customer.email})
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["blocked"])

    def test_never_for_mails_of_machines(self):
        ticket = self.create_ticket()
        ticket.with_context(crm_mail_machine="auto-submitted")._customer_opened()
        self.assertFalse(ticket.answer_due)

    def test_spam_and_merged_tickets_say_nothing(self):
        spam, merged, kept = self.open(), self.open(subject="Roof"), self.open(subject="Door")
        self.move(spam, "spam")
        kept._absorb(merged)
        self.run_answers()
        self.assertEqual(self.outcomes(spam), ["over"])
        self.assertEqual(self.outcomes(merged), ["over"])

    def test_what_became_spam_before_it_went_does_not_go(self):
        ticket = self.open()
        self.run_answers()
        self.move(ticket, "spam")
        mail = self.mails(ticket)
        mail._deliver_once()
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(self.outcomes(ticket), ["overtaken"])

    def test_a_team_can_be_quiet(self):
        self.team.acknowledge = False
        ticket = self.open()
        self.assertFalse(ticket.answer_due)
        self.run_answers()
        self.assertFalse(ticket.answer_ids)

    def test_what_agents_enter_is_not_confirmed(self):
        ticket = self.create_ticket()
        self.run_answers()
        self.assertFalse(ticket.answer_ids)

    def test_a_text_that_cannot_be_made_stops_nobody(self):
        first = self.open()
        second = self.stranger()
        self.team.acknowledge_template_id.body_html = '<p t-out="object.number"/>'
        broken = type(self.env["crm.ticket"])._write_answer

        def break_first(ticket, kind, email):
            if ticket.id == first.id:
                raise ValueError("No such field")
            return broken(ticket, kind, email)

        with (
            patch.object(self.registry["crm.ticket"], "_write_answer", break_first),
            mute_logger("odoo.addons.crm_suite_helpdesk.models.acknowledgement.crm_ticket"),
        ):
            self.run_answers()
        self.assertEqual(self.outcomes(first), ["error"])
        self.assertIn("No such field", first.answer_ids.detail)
        self.assertEqual(self.outcomes(second), ["sent"])

    def test_without_a_text_nothing_is_sent(self):
        self.team.acknowledge_template_id.unlink()
        ticket = self.open()
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["no_template"])

    def test_a_mail_that_fails_is_seen(self):
        ticket = self.open()
        self.run_answers()
        ticket._on_delivery(self.mails(ticket), "failed", "550 unknown")
        self.assertEqual(self.outcomes(ticket), ["failed"])
        self.assertEqual(ticket.answer_ids.detail, "550 unknown")

    # ------------------------------------------------------------------ rights

    def test_who_reads_the_notes(self):
        ticket = self.open()
        self.run_answers()
        answers = ticket.answer_ids
        Answer = self.env["crm.ticket.answer"]
        for user, count in ((self.agent, 1), (self.manager, 1), (self.outsider, 0)):
            found = Answer.with_user(user).search([("id", "in", answers.ids)])
            self.assertEqual(len(found), count, user.login)
        for user in (self.customer_user, self.employee):
            self.assertFalse(Answer.with_user(user).has_access("read"))
        for operation in ("write", "create", "unlink"):
            self.assertFalse(Answer.with_user(self.manager).has_access(operation))

    def test_nobody_enters_what_is_due(self):
        with self.assertRaisesRegex(Exception, "measured"):
            self.create_ticket().with_user(self.manager).answer_due = "received"

    def test_managers_write_the_texts_of_a_team(self):
        self.team.with_user(self.manager).write({"acknowledge": False})
        self.assertFalse(self.team.acknowledge)

    def test_a_portal_user_sees_the_confirmation_and_none_of_the_notes(self):
        ticket = self.open()
        self.run_answers()
        portal = ticket.with_user(self.customer_user)
        self.assertNotIn("answer_ids", portal._get_portal_fields())
        self.assertTrue(self.written(ticket).with_user(self.customer_user).has_access("read"))

    def test_two_companies(self):
        company = self.env["res.company"].create({"name": "Sister"})
        team = self.env["crm.ticket.team"].create(
            {
                "name": "Sister Support",
                "company_id": company.id,
                "user_id": False,
                "member_ids": [Command.clear()],
            }
        )
        ticket = self.stranger(team_id=team.id)
        self.run_answers()
        self.assertEqual(self.written(ticket).author_id, company.partner_id)

    def test_the_time_in_between_is_short(self):
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_ticket_answer")
        self.assertTrue(cron.active)
        self.assertLessEqual(timedelta(minutes=cron.interval_number), timedelta(minutes=5))
