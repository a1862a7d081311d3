from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..acknowledgement.common import AnswerCommon
from ..common import MONDAY


@tagged("post_install", "-at_install")
class TestSilence(AnswerCommon):
    """Customers who do not answer are reminded, warned, and at last given up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write(
            {
                "reminder_active": True,
                "reminder_days": 3,
                "autoclose_active": True,
                "autoclose_days": 10,
                "autoclose_warning_days": 3,
            }
        )

    def wait_for_customer(self, **values):
        ticket = self.create_ticket(user_id=self.agent.id, **values)
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.env.flush_all()
        return ticket

    def run_silence(self):
        self.run_cron("crm.ticket", "_cron_silence")

    def pass_days(self, first, last):
        """Let the job run at ten on each of these days of March 2026."""
        for day in range(first, last + 1):
            self.travel(datetime(2026, 3, day, 10))
            self.run_silence()

    def kinds(self, ticket):
        return [answer.kind for answer in ticket.answer_ids.sorted("id")]

    # ------------------------------------------------------------------ the way to the end

    def test_reminded_warned_and_closed(self):
        """Monday nine: reminded on Thursday, warned after seven working days, closed after ten."""
        ticket = self.wait_for_customer()
        self.assertEqual(ticket.silent_since, MONDAY)
        self.pass_days(2, 4)
        self.assertFalse(ticket.answer_ids)
        self.pass_days(5, 5)
        self.assertEqual(self.kinds(ticket), ["reminder"])
        self.assertEqual(ticket.silence_step, "reminded")
        self.pass_days(6, 10)
        self.assertEqual(self.kinds(ticket), ["reminder"], "once")
        self.pass_days(11, 11)
        self.assertEqual(self.kinds(ticket), ["reminder", "warning"])
        self.assertEqual(ticket.autoclose_at, datetime(2026, 3, 16, 10))
        self.assertIn("Monday 16 March 2026", self.written(ticket)[-1].body)
        self.pass_days(12, 15)
        self.assertFalse(ticket.closed_at)
        self.pass_days(16, 16)
        self.assertEqual(ticket.stage_type, "closed")
        self.assertEqual(ticket.silence_step, "closed")
        self.assertEqual(self.kinds(ticket), ["reminder", "warning", "closing"])
        self.assertEqual(set(self.outcomes(ticket)), {"sent"})
        self.pass_days(17, 31)
        self.assertEqual(len(ticket.answer_ids), 3)

    def test_everything_goes_to_the_customer_alone_and_is_no_response(self):
        ticket = self.wait_for_customer()
        answered_at = ticket.last_agent_message_at
        self.pass_days(5, 16)
        messages = self.written(ticket)
        self.assertEqual(messages.partner_ids, self.customer)
        self.assertEqual(messages.notification_ids.res_partner_id, self.customer)
        self.assertEqual(ticket.last_agent_message_at, answered_at)
        self.assertTrue(all(self.mails(ticket).mapped("is_sent_once")))

    def test_an_answer_ends_the_silence(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 11)
        self.customer_writes(ticket)
        self.assertEqual(ticket.stage_type, "open")
        self.assertFalse(ticket.silence_step)
        self.assertFalse(ticket.silent_since)
        self.assertFalse(ticket.autoclose_at)
        self.pass_days(12, 31)
        self.assertFalse(ticket.closed_at)
        self.assertNotIn("closing", self.kinds(ticket))

    def test_another_question_begins_anew(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 11)
        self.reply(ticket)
        self.assertFalse(ticket.silence_step)
        self.assertEqual(ticket.silent_since, datetime(2026, 3, 11, 10))
        self.pass_days(12, 15)
        self.assertEqual(self.kinds(ticket), ["reminder", "warning"])
        self.pass_days(16, 16)
        self.assertEqual(self.kinds(ticket), ["reminder", "warning", "reminder"])

    def test_an_automatic_reply_does_not_end_the_silence(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 5)
        self.answer(ticket, "I am away", headers="Auto-Submitted: auto-replied")
        self.assertEqual(ticket.silence_step, "reminded")
        self.assertEqual(ticket.silent_since, MONDAY)

    def test_the_customer_may_come_back(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 16)
        self.answer(ticket, "Sorry, I was away")
        self.assertEqual(ticket.stage_type, "open")
        self.assertFalse(ticket.silence_step)

    def test_holidays_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 3),
                "date_to": datetime(2026, 3, 4, 23, 59, 59),
            }
        )
        ticket = self.wait_for_customer()
        self.pass_days(5, 8)
        self.assertFalse(ticket.answer_ids)
        self.pass_days(9, 9)
        self.assertEqual(self.kinds(ticket), ["reminder"])

    # ------------------------------------------------------------------ who is left alone

    def test_only_what_waits_for_the_customer(self):
        tickets = self.env["crm.ticket"]
        for stage_type in ("new", "open", "waiting_third", "solved", "cancelled", "spam"):
            ticket = self.create_ticket()
            self.reply(ticket)
            self.move(ticket, stage_type)
            tickets |= ticket
        self.pass_days(5, 20)
        self.assertFalse(tickets.answer_ids)

    def test_a_ticket_may_be_kept_open(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 11)
        ticket.with_user(self.agent).action_keep_open()
        self.pass_days(12, 31)
        self.assertFalse(ticket.closed_at)
        self.assertFalse(ticket.autoclose_at)

    def test_a_snoozed_ticket_is_left_alone(self):
        ticket = self.wait_for_customer()
        ticket.with_user(self.agent)._snooze(MONDAY + timedelta(days=21))
        self.pass_days(5, 20)
        self.assertFalse(ticket.answer_ids)

    def test_nobody_is_given_up_without_a_warning(self):
        """Warned so late, he has his three days all the same."""
        ticket = self.wait_for_customer()
        self.pass_days(27, 29)
        self.assertEqual(self.kinds(ticket), ["warning"], "and no reminder before it")
        self.pass_days(30, 31)
        self.assertFalse(ticket.closed_at)
        self.travel(datetime(2026, 4, 1, 10))
        self.run_silence()
        self.assertTrue(ticket.closed_at)

    def test_who_cannot_be_warned_is_not_given_up(self):
        ticket = self.wait_for_customer(partner_id=False, email_from=False)
        self.pass_days(5, 31)
        self.assertFalse(ticket.closed_at)
        self.assertEqual(ticket.silence_step, "unreachable")
        self.assertEqual(len(ticket.activity_ids), 1)
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        self.assertEqual(set(self.outcomes(ticket)), {"no_address"})

    def test_a_warning_that_came_back_is_none(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 11)
        mail = self.mails(ticket)[-1]
        ticket._on_delivery(mail, "failed", "550 no such user")
        self.assertEqual(ticket.silence_step, "unreachable")
        self.assertTrue(ticket.activity_ids)
        self.pass_days(12, 31)
        self.assertFalse(ticket.closed_at)

    def test_a_warning_that_waited_in_the_queue_is_taken_back(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 11)
        mail = self.mails(ticket)[-1]
        self.customer_writes(ticket)
        mail._deliver_once()
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(self.outcomes(ticket)[-1], "overtaken")

    def test_no_mail_at_night(self):
        ticket = self.wait_for_customer()
        self.travel(datetime(2026, 3, 5, 22))
        self.run_silence()
        self.assertFalse(ticket.answer_ids)
        self.pass_days(6, 6)
        self.assertEqual(self.kinds(ticket), ["reminder"])

    # ------------------------------------------------------------------ teams

    def test_off_by_default(self):
        team = self.env["crm.ticket.team"].create({"name": "Quiet"})
        self.assertFalse(team.reminder_active or team.autoclose_active)
        self.assertTrue(team.reminder_template_id and team.autoclose_warning_template_id)
        ticket = self.wait_for_customer(team_id=team.id)
        self.pass_days(5, 31)
        self.assertFalse(ticket.answer_ids)
        self.assertFalse(ticket.closed_at)

    def test_switching_it_on_begins_then(self):
        """What has been waiting for months is not given up at once."""
        self.team.autoclose_active = self.team.reminder_active = False
        ticket = self.wait_for_customer()
        self.travel(datetime(2026, 3, 30, 9))
        self.team.with_user(self.manager).write({"autoclose_active": True, "reminder_active": True})
        self.run_silence()
        self.assertFalse(ticket.answer_ids)
        self.travel(datetime(2026, 4, 2, 10))
        self.run_silence()
        self.assertEqual(self.kinds(ticket), ["reminder"])

    def test_a_stage_of_the_team(self):
        own = self.env["crm.ticket.stage"].create(
            {"name": "Gave Up", "type": "closed", "team_ids": [Command.set(self.team.ids)]}
        )
        self.team.autoclose_stage_id = own
        ticket = self.wait_for_customer()
        self.pass_days(5, 16)
        self.assertEqual(ticket.stage_id, own)
        with self.assertRaises(ValidationError):
            self.team.autoclose_stage_id = self.stages["open"]

    def test_closed_without_a_word(self):
        self.team.autoclose_template_id = False
        ticket = self.wait_for_customer()
        self.pass_days(5, 16)
        self.assertEqual(ticket.stage_type, "closed")
        self.assertEqual(self.outcomes(ticket)[-1], "no_template")

    def test_figures_that_make_no_sense(self):
        for values in (
            {"autoclose_days": 3},
            {"autoclose_warning_days": 0},
            {"reminder_days": -1},
            {"autoclose_days": 1000},
            {"reminder_days": 7},
        ):
            with self.assertRaises(ValidationError, msg=values), self.env.cr.savepoint():
                self.team.write(values)

    def test_on_the_form_of_the_team(self):
        with Form(self.team.with_user(self.manager)) as form:
            form.autoclose_days = 20
            form.acknowledge = False
        self.assertEqual(self.team.autoclose_days, 20)

    # ------------------------------------------------------------------ facts

    def test_nobody_enters_how_long_a_customer_was_silent(self):
        ticket = self.wait_for_customer().with_user(self.manager)
        for values in ({"silent_since": "2026-01-01"}, {"silence_step": "warned"}):
            with self.assertRaises(AccessError, msg=values), self.env.cr.savepoint():
                ticket.write(values)

    def test_the_closing_is_noted(self):
        ticket = self.wait_for_customer()
        self.pass_days(5, 16)
        self.assertEqual(ticket.closing_ids.stage_type, "closed")
        self.assertEqual(self.clock(ticket, "resolution").state, "stopped")

    def test_many_tickets_are_done_in_batches(self):
        tickets = self.env["crm.ticket"].create(
            [
                {
                    "name": f"Ticket {number}",
                    "team_id": self.team.id,
                    "partner_id": self.customer.id,
                }
                for number in range(105)
            ]
        )
        tickets.stage_id = self.stages["waiting_customer"]
        self.pass_days(5, 5)
        self.assertEqual(len(tickets.filtered(lambda t: t.silence_step == "reminded")), 105)

    def test_the_job_looks_only_at_what_may_be_due(self):
        ticket = self.wait_for_customer()
        domain = self.env["crm.ticket"]._get_silence_domain(self.team)
        self.assertNotIn(ticket, ticket.search(domain))
        self.travel(datetime(2026, 3, 5, 9))
        domain = self.env["crm.ticket"]._get_silence_domain(self.team)
        self.assertIn(ticket, ticket.search(domain))
        self.run_silence()
        domain = self.env["crm.ticket"]._get_silence_domain(self.team)
        self.assertNotIn(ticket, ticket.search(domain))

    def test_a_stage_that_is_missing_closes_nothing(self):
        ticket = self.wait_for_customer()
        self.stages["closed"].active = self.stages["solved"].active = False
        others = self.env["crm.ticket.stage"].search([("type", "in", ("closed", "solved"))])
        others.active = False
        self.pass_days(5, 17)
        self.assertFalse(ticket.closed_at)
        self.assertEqual(ticket.silence_step, "unreachable")

    def test_an_agent_cannot_switch_it(self):
        with self.assertRaises(UserError):
            self.team.with_user(self.agent).autoclose_active = False
