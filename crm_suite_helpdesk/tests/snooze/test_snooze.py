from datetime import datetime, timedelta

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import MONDAY, HelpdeskCommon

TOMORROW, NEXT_WEEK = datetime(2026, 3, 3, 8), datetime(2026, 3, 9, 8)


@tagged("post_install", "-at_install")
class TestSnooze(HelpdeskCommon):
    """A ticket that is put aside comes back on time, and nobody has to remember it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.calendar_id = cls.calendar
        cls.ticket = cls.create_ticket(user_id=cls.agent.id)

    def dialog(self, tickets=None, user=None):
        tickets = (tickets or self.ticket).with_user(user or self.agent)
        action = tickets.action_snooze()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.agent)
            .with_context(**action["context"])
        )

    def queue(self, is_snoozed=False):
        return (
            self.env["crm.ticket"]
            .with_user(self.agent)
            .search([("id", "in", self.all.ids), ("is_snoozed", "=", is_snoozed)])
        )

    @property
    def all(self):
        return self.env["crm.ticket"].search([("team_id", "=", self.team.id)])

    def snooze(self, until=TOMORROW, wakes_on_reply=True, ticket=None):
        (ticket or self.ticket).with_user(self.agent)._snooze(until, wakes_on_reply)

    # ------------------------------------------------------------------ until when

    def test_three_mornings_are_offered(self):
        form = Form(self.dialog())
        self.assertEqual(form.tomorrow_at, TOMORROW)
        self.assertEqual(form.next_day_at, TOMORROW)
        self.assertEqual(form.next_week_at, NEXT_WEEK)
        form.save().action_next_week()
        self.assertEqual(self.ticket.snoozed_until, NEXT_WEEK)
        self.assertTrue(self.ticket.snooze_wakes_on_reply)
        self.assertEqual(self.ticket.snoozed_by_id, self.agent)

    def test_holidays_of_the_team_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-03 23:59:59",
            }
        )
        form = Form(self.dialog())
        self.assertEqual(form.tomorrow_at, TOMORROW, "tomorrow is tomorrow")
        self.assertEqual(form.next_day_at, datetime(2026, 3, 4, 8))

    def test_each_team_has_its_own_mornings(self):
        gulf = self._create_calendar("Gulf", [("6", 7, 15), ("0", 7, 15)], "Asia/Riyadh")
        other = self.team.copy({"name": "Gulf", "calendar_id": gulf.id})
        other.member_ids = self.agent
        abroad = self.create_ticket(team_id=other.id)
        nobody = self.create_ticket(team_id=False)
        wizard = self.dialog(self.ticket | abroad | nobody).create({})
        self.assertTrue(wizard.has_several_hours)
        wizard.action_next_week()
        self.assertEqual(self.ticket.snoozed_until, NEXT_WEEK)
        self.assertEqual(abroad.snoozed_until, datetime(2026, 3, 8, 4))
        self.assertEqual(nobody.snoozed_until, NEXT_WEEK, "the hours of the company")

    def test_a_date_of_ones_own(self):
        with Form(self.dialog()) as form:
            form.until = datetime(2026, 3, 2, 9, 15)
            form.wakes_on_reply = False
        form.record.action_until()
        self.assertEqual(self.ticket.snoozed_until, datetime(2026, 3, 2, 9, 15))
        self.assertFalse(self.ticket.snooze_wakes_on_reply)

    def test_the_past_is_refused(self):
        wizard = self.dialog().create({"until": MONDAY})
        with self.assertRaises(UserError):
            wizard.action_until()
        with self.assertRaises(UserError):
            self.dialog().create({}).action_until()
        self.assertFalse(self.ticket.snoozed_until)

    def test_many_at_once_from_the_list(self):
        tickets = self.ticket | self.create_ticket() | self.create_ticket()
        wizard = (
            self.env["crm.ticket.snooze"]
            .with_user(self.agent)
            .with_context(active_model="crm.ticket", active_ids=tickets.ids)
            .create({})
        )
        self.assertEqual(wizard.ticket_ids, tickets)
        wizard.action_tomorrow()
        self.assertEqual(set(tickets.mapped("snoozed_until")), {TOMORROW})
        self.assertFalse(self.queue())

    def test_deadlines_that_come_first_are_said(self):
        self.assertEqual(Form(self.dialog()).due_count, 1)
        self.move(self.ticket, "waiting_customer")
        self.reply(self.ticket)
        self.assertEqual(Form(self.dialog()).due_count, 0)

    def test_it_does_not_stop_the_clock(self):
        deadline = self.ticket.sla_deadline
        self.snooze()
        self.assertEqual(self.ticket.sla_deadline, deadline)
        self.assertEqual(self.ticket.stage_type, "new")

    # ------------------------------------------------------------------ coming back

    def test_back_on_time_without_a_cron(self):
        self.snooze()
        self.assertEqual(self.queue(True), self.ticket)
        self.assertTrue(self.ticket.is_snoozed)
        self.travel(TOMORROW - timedelta(seconds=1))
        self.assertEqual(self.queue(True), self.ticket)
        self.travel(TOMORROW)
        self.assertFalse(self.queue(True))
        self.assertEqual(self.queue(), self.ticket)
        self.assertFalse(self.ticket.is_snoozed)

    def test_the_agent_gets_a_to_do_once(self):
        self.snooze()
        self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.assertFalse(self.ticket.activity_ids)
        self.travel(TOMORROW)
        for _run in range(2):
            self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.assertEqual(self.ticket.activity_ids.user_id, self.agent)
        self.assertEqual(len(self.ticket.activity_ids), 1)
        self.assertFalse(self.ticket.snoozed_until)

    def test_snoozing_again_takes_the_to_do_back(self):
        self.snooze()
        self.travel(TOMORROW)
        self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.snooze(NEXT_WEEK)
        self.assertFalse(self.ticket.activity_ids)

    def test_somebody_who_may_see_it_is_told(self):
        self.ticket.user_id = False
        self.snooze()
        self.team.member_ids = [Command.clear()]
        self.travel(TOMORROW)
        self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.assertEqual(self.ticket.activity_ids.user_id, self.manager, "the leader of the team")

    def test_what_was_closed_waits_for_nothing(self):
        self.snooze()
        self.move(self.ticket, "solved")
        self.assertFalse(self.ticket.snoozed_until)
        self.travel(TOMORROW)
        self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.assertFalse(self.ticket.activity_ids)

    def test_a_reply_wakes_it(self):
        self.snooze()
        self.ticket.message_post(
            body=Markup("<p>Buy this</p>"),
            author_id=self.stranger_user.partner_id.id,
            message_type="email",
        )
        self.reply(self.ticket)
        self.assertTrue(self.ticket.is_snoozed, "somebody else wrote")
        self.customer_writes(self.ticket)
        self.assertFalse(self.ticket.is_snoozed)

    def test_thanks_does_not(self):
        self.snooze(wakes_on_reply=False)
        self.move(self.ticket, "waiting_customer")
        self.customer_writes(self.ticket)
        self.assertEqual(self.ticket.stage_type, "open")
        self.assertEqual(self.ticket.snoozed_until, TOMORROW)
        self.assertFalse(self.queue())

    def test_a_mail_wakes_it_whatever_a_form_asks_for(self):
        self.snooze()
        phone = self.env["ir.model.fields"]._get("crm.ticket", "phone")
        self.env["crm.form.rule"].create(
            {
                "name": "Phone needed",
                "model_id": phone.model_id.id,
                "target_field_ids": [Command.set(phone.ids)],
            }
        )
        self.customer_writes(self.ticket)
        self.assertFalse(self.ticket.snoozed_until)

    def test_agents_take_it_back(self):
        self.snooze()
        self.ticket.with_user(self.agent).action_wake()
        self.assertFalse(self.ticket.snoozed_until)
        self.assertIn("Taken back", str(self.ticket.message_ids[0].body))

    def test_the_history_says_so(self):
        self.snooze(wakes_on_reply=False)
        self.assertIn("whatever the customer writes", str(self.ticket.message_ids[0].body))
        self.assertTrue(self.ticket.message_ids[0].is_internal)

    # ------------------------------------------------------------------ rights

    def test_nobody_snoozes_what_he_does_not_see(self):
        ticket = self.ticket.with_user(self.outsider)
        for attempt in (
            lambda: ticket.action_snooze(),
            lambda: ticket.action_wake(),
            lambda: (
                self.env["crm.ticket.snooze"]
                .with_user(self.outsider)
                .create({"ticket_ids": [Command.set(self.ticket.ids)]})
                .action_tomorrow()
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        with self.assertRaises(AccessError):
            self.env["crm.ticket.snooze"].with_user(self.customer_user).create({})
        self.assertFalse(self.ticket.snoozed_until)

    def test_it_is_not_entered(self):
        for name, value in (
            ("snoozed_until", TOMORROW),
            ("snooze_wakes_on_reply", True),
            ("snoozed_by_id", self.manager.id),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.ticket.with_user(self.manager).write({name: value})
            ticket = (
                self.env["crm.ticket"]
                .with_user(self.agent)
                .with_context(**{f"default_{name}": value})
                .create({"name": "x", "team_id": self.team.id})
            )
            self.assertFalse(ticket[name])

    def test_only_open_tickets_are_snoozed(self):
        self.move(self.ticket, "closed")
        with self.assertRaises(UserError):
            self.snooze()

    def test_customers_do_not_see_it(self):
        self.snooze()
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.customer_user).read(["is_snoozed"])

    def test_a_hundred_cost_no_more_than_one(self):
        tickets = self.env["crm.ticket"].create(
            [{"name": str(n), "team_id": self.team.id, "user_id": self.agent.id} for n in range(50)]
        )
        self.snooze(ticket=tickets)
        self.travel(TOMORROW)
        before = self.env.cr.sql_log_count
        self.run_cron("crm.ticket", "_cron_end_snoozes")
        self.assertEqual(len(tickets.activity_ids), 50)
        self.assertLess(self.env.cr.sql_log_count - before, 400)
