from datetime import timedelta
from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..intake.test_mail_to_ticket import MailCommon

PEST = "Pest <pest@spam.example.org>"


@tagged("post_install", "-at_install")
class TestSpam(MailCommon):
    """Spam is out of the way, unanswered, and deleted after some time; mistakes can be undone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.blocked.sender"].search([]).unlink()
        cls.Blocked = cls.env["crm.blocked.sender"].with_user(cls.agent)

    def wizard(self, tickets, user=None, **values):
        wizard = self.env["crm.ticket.spam"].with_user(user or self.agent)
        wizard = wizard.with_context(active_model="crm.ticket", active_ids=tickets.ids)
        return wizard.create(values)

    def suspend(self):
        self.Blocked.create({"sender": "spam.example.org"})
        return self.mail(sender=PEST)

    # ------------------------------------------------------------------ mail of blocked senders

    def test_a_mail_of_a_blocked_sender_waits_in_the_queue(self):
        self.team.message_subscribe(self.manager.partner_id.ids)
        mails = self.env["mail.mail"].search_count([])
        with patch.object(self.registry["crm.ticket"], "_customer_opened") as opened:
            ticket = self.suspend()
        opened.assert_not_called()
        self.assertEqual(ticket.stage_type, "spam")
        self.assertTrue(ticket.is_suspended)
        self.assertTrue(ticket.spam_at)
        self.assertFalse(ticket.sla_clock_ids, "nothing is promised")
        self.assertFalse(ticket.message_ids.notification_ids, "nobody is told")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "nothing is sent")
        self.assertFalse(ticket.message_partner_ids.filtered("partner_share"))
        self.assertFalse(ticket.access_token)
        self.assertIn(
            ticket, self.env["crm.ticket"].with_user(self.agent).search([("spam_at", "!=", False)])
        )

    def test_a_known_contact_who_is_blocked_does_not_follow(self):
        self.Blocked.create({"sender": self.customer.email})
        ticket = self.mail()
        self.assertEqual((ticket.stage_type, ticket.partner_id), ("spam", self.customer))
        self.assertNotIn(self.customer, ticket.message_partner_ids)

    def test_what_a_blocked_customer_answers_is_kept_and_changes_nothing(self):
        ticket = self.mail()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.Blocked.create({"sender": self.customer.email})
        self.travel(hours=1)
        self.answer(ticket, "You will regret this")
        self.assertEqual(ticket.stage_type, "waiting_customer")
        message = ticket.message_ids.filtered(lambda m: "regret" in m.body)
        self.assertTrue(message)
        self.assertFalse(ticket._is_public_message(message))
        self.assertFalse(message.notification_ids)

    def test_more_mail_to_spam_changes_nothing(self):
        ticket = self.suspend()
        self.Blocked.search([]).unlink()
        self.answer(ticket, "Buy now", sender=PEST)
        self.assertEqual(ticket.stage_type, "spam")
        self.assertFalse(ticket.message_ids.notification_ids)

    # ------------------------------------------------------------------ marking

    def test_mark_and_block_the_address(self):
        ticket = self.mail(sender=PEST)
        wizard = self.wizard(ticket)
        self.assertEqual(wizard.scope, "sender")
        self.assertEqual(wizard.senders, "pest@spam.example.org")
        wizard.action_apply()
        self.assertEqual(ticket.stage_type, "spam")
        self.assertFalse(ticket.is_suspended)
        self.assertEqual(self.Blocked.search([]).sender, "pest@spam.example.org")
        self.assertEqual(self.mail(sender=PEST).stage_type, "spam")
        self.assertEqual({c.state for c in ticket.sla_clock_ids}, {"cancelled"})

    def test_mark_and_block_the_domain(self):
        tickets = self.mail(sender=PEST) | self.mail(sender="rest@spam.example.org")
        self.wizard(tickets, scope="domain").action_apply()
        self.assertEqual(self.Blocked.search([]).sender, "spam.example.org")
        self.assertEqual(set(tickets.mapped("stage_type")), {"spam"})

    def test_known_contacts_are_not_blocked_by_one_click(self):
        ticket = self.mail()
        wizard = self.wizard(ticket)
        self.assertEqual(wizard.scope, "ticket")
        self.assertIn(self.customer.name, wizard.customers)
        wizard.action_apply()
        self.assertEqual(ticket.stage_type, "spam")
        self.assertFalse(self.Blocked.search([]))

    def test_a_wave_is_cleared_at_once(self):
        first, second = self.mail(sender=PEST), self.mail(sender=PEST)
        other = self.mail(sender="else@people.example.org")
        wizard = self.wizard(first, with_others=True)
        self.assertEqual(wizard.other_count, 1)
        wizard.action_apply()
        self.assertEqual((second.stage_type, other.stage_type), ("spam", "new"))

    def test_colleagues_are_not_blocked(self):
        self.agent.email = "amal@office.example.net"
        ticket = self.create_ticket(partner_id=False, email_from="amal@office.example.net")
        with self.assertRaises(UserError):
            self.wizard(ticket, scope="sender").action_apply()
        self.assertNotEqual(ticket.stage_type, "spam")

    def test_customers_leave_and_links_die(self):
        ticket = self.mail()
        token = ticket._portal_ensure_token()
        self.assertIn(self.customer, ticket.message_partner_ids)
        self.move(ticket, "spam")
        self.assertNotIn(self.customer, ticket.message_partner_ids)
        self.assertNotEqual(ticket.access_token, token)

    def test_nobody_answers_spam_by_mistake(self):
        ticket = self.suspend()
        with self.assertRaises(UserError):
            self.reply(ticket)
        note = self.reply(ticket, subtype_xmlid="mail.mt_note")
        self.assertTrue(note)

    def test_what_is_sent_anyway_reaches_nobody_outside(self):
        ticket = self.suspend()
        message = ticket.message_post(
            body=Markup("x"),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertNotIn(self.customer, message.notification_ids.res_partner_id)

    # ------------------------------------------------------------------ taking back

    def test_not_spam(self):
        self.Blocked.create({"sender": "pest@spam.example.org"})
        ticket = self.mail(sender=PEST)
        with patch.object(self.registry["crm.ticket"], "_customer_opened") as opened:
            ticket.with_user(self.agent).action_not_spam()
        opened.assert_called_once()
        self.assertIn(ticket.stage_type, ("open", "new"))
        self.assertFalse(ticket.is_suspended)
        self.assertFalse(ticket.spam_at)
        self.assertFalse(self.Blocked.search([]), "he is heard again")
        self.assertTrue(ticket.sla_clock_ids.filtered(lambda c: c.state == "running"))

    def test_not_spam_says_what_is_still_blocked(self):
        ticket = self.suspend()
        action = ticket.with_user(self.agent).action_not_spam()
        self.assertIn("spam.example.org", action["params"]["message"])
        self.assertTrue(self.Blocked.search([]), "the domain is a decision of its own")

    def test_what_was_marked_by_hand_is_not_confirmed_once_more(self):
        ticket = self.mail()
        self.move(ticket, "spam")
        with patch.object(self.registry["crm.ticket"], "_customer_opened") as opened:
            ticket.with_user(self.agent).action_not_spam()
        opened.assert_not_called()
        self.assertIn(self.customer, ticket.message_partner_ids)

    def test_moving_it_by_hand_is_enough(self):
        ticket = self.suspend()
        self.move(ticket.with_user(self.agent), "open")
        self.assertFalse(ticket.spam_at)

    def test_who_may(self):
        ticket = self.suspend()
        for user in (self.outsider, self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_not_spam()
        ticket = self.mail(sender="else@people.example.org")
        with self.assertRaises(AccessError):
            self.wizard(ticket, self.outsider).action_apply()
        with self.assertRaises(UserError):
            ticket.with_user(self.agent).action_not_spam()

    def test_nobody_enters_since_when_it_is_spam(self):
        ticket = self.suspend()
        for values in ({"spam_at": "2000-01-01"}, {"is_suspended": False}):
            with self.assertRaises(AccessError):
                ticket.with_user(self.agent).write(values)

    # ------------------------------------------------------------------ deleting

    def purge(self):
        self.run_cron("crm.ticket", "_cron_purge_spam")

    def set_days(self, days):
        self.env["ir.config_parameter"].set_param("crm_suite_helpdesk.spam_days", str(days))

    def test_spam_is_deleted_after_some_time(self):
        old = self.suspend()
        message = old.message_ids
        self.travel(days=20)
        new, wanted = self.mail(sender=PEST), self.mail()
        self.travel(days=11)
        self.purge()
        self.assertEqual((old | new | wanted).exists(), new | wanted)
        self.assertFalse(message.exists())

    def test_archived_spam_too(self):
        ticket = self.suspend()
        ticket.active = False
        self.travel(days=31)
        self.purge()
        self.assertFalse(ticket.exists())

    def test_as_the_settings_say(self):
        ticket = self.suspend()
        self.assertEqual(ticket.spam_purge_date, (ticket.spam_at + timedelta(days=30)).date())
        self.set_days(0)
        self.travel(days=4000)
        self.purge()
        self.assertTrue(ticket.exists(), "0 keeps it for ever")
        self.assertFalse(ticket.spam_purge_date)
        self.set_days(2)
        self.purge()
        self.assertFalse(ticket.exists())

    def test_one_that_cannot_be_deleted_does_not_hold_up_the_others(self):
        survivor, merged, second = self.mail(), self.mail(), self.suspend()
        self.env["crm.ticket.merge"]._merge(merged, survivor)
        self.move(survivor, "spam")
        self.travel(days=31)
        self.purge()
        self.assertTrue(survivor.exists())
        self.assertFalse(second.exists())

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.helpdesk_spam_days, 30)
        settings.helpdesk_spam_days = 0
        settings.set_values()
        self.assertEqual(self.env["res.config.settings"].create({}).helpdesk_spam_days, 0)
        with self.assertRaises(ValidationError):
            settings.helpdesk_mail_files = -1

    # ------------------------------------------------------------------ blocked senders

    def test_how_many_are_suspended(self):
        self.suspend()
        self.mail(sender="more@mail.spam.example.org")
        blocked = self.Blocked.search([])
        self.assertEqual(blocked.ticket_count, 2)
        action = blocked.action_view_tickets()
        found = self.env["crm.ticket"].search(action["domain"])
        self.assertEqual(len(found), 2)

    def test_a_spam_ticket_by_form(self):
        with Form(self.env["crm.blocked.sender"].with_user(self.agent)) as form:
            form.sender = "Pest@Spam.example.org"
        self.assertEqual(self.mail(sender=PEST).stage_type, "spam")
