from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import MONDAY
from .common import VoiceCommon


@tagged("post_install", "-at_install")
class TestSurvey(VoiceCommon):
    """Who is asked, when, and who is left in peace."""

    # ------------------------------------------------------------------ who is asked

    def test_a_customer_is_asked_once_for_each_closing(self):
        ticket = self.closed_ticket()
        self.ask()
        survey = self.survey(ticket)
        self.assertEqual((survey.state, survey.user_id), ("waiting", self.agent))
        self.assertEqual(len(self.mails(survey)), 1)
        self.ask()
        self.assertEqual(len(ticket.survey_ids), 1)
        self.move(ticket, "open")
        self.close(ticket)
        self.ask()
        self.assertEqual(len(ticket.survey_ids), 2, "another closing, another question")

    def test_not_before_the_delay_has_passed(self):
        ticket = self.closed_ticket()
        self.ask(minutes=59)
        self.assertFalse(self.survey(ticket))
        self.ask(minutes=1)
        self.assertTrue(self.survey(ticket))

    def test_teams_that_do_not_ask_do_not(self):
        self.team.survey_enabled = False
        ticket = self.closed_ticket()
        self.ask()
        self.assertFalse(self.survey(ticket))

    def test_nobody_is_asked_about_what_was_before_the_survey(self):
        self.team.survey_enabled = False
        ticket = self.closed_ticket()
        self.travel(minutes=10)
        self.team.survey_enabled = True
        self.ask()
        self.assertFalse(self.survey(ticket))

    def test_nobody_is_asked_a_week_late(self):
        ticket = self.closed_ticket()
        self.ask(days=8)
        self.assertFalse(self.survey(ticket))

    def test_reopened_tickets_are_not_asked_about(self):
        ticket = self.closed_ticket()
        self.move(ticket, "open")
        self.ask()
        self.assertFalse(self.survey(ticket))

    def test_reopened_before_the_mail_went(self):
        survey = self.asked()
        self.move(survey.ticket_id, "open")
        self.deliver()
        self.assertEqual((survey.state, survey.reason), ("skipped", "reopened"))
        self.assertFalse(survey.asked_at)

    def test_spam_and_cancelled_are_not_asked_about(self):
        tickets = [
            self.close(self.create_ticket(), stage_type=stage_type)
            for stage_type in ("spam", "cancelled")
        ]
        self.ask()
        for ticket in tickets:
            self.assertFalse(self.survey(ticket))

    def test_merged_tickets_are_not_asked_about(self):
        ticket, other = self.create_ticket(), self.create_ticket()
        other._absorb(ticket)
        self.assertTrue(ticket.closed_at)
        self.ask()
        self.assertIn(self.survey(ticket).reason, (False, "merged", "automatic"))
        self.assertFalse(self.mails(self.survey(ticket)))

    def test_what_the_system_closed_is_not_asked_about(self):
        ticket = self.create_ticket()
        root = self.env.ref("base.user_root")
        ticket.with_user(root).stage_id = self.stages["solved"]
        self.ask()
        self.assertEqual(self.survey(ticket).reason, "automatic")

    def test_why_others_are_not_asked(self):
        agent_ticket = self.closed_ticket(partner_id=self.agent.partner_id.id)
        no_email = self.env["res.partner"].create({"name": "Nobody"})
        refusing = self.env["res.partner"].create(
            {"name": "No", "email": "no@example.org", "no_ticket_survey": True}
        )
        listed = self.env["res.partner"].create({"name": "B", "email": "black@example.org"})
        self.env["mail.blacklist"]._add("black@example.org")
        expected = {
            agent_ticket: "internal",
            self.closed_ticket(partner_id=no_email.id, email_from=False): "no_email",
            self.closed_ticket(partner_id=refusing.id): "refused",
            self.closed_ticket(partner_id=listed.id): "blocked",
        }
        self.ask()
        for ticket, reason in expected.items():
            self.assertEqual(self.survey(ticket).reason, reason)
            self.assertEqual(self.survey(ticket).state, "skipped")
            self.assertFalse(self.mails(self.survey(ticket)))

    def test_a_stranger_without_contact_is_asked_by_address(self):
        ticket = self.closed_ticket(partner_id=False, email_from="Rami <rami@example.org>")
        self.ask()
        mail = self.mails(self.survey(ticket))
        self.assertEqual(mail.email_to, "rami@example.org")

    # ------------------------------------------------------------------ cooldown

    def test_a_contact_is_left_in_peace(self):
        self.team.survey_cooldown_days = 7
        first, second = self.closed_ticket(), self.closed_ticket()
        self.ask()
        states = {self.survey(first).state, self.survey(second).state}
        self.assertEqual(states, {"waiting", "skipped"}, "also within one run")
        third = self.closed_ticket()
        self.ask()
        self.assertEqual(self.survey(third).reason, "cooldown")
        self.travel(days=7)
        fourth = self.closed_ticket()
        self.ask()
        self.assertEqual(self.survey(fourth).state, "waiting")

    def test_the_same_address_is_the_same_person(self):
        self.team.survey_cooldown_days = 7
        self.asked(partner_id=False, email_from="Rami <RAMI@example.org>")
        survey = self.asked(partner_id=False, email_from="rami@example.org")
        self.assertEqual(survey.reason, "cooldown")

    def test_somebody_else_is_asked(self):
        self.team.survey_cooldown_days = 7
        self.asked()
        survey = self.asked(partner_id=self.colleague_user.partner_id.id)
        self.assertEqual(survey.state, "waiting")

    # ------------------------------------------------------------------ the mail

    def test_the_mail_is_in_the_language_of_the_customer_and_leads_back(self):
        if not self.env["res.lang"]._get_data(code="ar_001"):
            self.env["res.lang"]._activate_lang("ar_001")
        self.customer.lang = "ar_001"
        ticket = self.create_ticket(user_id=self.agent.id)
        said = self.customer_writes(ticket)
        self.close(ticket)
        self.ask()
        survey = self.survey(ticket)
        mail = self.mails(survey)
        self.assertIn('dir="rtl"', mail.body_html)
        for face in ("happy", "neutral", "unhappy"):
            self.assertIn(f"/ticket/survey/{survey.access_token}?face={face}", mail.body_html)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("Auto-Submitted", mail.headers)
        self.assertIn(said.message_id, mail.references, "an answer lands on the ticket")
        self.assertTrue(mail.is_sent_once)

    def test_delivery_is_noted(self):
        survey = self.asked()
        self.deliver()
        self.assertEqual(survey.state, "sent")

    def test_one_template_that_fails_keeps_nobody_else(self):
        good = self.closed_ticket()
        broken_team = self.team.copy({"name": "Broken", "survey_enabled": True})
        broken_team.survey_template_id = self.env.ref(
            "crm_suite_helpdesk.mail_template_survey"
        ).copy({"subject": "{{ 1 / (0 if object.team_id.name == 'Broken' else 1) }}"})
        broken = self.create_ticket(team_id=broken_team.id, user_id=self.manager.id)
        broken.with_user(self.manager).stage_id = self.stages["solved"]
        self.ask()
        self.assertEqual(self.survey(broken).state, "failed")
        self.assertTrue(self.survey(broken).failure)
        self.assertFalse(self.survey(broken).asked_at)
        self.assertEqual(self.survey(good).state, "waiting")

    def test_a_hundred_closings_cost_no_search_each(self):
        # Where somebody is blocked, addresses are looked up
        self.env["crm.blocked.sender"].create({"sender": "spam.example.net"})
        for number in range(3):
            self.closed_ticket(name=f"Batch {number}")
        self.travel(hours=2)
        with patch.object(self.registry["crm.ticket.survey"], "_send", lambda survey: None):
            few = self._count_queries(3)
            many = [self.closed_ticket(name=f"More {number}") for number in range(20)]
            self.travel(hours=2)
            more = self._count_queries(20)
        self.assertTrue(all(self.survey(ticket) for ticket in many))
        self.assertLessEqual(more, few + 3)

    def _count_queries(self, expected):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        closings = self.env["crm.ticket.closing"].search([("survey_ids", "=", False)])
        closings = closings.filtered(lambda c: c.ticket_id.team_id == self.team)[:expected]
        self.env["crm.ticket.survey"]._ask(closings)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------------ settings

    def test_times_make_sense(self):
        for values in (
            {"survey_delay_hours": -1},
            {"survey_delay_hours": 97},
            {"survey_cooldown_days": -1},
            {"survey_lock_days": 0},
            {"survey_lock_days": 10**6},
        ):
            with self.assertRaises(ValidationError):
                self.team.write(values)

    def test_the_template_is_one_for_surveys(self):
        template = self.env["mail.template"].create(
            {"name": "Wrong", "model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        with self.assertRaises(ValidationError):
            self.team.survey_template_id = template

    # ------------------------------------------------------------------ answers

    def answer(self, survey, face, feedback="", **kwargs):
        survey._submit(face, feedback, "mail", **kwargs)

    def test_an_answer_is_kept_everywhere(self):
        survey = self.asked()
        self.answer(survey, "happy", "Quick & <b>kind</b>")
        ticket = survey.ticket_id
        self.assertEqual(survey.state, "answered")
        self.assertEqual(ticket.satisfaction, "happy")
        rating = survey.rating_id
        self.assertEqual((rating.rating, rating.consumed), (5, True))
        self.assertEqual(rating.rated_partner_id, self.agent.partner_id)
        self.assertEqual((rating.partner_id, rating.ticket_id), (self.customer, ticket))
        self.assertFalse(rating.access_token, "core's link would never end")
        note = ticket.message_ids[0]
        self.assertTrue(note.subtype_id.internal, "customers do not read our reports")
        self.assertIn("&lt;b&gt;", note.body)

    def test_an_answer_does_not_open_the_ticket_again(self):
        survey = self.asked()
        answers = survey.ticket_id.answer_count
        self.answer(survey, "unhappy", "It still burns.")
        self.assertTrue(survey.ticket_id.closed_at)
        self.assertEqual(survey.ticket_id.answer_count, answers)

    def test_who_is_unhappy_is_talked_to(self):
        survey = self.asked()
        self.answer(survey, "unhappy", "Nobody called.")
        todo = survey.ticket_id.activity_ids
        self.assertEqual(todo.user_id, self.agent)
        self.assertIn("Nobody called.", todo.note)
        self.answer(survey, "unhappy", "Really nobody.")
        self.assertEqual(len(survey.ticket_id.activity_ids), 1)

    def test_without_a_todo_where_the_team_wants_none(self):
        self.team.survey_alert = False
        survey = self.asked()
        self.answer(survey, "unhappy")
        self.assertFalse(survey.ticket_id.activity_ids)

    def test_a_changed_answer_keeps_the_former_one(self):
        survey = self.asked()
        self.answer(survey, "unhappy", "Bad")
        self.answer(survey, "happy", "Better now")
        survey.invalidate_recordset()
        self.assertEqual(survey.answer_ids.mapped("satisfaction"), ["happy", "unhappy"])
        self.assertEqual(survey.rating_id.rating, 5)
        self.assertEqual(
            self.env["rating.rating"].search_count([("ticket_id", "=", survey.ticket_id.id)]), 1
        )

    def test_the_same_answer_twice_is_one(self):
        survey = self.asked()
        self.answer(survey, "happy")
        self.answer(survey, "happy")
        self.assertEqual(len(survey.answer_ids), 1)

    def test_after_the_time_has_passed_it_is_locked(self):
        survey = self.asked()
        self.answer(survey, "happy")
        self.travel(days=14, seconds=1)
        with self.assertRaises(UserError):
            self.answer(survey, "unhappy")
        self.assertEqual(survey.satisfaction, "happy")
        self.assertEqual(survey.lock_at, MONDAY + timedelta(hours=2, days=14))

    def test_answers_are_limited(self):
        survey = self.asked()
        for number in range(20):
            self.answer(survey, "happy", str(number))
        with self.assertRaises(UserError):
            self.answer(survey, "happy", "again")

    def test_an_answer_that_is_none(self):
        survey = self.asked()
        for face in ("", None, "5", "angry", ["happy"], 5):
            with self.assertRaises(UserError):
                self.answer(survey, face if face.__hash__ else str(face))

    def test_long_and_strange_texts(self):
        survey = self.asked()
        self.answer(survey, "neutral", "\x00" + "x" * 9000)
        self.assertEqual(len(survey.feedback), 5000)

    def test_a_form_that_asks_agents_for_more_does_not_lose_an_answer(self):
        survey = self.asked()
        self.env["crm.form.rule"].create(
            {
                "name": "A tag",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "kind": "required",
                "target_field_ids": self.env["ir.model.fields"]._get("crm.ticket", "phone").ids,
            }
        )
        self.answer(survey, "happy")
        self.assertEqual(survey.ticket_id.satisfaction, "happy")
