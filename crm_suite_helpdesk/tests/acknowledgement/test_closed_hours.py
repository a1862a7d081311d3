from datetime import datetime

from odoo.tests import tagged

from .common import AnswerCommon

SATURDAY = datetime(2026, 3, 7, 11, 0)
MONDAY_NIGHT = datetime(2026, 3, 2, 20, 0)


@tagged("post_install", "-at_install")
class TestClosedHours(AnswerCommon):
    """Whoever writes when nobody works is told when somebody does."""

    def test_the_confirmation_says_when_we_are_back(self):
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        message = self.written(ticket)
        self.assertEqual(len(message), 1)
        self.assertIn("Monday 9 March 2026, 08:00", message.body)
        self.assertEqual(ticket.answer_ids.kind, "received")

    def test_holidays_are_counted(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 9),
                "date_to": datetime(2026, 3, 10, 23, 59, 59),
            }
        )
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        self.assertIn("Wednesday 11 March 2026, 08:00", self.written(ticket).body)

    def test_in_the_time_zone_and_hours_of_the_team(self):
        self.team.calendar_id = self._create_calendar(
            "Riyadh", [(str(day), 9, 17) for day in (6, 0, 1, 2, 3)], tz="Asia/Riyadh"
        )
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        self.assertIn("Sunday 8 March 2026, 09:00", self.written(ticket).body)
        self.assertIn("UTC+3:00", self.written(ticket).body)

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.customer.lang = "ar_001"
        self.travel(SATURDAY)
        ticket = self.open()
        self.assertIn("مارس", ticket._get_opening_text())
        self.assertIn("الاثنين", ticket._get_opening_text())

    def test_a_reply_in_the_evening_gets_a_notice_once(self):
        ticket = self.open()
        self.run_answers()
        self.travel(MONDAY_NIGHT)
        self.customer_writes(ticket)
        self.assertEqual(ticket.answer_due, "closed")
        self.run_answers()
        self.assertIn("Tuesday 3 March 2026, 08:00", self.written(ticket)[-1].body)
        self.travel(hours=2)
        self.customer_writes(ticket)
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["sent", "sent", "too_many"])
        self.assertEqual(len(self.written(ticket)), 2)

    def test_another_evening_another_notice(self):
        ticket = self.create_ticket()
        for day in (2, 3):
            self.travel(datetime(2026, 3, day, 20))
            self.customer_writes(ticket)
            self.run_answers()
            self.travel(datetime(2026, 3, day, 22))
            self.customer_writes(ticket)
            self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["sent", "too_many", "sent", "too_many"])

    def test_not_while_somebody_works(self):
        ticket = self.create_ticket()
        self.customer_writes(ticket)
        self.assertFalse(ticket.answer_due)

    def test_not_while_an_agent_stays_late(self):
        ticket = self.create_ticket()
        self.travel(MONDAY_NIGHT)
        self.reply(ticket)
        self.travel(minutes=30)
        self.customer_writes(ticket)
        self.assertFalse(ticket.answer_due)

    def test_not_when_it_has_opened_meanwhile(self):
        ticket = self.create_ticket()
        self.travel(datetime(2026, 3, 3, 7, 59))
        self.customer_writes(ticket)
        self.travel(datetime(2026, 3, 3, 8, 1))
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["overtaken"])

    def test_a_mail_in_the_evening(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(MONDAY_NIGHT)
        self.answer(ticket)
        self.assertEqual(ticket.answer_due, "closed")

    def test_an_automatic_reply_in_the_evening_gets_none(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(MONDAY_NIGHT)
        self.answer(ticket, "I am away", headers="Auto-Submitted: auto-replied")
        self.assertFalse(ticket.answer_due)
        self.run_answers()
        self.assertFalse(ticket.answer_ids)

    def test_a_team_that_confirms_nothing_still_says_that_it_is_closed(self):
        self.team.acknowledge = False
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        self.assertEqual(ticket.answer_ids.kind, "closed")
        self.assertEqual(self.outcomes(ticket), ["sent"])

    def test_a_team_may_keep_its_hours_to_itself(self):
        self.team.acknowledge_closed = False
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        self.assertNotIn("March", self.written(ticket).body)

    def test_around_the_clock(self):
        self.company.resource_calendar_id = False
        self.travel(SATURDAY)
        ticket = self.open()
        self.assertFalse(ticket._get_opening_text())

    def test_nobody_ever_works(self):
        """Nothing is promised that nobody can keep."""
        self.calendar.attendance_ids.unlink()
        self.travel(SATURDAY)
        ticket = self.open()
        self.run_answers()
        self.assertEqual(self.outcomes(ticket), ["sent"])
        self.assertNotIn("back on", self.written(ticket).body)
