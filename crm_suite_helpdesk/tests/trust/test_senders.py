from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..intake.test_mail_to_ticket import MailCommon

THIEF = "Thief <thief@evil.example.net>"


@tagged("post_install", "-at_install")
class TestSenders(MailCommon):
    """Whoever knows the id of a message can answer it; who is heard is another matter."""

    def setUp(self):
        super().setUp()
        self.ticket = self.mail()
        self.reply(self.ticket)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)

    def last_mail(self, ticket=None):
        messages = (ticket or self.ticket).message_ids
        return messages.filtered(lambda m: m.message_type == "email")[:1]

    def assertHeard(self, ticket=None):
        ticket = ticket or self.ticket
        self.assertTrue(ticket._is_public_message(self.last_mail(ticket)))
        self.assertEqual(ticket.stage_type, "open")
        self.assertFalse(ticket.unverified_ids)
        self.assertEqual(ticket.last_customer_message_at, ticket._now())

    def assertNotHeard(self, reason, ticket=None):
        ticket = ticket or self.ticket
        message = self.last_mail(ticket)
        self.assertTrue(message.is_internal)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(message.notification_ids)
        self.assertFalse(message.partner_ids)
        self.assertEqual(ticket.stage_type, "waiting_customer")
        self.assertEqual(ticket.last_customer_message_at, ticket.opened_at)
        self.assertEqual(ticket.unverified_ids.mapped("reason"), [reason])
        self.assertEqual(ticket.unverified_ids.message_id, message)
        return ticket.unverified_ids

    # ------------------------------------------------------------------ who is heard

    def test_the_customer_is_heard(self):
        self.assertEqual(self.answer(self.ticket), self.ticket)
        self.assertHeard()

    def test_so_is_his_colleague(self):
        self.answer(self.ticket, sender=self.colleague_user.email)
        self.assertHeard()

    def test_so_is_a_follower(self):
        self.ticket.message_subscribe(self.stranger_user.partner_id.ids)
        self.answer(self.ticket, sender=self.stranger_user.email)
        self.assertHeard()

    def test_so_is_whoever_got_a_mail_of_the_ticket(self):
        expert = self.env["res.partner"].create(
            {"name": "Expert", "email": "expert@lab.example.net"}
        )
        self.reply(self.ticket, partner_ids=expert.ids)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)
        self.assertNotIn(expert, self.ticket.message_partner_ids)
        self.answer(self.ticket, sender="Expert <EXPERT@lab.example.net>")
        self.assertHeard()

    def test_so_is_whom_the_customer_put_in_copy(self):
        ticket = self.mail(headers="Cc: Boss <boss@elsewhere.example.net>")
        self.move(ticket, "waiting_customer")
        self.travel(hours=1)
        self.answer(ticket, sender="boss@elsewhere.example.net")
        self.assertHeard(ticket)

    def test_a_stranger_who_opened_it_is_heard(self):
        ticket = self.mail(sender="Nour <nour@unknown.example.org>")
        self.move(ticket, "waiting_customer")
        self.travel(hours=1)
        self.answer(ticket, sender="nour@unknown.example.org")
        self.assertHeard(ticket)

    def test_whoever_writes_on_after_his_automatic_reply_is_heard(self):
        self.answer(self.ticket, "I am away", headers="Auto-Submitted: auto-replied")
        parent = self.last_mail()
        self.assertTrue(parent.is_internal)
        self.mail("I am back.", headers=f"In-Reply-To: {parent.message_id}")
        self.assertHeard()

    # ------------------------------------------------------------------ who is not

    def test_a_stranger_is_not(self):
        before = self.ticket.message_partner_ids
        row = self.answer(self.ticket, "Send the money", THIEF).unverified_ids
        self.assertEqual(self.assertNotHeard("stranger"), row)
        self.assertEqual(row.email, "thief@evil.example.net")
        self.assertEqual(self.ticket.message_partner_ids, before)

    def test_nor_does_he_bring_others_in(self):
        headers = f"Cc: {self.stranger_user.email}, x@evil.example.net"
        for mode in ("suggest", "colleagues", "contacts"):
            self.team.cc_mode = mode
            self.answer(self.ticket, "Hello", THIEF, headers=headers)
        self.assertFalse(self.ticket.email_cc)
        self.assertNotIn(self.stranger_user.partner_id, self.ticket.message_partner_ids)

    def test_the_customer_of_another_ticket_is_not(self):
        self.mail(sender=self.stranger_user.email)
        self.answer(self.ticket, sender=self.stranger_user.email)
        self.assertNotHeard("stranger")

    def test_the_number_in_the_subject_opens_nothing(self):
        ticket = self.mail("Hello", THIEF, f"Re: [{self.ticket.number}] Lost key")
        self.assertNotEqual(ticket, self.ticket)

    def test_a_mail_that_is_said_to_be_forged_is_not(self):
        headers = "Authentication-Results: mx.any.example; dmarc=fail header.from=example.org"
        self.answer(self.ticket, headers=headers)
        self.assertNotHeard("forged")
        self.assertFalse(self.last_mail().author_id)

    def test_a_forged_mail_opens_no_ticket_of_whom_it_names(self):
        ticket = self.mail(headers="Authentication-Results: mx.example; dmarc=fail")
        self.assertFalse(ticket.partner_id)
        self.assertFalse(ticket.message_partner_ids)
        self.assertFalse(ticket.last_customer_message_at)
        self.assertEqual(ticket.unverified_ids.reason, "forged")
        self.assertEqual(ticket.email_normalized, self.customer.email_normalized)
        ticket.unverified_ids.with_user(self.agent).action_accept()
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.last_customer_message_at, ticket._now())

    def test_nor_when_it_says_that_a_machine_wrote_it(self):
        ticket = self.mail(
            headers="Authentication-Results: mx.example; dmarc=fail\nAuto-Submitted: auto-generated"
        )
        self.assertFalse(ticket.partner_id)
        self.assertFalse(ticket.message_partner_ids)
        self.assertEqual(ticket.unverified_ids.reason, "forged")

    def test_a_stranger_gets_a_ticket_of_his_own_where_the_team_wants_it(self):
        self.team.unverified_mode = "ticket"
        ticket = self.answer(self.ticket, "I have it, too", THIEF)
        self.assertNotEqual(ticket, self.ticket)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.email_normalized, "thief@evil.example.net")
        self.assertEqual(self.ticket.link_ids.other_id, ticket)
        self.assertTrue(ticket._is_public_message(self.last_mail(ticket)))
        self.assertFalse(ticket.unverified_ids | self.ticket.unverified_ids)
        self.assertEqual(self.ticket.stage_type, "waiting_customer")

    def test_a_merged_ticket_asks_the_customers_of_its_survivor(self):
        other = self.mail(subject="Also lost")
        other.with_user(self.agent)._absorb(self.ticket)
        self.move(other, "waiting_customer")
        self.travel(hours=1)
        parent = other.message_ids.filtered(other._is_public_message)[:1]
        self.assertEqual(
            self.mail(sender=THIEF, headers=f"In-Reply-To: {parent.message_id}").ids, other.ids
        )
        self.assertEqual(other.unverified_ids.reason, "stranger")
        self.answer(other)
        self.assertEqual(other.stage_type, "open")

    # ------------------------------------------------------------------ what becomes of it

    def test_an_agent_accepts_him(self):
        row = self.answer(self.ticket, "I am the plumber", THIEF).unverified_ids
        row.with_user(self.agent).action_accept()
        self.assertEqual((row.state, row.accepted_by), ("accepted", self.agent))
        self.assertTrue(self.ticket._is_public_message(row.message_id))
        self.assertEqual(self.ticket.stage_type, "open")
        self.assertFalse(self.ticket.unverified_ids)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)
        self.answer(self.ticket, "Are you there?", THIEF)
        self.assertHeard()

    def test_an_accepted_contact_follows(self):
        row = self.answer(self.ticket, sender=self.stranger_user.email).unverified_ids
        self.assertEqual(row.partner_id, self.stranger_user.partner_id)
        row.with_user(self.agent).action_accept()
        self.assertIn(self.stranger_user.partner_id, self.ticket.message_partner_ids)
        self.assertNotIn(self.stranger_user.partner_id, row.message_id.notified_partner_ids)

    def test_it_becomes_a_ticket(self):
        row = self.answer(self.ticket, "I have it, too", THIEF).unverified_ids
        action = row.with_user(self.agent).action_open_ticket()
        ticket = self.env["crm.ticket"].browse(action["res_id"])
        self.assertEqual(row.message_id.res_id, ticket.id)
        self.assertEqual(ticket.email_normalized, "thief@evil.example.net")
        self.assertTrue(ticket._is_public_message(row.message_id))
        self.assertEqual(ticket.last_customer_message_at, ticket._now())
        self.assertEqual(self.ticket.stage_type, "waiting_customer")

    def test_it_stays_a_note(self):
        row = self.answer(self.ticket, "Spam", THIEF).unverified_ids
        row.with_user(self.agent).action_dismiss()
        self.assertFalse(self.ticket.unverified_ids)
        self.assertTrue(row.message_id.is_internal)
        row.with_user(self.agent).action_accept()
        self.assertEqual(row.state, "dismissed", "it was decided once")

    def test_it_follows_its_message_when_tickets_are_merged(self):
        row = self.answer(self.ticket, "Hello", THIEF).unverified_ids
        other = self.mail(subject="Also lost")
        other.with_user(self.agent)._absorb(self.ticket)
        self.assertEqual(row.ticket_id, other)
        other.merge_in_ids.with_user(self.agent).action_undo()
        self.assertEqual(row.ticket_id, self.ticket)

    def test_who_may_decide(self):
        row = self.answer(self.ticket, "Hello", THIEF).unverified_ids
        for user in (self.outsider, self.employee, self.customer_user, self.stranger_user):
            for method in ("action_accept", "action_dismiss", "action_open_ticket"):
                with self.assertRaises(AccessError):
                    getattr(row.with_user(user), method)()
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"state": "accepted"})
        self.assertEqual(row.state, "open")

    def test_the_opening_mail_is_not_moved(self):
        ticket = self.mail(headers="Authentication-Results: mx.example; dmarc=fail")
        with self.assertRaises(UserError):
            ticket.unverified_ids.with_user(self.manager).action_open_ticket()

    def test_the_desk_counts_it(self):
        self.ticket.user_id = self.agent
        Desk = self.env["crm.ticket.desk"].with_user(self.agent)
        self.assertNotIn("unverified", [c["key"] for c in Desk.get_desk()["counters"]])
        self.answer(self.ticket, "Hello", THIEF)
        counts = {c["key"]: c["count"] for c in Desk.get_desk()["counters"]}
        self.assertEqual(counts["unverified"], 1)

    # ------------------------------------------------------------------ copies

    def test_copies_of_a_customer(self):
        headers = (
            f"Cc: {self.colleague_user.email}, {self.stranger_user.email}, new@x.example.net,"
            f" {self.address}"
        )
        followers = {
            "ignore": [],
            "suggest": [],
            "colleagues": [self.colleague_user],
            "contacts": [self.colleague_user, self.stranger_user],
        }
        before = self.env["res.partner"].search_count([])
        for mode, users in followers.items():
            self.team.cc_mode = mode
            ticket = self.mail(headers=headers)
            expected = {self.customer, *(user.partner_id for user in users)}
            self.assertEqual(set(ticket.message_partner_ids), expected, mode)
            self.assertNotIn(self.address, ticket.email_cc or "")
            self.assertEqual("new@x.example.net" in (ticket.email_cc or ""), mode != "ignore")
        self.assertEqual(self.env["res.partner"].search_count([]), before, "nobody is made")

    def test_a_circular_does_not_fill_the_ticket(self):
        people = ", ".join(f"p{number}@crowd.example.net" for number in range(200))
        ticket = self.mail(headers=f"Cc: {people}")
        self.assertLessEqual(ticket.email_cc.count("@"), 20)
        self.answer(ticket, headers=f"Cc: {people}")
        self.assertLessEqual(ticket.email_cc.count("@"), 20)

    def test_a_mail_to_two_teams_is_one_ticket(self):
        second = self.env["crm.ticket.team"].create(
            {
                "name": "Second",
                "alias_name": "second-test",
                "alias_domain_id": self.team.alias_domain_id.id,
                "member_ids": [Command.set(self.agent.ids)],
            }
        )
        before = self.env["crm.ticket"].search_count([])
        ticket = self.mail(to=f"{second.alias_email}, {self.address}")
        self.assertEqual(ticket.team_id, second)
        self.assertEqual(self.env["crm.ticket"].search_count([]), before + 1)
